/*
 * Networks, of addresses that are 16 bytes in network order; IPv4 is mapped (RFC 4291, section
 * 2.5.5.2).
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_NETWORK_H__
#define __PJSIP_NETWORK_H__

#include <pjsip/sip_types.h>
#include <pj/sock.h>

PJ_BEGIN_DECL

struct pjsip_network
{
    pj_uint8_t addr[16];
    int        prefix;                  /**< Of 128 bits, also of IPv4. */
};

/** Bytes and prefix of a network of IPv4, as an initialiser. */
#define PJSIP_NETWORK_IPV4(a, b, c, d, prefix) \
    { { 0,0,0,0, 0,0,0,0, 0,0,0xff,0xff, a,b,c,d }, 96 + (prefix) }

/** The bytes of a socket address. */
void pjsip_network_bytes(const pj_sockaddr *from, pj_uint8_t addr[16]);

/** Does an address lie in a network? */
pj_bool_t pjsip_network_has(const struct pjsip_network *network, const pj_uint8_t addr[16]);

PJ_END_DECL

#endif
