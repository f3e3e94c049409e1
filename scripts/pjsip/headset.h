/*
 * A headset at a browser for sipagent: a port of the bridge whose sound goes over a socket.
 *
 * What it hears is sent at each tick, straight from the bridge's clock thread: one packet, a byte
 * that says what it is and a frame of A-law at 8 kHz. Whoever reads too slowly misses packets, and
 * nothing waits for them. What it says is handed in as it comes, and kept for a moment, for what
 * comes over networks does not come evenly.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __HEADSET_H__
#define __HEADSET_H__

#include <pj/types.h>

PJ_BEGIN_DECL

/** What a packet of sound begins with. */
#define HEADSET_SOUND  'a'

typedef struct headset headset;

/**
 * Put a headset into the bridge.
 *
 * It goes with its slot (pjsua_conf_remove_port), and must not be told anything then.
 *
 * @param handle    Of a socket that keeps packets apart; becomes the headset's own, which closes
 *                  it, whatever is returned.
 *
 * Returns PJ_SUCCESS with the headset and its slot, or why not; then there is nothing to remove.
 */
pj_status_t headset_open(int handle, headset **made, int *slot);

/** Have it say some samples of A-law at 8 kHz, after those before; from one thread at a time. */
void headset_say(headset *headset, const void *samples, unsigned count);

PJ_END_DECL

#endif
