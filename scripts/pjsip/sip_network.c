/*
 * Networks; see sip_network.h.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_network.h>
#include <pj/string.h>

void pjsip_network_bytes(const pj_sockaddr *from, pj_uint8_t addr[16])
{
    static const pj_uint8_t mapped[12] = {0,0,0,0, 0,0,0,0, 0,0,0xff,0xff};

    if (from->addr.sa_family == pj_AF_INET6()) {
        pj_memcpy(addr, &from->ipv6.sin6_addr, 16);
    } else {
        pj_memcpy(addr, mapped, 12);
        pj_memcpy(addr + 12, &from->ipv4.sin_addr, 4);
    }
}

pj_bool_t pjsip_network_has(const struct pjsip_network *network, const pj_uint8_t addr[16])
{
    int whole = network->prefix / 8, rest = network->prefix % 8;

    if (pj_memcmp(addr, network->addr, whole))
        return PJ_FALSE;
    return rest == 0 || !((addr[whole] ^ network->addr[whole]) >> (8 - rest));
}
