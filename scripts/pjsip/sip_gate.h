/*
 * The gate of sipagent: who may speak to PJSIP at all, which addresses names have, and a tap on
 * the messages of calls. Everything here runs in the thread that polls PJSIP.
 *
 * Addresses are 16 bytes as in sip_network.h.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_GATE_H__
#define __PJSIP_GATE_H__

#include <pjsip/sip_transport.h>
#include <pj/addr_resolv.h>

PJ_BEGIN_DECL

/* Called by PJSIP. */

/** May this packet, which is not parsed yet, come in? */
pj_bool_t pjsip_gate_packet(const pjsip_rx_data *rdata, const char *data, pj_size_t len);

/** May this message be handled? */
pj_bool_t pjsip_gate_message(const pjsip_rx_data *rdata);

/** A message is being sent: whoever gets a request may answer. */
void pjsip_gate_sent(const pjsip_tx_data *tdata);

/** The pinned addresses of a name; PJ_ENOTFOUND if it has none. */
pj_status_t pjsip_gate_lookup(int af, const pj_str_t *name, unsigned *count, pj_addrinfo ai[]);

/* Called by the program. */

/** Why somebody was turned away. */
enum { PJSIP_GATE_STRANGER = 0, PJSIP_GATE_TOO_MANY = 1 };

/** Somebody who was turned away, since the last look. */
struct pjsip_gate_refusal
{
    pj_uint8_t  addr[16];
    pj_uint32_t port;
    pj_uint32_t reason;
    pj_uint32_t count;
    char        transport[8];           /**< "UDP", "TCP", "TLS"            */
    char        method[16];             /**< Of the last packet; "?": none. */
};

/** What stands before each message in the tap, and before its Call-ID. */
struct pjsip_gate_record
{
    double      at;                     /**< Seconds since the epoch.       */
    pj_uint32_t sent;                   /**< 1: sent, 0: received.          */
    pj_uint32_t id_length;              /**< Bytes of the Call-ID.          */
    pj_uint32_t length;                 /**< Bytes of the message.          */
    char        peer[64];
    char        transport[8];
};

/** Forget all networks, and let in (0) everybody or (1) only who is allowed from now on. */
void pjsip_gate_close(int closed);

/** Let in a network; those that are not limited (0) may send as much as they like. */
int pjsip_gate_allow(const pj_uint8_t addr[16], int prefix, int limited);

/** How many messages a second, and how many at once, a limited address may send. */
void pjsip_gate_limit(double rate, double burst);

/** Take the list of who was turned away; returns its length. */
int pjsip_gate_refusals(struct pjsip_gate_refusal list[], int size);

/** Whose names: those of the trunks count first, whatever a caller has written. */
enum { PJSIP_GATE_TRUNKS = 0, PJSIP_GATE_CALLS = 1, PJSIP_GATE_PINS = 2 };

/**
 * Say which address, in text, a name has; returns 1 where the name that was pinned longest ago
 * had to make room, -1 where it is no name or no address, else 0.
 */
int pjsip_gate_pin(unsigned kind, const char *name, const char *address);

/** Copy the messages of calls (1), or not (0). */
void pjsip_gate_tap(int on);

/** Take what was copied: records, each with its Call-ID and message; returns the bytes. */
int pjsip_gate_tapped(char *buffer, int size, unsigned *lost);

PJ_END_DECL

#endif
