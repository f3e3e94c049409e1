/*
 * A bell for the thread that polls PJSIP: it sleeps until there is something to do, and other
 * threads wake it when they have something for it.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_WAKE_H__
#define __PJSIP_WAKE_H__

#include <pjsip/sip_types.h>

PJ_BEGIN_DECL

/** Called by PJSIP when it starts, in the thread that will poll it. */
pj_status_t pjsip_wake_init(pjsip_endpoint *endpt);

/**
 * End the poll that goes on, or the next one; from any thread. In the polling thread itself, which
 * is awake, it does nothing.
 */
void pjsip_wake(void);

PJ_END_DECL

#endif
