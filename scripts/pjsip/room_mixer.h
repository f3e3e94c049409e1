/*
 * The sound of a conference room for sipagent: whoever sits in it hears all others, and not himself.
 *
 * The bridge can do so with N * (N - 1) links, which is too much work from some fifty people on. Here
 * each has a seat, a port of the bridge: it is linked with the call in both ways, takes what that
 * says, and gives what all seats have taken, less its own. All are added up once a tick. What is said
 * is heard one tick (20 ms) later.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __ROOM_MIXER_H__
#define __ROOM_MIXER_H__

#include <pj/types.h>

PJ_BEGIN_DECL

/** What room_mixer_quiet() returns of somebody who has said nothing yet. */
#define ROOM_MIXER_NEVER  0xFFFFFFFFU

typedef struct room_mixer room_mixer;
typedef struct room_seat room_seat;

/** Return a room without seats; NULL: there is no memory. */
room_mixer *room_mixer_open(void);

/**
 * Put one more seat into the bridge.
 *
 * It goes with its slot (pjsua_conf_remove_port), and must not be asked for anything then.
 *
 * Returns PJ_SUCCESS with the seat and its slot, or why not; then there is nothing to remove.
 */
pj_status_t room_mixer_seat(room_mixer *room, room_seat **seat, int *slot);

/** Return for how many milliseconds nothing was said at a seat that is no mere noise of a line. */
unsigned room_mixer_quiet(const room_seat *seat);

/** Take no more seats; what there is of the room goes with the last of them. */
void room_mixer_close(room_mixer *room);

PJ_END_DECL

#endif
