/*
 * A recorder of two channels for sipagent, which PJSIP has not: two ports of the bridge, each of
 * which hears one party, and a WAV file with the first on the left and the second on the right.
 *
 * The bridge gives each port something at every tick, sound or nothing, so that both channels stay
 * in step whatever becomes of the links to them. The file is closed when both ports have been
 * removed from the bridge (pjsua_conf_remove_port), or the bridge is gone.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __STEREO_RECORDER_H__
#define __STEREO_RECORDER_H__

#include <pj/types.h>

PJ_BEGIN_DECL

/**
 * Open a 16-bit WAV file at the rate of the bridge, and put the two ports into the bridge.
 *
 * Returns PJ_SUCCESS and the slots of the ports, or why not; then there is nothing to remove.
 */
pj_status_t stereo_recorder_start(const char *path, int slots[2]);

PJ_END_DECL

#endif
