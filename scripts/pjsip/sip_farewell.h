/*
 * Farewells of sipagent: the message that would end a call now, as text that outlives the program.
 * After a crash the next run sends it, so that nobody rings or waits for a call that is no more.
 * Everything here runs in the thread that polls PJSIP.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_FAREWELL_H__
#define __PJSIP_FAREWELL_H__

#include <pjsip/sip_types.h>

PJ_BEGIN_DECL

/** Called by PJSIP when it starts. */
void pjsip_farewell_init(pjsip_endpoint *endpt);

/* Called by the program. */

/**
 * Write the message that would end a call: BYE; before the answer CANCEL of one that has gone out,
 * and 480 to one that has come in (RFC 3261, sections 15.1.1, 9.1 and 21.4.18). It has no
 * credentials.
 *
 * Returns the bytes that were written, 0 where there is none, or -1 where there is no room.
 */
int pjsip_farewell_of(int call, char *text, int room);

/** Send such a message. Returns 0, or else it is not well-formed or cannot be sent. */
int pjsip_farewell_say(const char *text, int size);

PJ_END_DECL

#endif
