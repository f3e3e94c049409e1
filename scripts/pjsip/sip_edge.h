/*
 * The edge of sipagent: what a message passes before a dialog sees it, and what becomes of a
 * request that nobody takes. Everything here runs in the thread that polls PJSIP.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_EDGE_H__
#define __PJSIP_EDGE_H__

#include <pjsip/sip_types.h>

PJ_BEGIN_DECL

/** Called by PJSIP when it starts. */
pj_status_t pjsip_edge_init(pjsip_endpoint *endpt);

PJ_END_DECL

#endif
