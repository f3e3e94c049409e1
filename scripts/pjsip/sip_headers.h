/*
 * Header fields of SIP messages for sipagent, read by PJSIP's own parser: what a caller, a number
 * or an address is, is told here and nowhere else. Both functions work on a copy of what they are
 * given and keep nothing; they need a thread that PJSIP knows.
 *
 * What they return is a row of texts, each with a letter for its meaning and its length before it
 * (struct pjsip_headers_text):
 *
 *   H  the name of a header field; an empty one stands for the request URI
 *   T  its value, of a field that is read as text
 *   A  an address begins; its display name, as it stands between the quotes
 *   s  its scheme
 *   u  its user and password with all escapes as they came, or its number (tel)
 *   h  its host, IPv6 without brackets
 *   p  its port
 *   k  the name of a parameter, first of the URI, then of the header field
 *   v  and its value, decoded
 *   r  the value of Replaces in the URI (RFC 3891), decoded
 *   C  a Contact once more: its URI as it was written, or "*"; k and v are of the field alone
 *   e  its seconds
 *   D  the credentials of Digest (RFC 7616), of an Authorization; k and v follow
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_HEADERS_H__
#define __PJSIP_HEADERS_H__

#include <pj/types.h>

PJ_BEGIN_DECL

/** What stands before each text. */
struct pjsip_headers_text
{
    pj_uint32_t letter;
    pj_uint32_t length;
};

/**
 * Read the head of a message: From, To, Contact, Route and Record-Route as addresses, the others
 * as texts. A field that is not well-formed is left out.
 *
 * Returns the bytes that were written, -1 where there is no room, or PJSIP does not run.
 */
int pjsip_headers_read(const char *message, int size, char *texts, int room);

/**
 * Read the addresses (name-addr or addr-spec, RFC 3261, section 25.1) of a value that lists them.
 *
 * Returns the bytes that were written, 0 where the value is anything else, or -1 as above.
 */
int pjsip_headers_addresses(const char *value, int size, char *texts, int room);

PJ_END_DECL

#endif
