/*
 * The registrar of sipagent, as far as it has to be in C: the program is asked about each request
 * that phones begin before anybody serves it, and answers it or lets it pass. What is decided, and
 * why, stands in sipagent/sip/registrar.py. Everything here runs in the thread that polls PJSIP.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_REGISTRAR_H__
#define __PJSIP_REGISTRAR_H__

#include <pjsip/sip_types.h>

PJ_BEGIN_DECL

/** Called by PJSIP when it starts. */
pj_status_t pjsip_registrar_init(pjsip_endpoint *endpt);

/* Called by the program. */

/** A request that begins something: REGISTER, or any other outside a dialog; or SUBSCRIBE in one. */
struct pjsip_registrar_request
{
    const char *message;
    pj_uint32_t length;
    char        source[64];             /**< "192.0.2.7:5060", "[2001:db8::1]:5060". */
    char        transport[8];           /**< "UDP", "TCP", "TLS".                    */
    void       *connection;             /**< NULL where the transport has none.      */
    char        tag[32];                /**< Of To; the program writes that of its answer.   */
};

/** What becomes of a request, besides an answer with a code of SIP. */
enum { PJSIP_REGISTRAR_PASS = 0, PJSIP_REGISTRAR_SILENCE = 1 };

/**
 * Decides about a request. Header fields of an answer are written into fields, each as "Name:
 * value" and a line feed, with a NUL behind the last.
 */
typedef int pjsip_registrar_decision(struct pjsip_registrar_request *request,
                                     char *fields, int room);

/** Ask the program from now on; NULL: let all requests pass. */
void pjsip_registrar_use(pjsip_registrar_decision *decide);

/** Keep a connection for the sake of a phone that is reached over it, or no longer. */
void pjsip_registrar_hold(void *connection);
void pjsip_registrar_release(void *connection);

/**
 * Write a contact (a SIP URI) as it stands in a request. Its user and parameters stay; host, port and
 * transport become those of another place, unless the host is empty. Returns the bytes, or -1
 * where it is no such URI.
 */
int pjsip_registrar_reached(const char *contact, const char *host, int port,
                            const char *transport, char *uri, int room);

PJ_END_DECL

#endif
