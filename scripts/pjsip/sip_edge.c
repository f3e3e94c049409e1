/*
 * The edge of sipagent; sip_edge.h tells what it is for.
 *
 * In front of the transactions: a datagram that was cut on its way is told to be so, a phone behind
 * a NAT is reached where it sends from, and nobody but the program says which address a host has.
 * Behind everything else: a request outside a call that nobody serves is refused, for whoever gets
 * no answer repeats it for half a minute, and takes the line for dead. Whom the gate keeps out does
 * not get here.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_edge.h>
#include <pjsip/sip_endpoint.h>
#include <pjsip/sip_module.h>
#include <pjsip/sip_msg.h>
#include <pjsip/sip_network.h>
#include <pjsip/sip_transport.h>
#include <pjsip/sip_uri.h>
#include <pjsip/sip_util.h>
#include <pj/addr_resolv.h>
#include <pj/errno.h>
#include <pj/sock.h>
#include <pj/string.h>

static pjsip_endpoint *the_endpoint;


/* -------------------------------------------------------------------------- cut datagrams */

/* Where the body of a message begins; NULL: its headers have no end. */
static const char *body_of(const char *from, const char *end)
{
    for (; from + 1 < end; ++from) {
        if (*from != '\n')
            continue;
        if (from[1] == '\n')
            return from + 2;
        if (from[1] == '\r' && from + 2 < end && from[2] == '\n')
            return from + 3;
    }
    return NULL;
}

/* Whether a datagram ends before its message does (RFC 3261, section 18.3). */
static pj_bool_t is_cut(const pjsip_rx_data *rdata)
{
    const pjsip_clen_hdr *length = rdata->msg_info.clen;
    const char *end = rdata->msg_info.msg_buf + rdata->msg_info.len;
    const char *body;

    if (!(rdata->tp_info.transport->flag & PJSIP_TRANSPORT_DATAGRAM))
        return PJ_FALSE;
    body = body_of(rdata->msg_info.msg_buf, end);
    if (!body)
        return !length || length->len > 0;
    return length && length->len > end - body;
}


/* --------------------------------------------------------------------- phones behind a NAT */

/* Networks that are not reached from elsewhere (RFC 1918, 6598, 3927, 1122, 4193, 4291). */
static const struct pjsip_network private_networks[] = {
    PJSIP_NETWORK_IPV4(10, 0, 0, 0, 8), PJSIP_NETWORK_IPV4(172, 16, 0, 0, 12),
    PJSIP_NETWORK_IPV4(192, 168, 0, 0, 16), PJSIP_NETWORK_IPV4(100, 64, 0, 0, 10),
    PJSIP_NETWORK_IPV4(169, 254, 0, 0, 16), PJSIP_NETWORK_IPV4(127, 0, 0, 0, 8),
    { { 0xfc }, 7 }, { { 0xfe, 0x80 }, 10 },
    { { 0,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,1 }, 128 },
};

static pj_bool_t parse_address(const pj_str_t *text, pj_sockaddr *address)
{
    pj_uint8_t bytes[16];

    if (pj_inet_pton(pj_AF_INET(), text, bytes) != PJ_SUCCESS &&
        pj_inet_pton(pj_AF_INET6(), text, bytes) != PJ_SUCCESS)
    {
        return PJ_FALSE;                /* a name */
    }
    return pj_sockaddr_parse(pj_AF_UNSPEC(), 0, text, address) == PJ_SUCCESS;
}

static pj_bool_t same_host(const pj_sockaddr *one, const pj_sockaddr *other)
{
    return one->addr.sa_family == other->addr.sa_family &&
           !pj_memcmp(pj_sockaddr_get_addr(one), pj_sockaddr_get_addr(other),
                      pj_sockaddr_get_addr_len(one));
}

/* Which private network an address belongs to; -1: none. */
static int network_of(const pj_sockaddr *address)
{
    pj_uint8_t bytes[16];
    int i;

    pjsip_network_bytes(address, bytes);
    for (i = 0; i < (int)PJ_ARRAY_SIZE(private_networks); ++i) {
        if (pjsip_network_has(&private_networks[i], bytes))
            return i;
    }
    return -1;
}

/* Whether a request comes from another host than its sender believes to be (RFC 3581). */
static pj_bool_t is_translated(const pjsip_rx_data *rdata)
{
    pj_sockaddr believed;

    return rdata->msg_info.msg->type == PJSIP_REQUEST_MSG &&
           parse_address(&rdata->msg_info.via->sent_by.host, &believed) &&
           !same_host(&believed, &rdata->pkt_info.src_addr);
}

/* Whether a message says where requests of ours go (RFC 3261, section 12; RFC 3311), and comes
 * from there itself: whoever stands between would have written a Record-Route, or a Via.
 */
static pj_bool_t tells_target(const pjsip_rx_data *rdata)
{
    static const pjsip_method update = { PJSIP_OTHER_METHOD, { "UPDATE", 6 } };
    const pjsip_method *method = &rdata->msg_info.cseq->method;

    return (method->id == PJSIP_INVITE_METHOD || !pjsip_method_cmp(method, &update)) &&
           !rdata->msg_info.record_route &&
           !pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_VIA, rdata->msg_info.via->next);
}

/* Put the place where a message comes from into its Contact, if nobody can be reached at what
 * the phone has written there.
 */
static void reach_through_nat(pjsip_rx_data *rdata)
{
    const pjsip_transport *transport = rdata->tp_info.transport;
    const pj_sockaddr *source = &rdata->pkt_info.src_addr;
    pj_pool_t *pool = rdata->tp_info.pool;
    pjsip_contact_hdr *contact;
    pjsip_sip_uri *uri;
    pj_sockaddr written;
    int network;

    contact = pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_CONTACT, NULL);
    if (!contact || contact->star || !tells_target(rdata))
        return;
    uri = pjsip_uri_get_uri(contact->uri);
    if (!(PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri)) ||
        uri->maddr_param.slen || !parse_address(&uri->host, &written) ||
        same_host(&written, source))
    {
        return;
    }
    network = network_of(&written);
    if (network < 0 || (network == network_of(source) && !is_translated(rdata)))
        return;

    pj_strdup2(pool, &uri->host, rdata->pkt_info.src_name);
    uri->port = rdata->pkt_info.src_port;
    if (!(transport->flag & PJSIP_TRANSPORT_DATAGRAM))
        pj_strdup2(pool, &uri->transport_param, transport->type_name);
}


/* -------------------------------------------------------------------- what nobody serves */

static pj_bool_t is_one_of(const pj_str_t *name, const char *const names[], unsigned count)
{
    unsigned i;

    for (i = 0; i < count; ++i) {
        if (!pj_strcmp2(name, names[i]))
            return PJ_TRUE;
    }
    return PJ_FALSE;
}

/* With which code a request outside a call is refused (RFC 3261, sections 8.2.1 and 12.2.2). */
static int refusal_of(const pj_str_t *method)
{
    static const char *const only_within[] = { "BYE", "INFO", "NOTIFY", "PRACK", "UPDATE" };
    static const char *const known[] = {
        "INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "MESSAGE"
    };

    if (is_one_of(method, only_within, PJ_ARRAY_SIZE(only_within)))
        return PJSIP_SC_CALL_TSX_DOES_NOT_EXIST;
    if (is_one_of(method, known, PJ_ARRAY_SIZE(known)))
        return PJSIP_SC_METHOD_NOT_ALLOWED;
    return PJSIP_SC_NOT_IMPLEMENTED;
}

/* Return what the endpoint serves at all, but for one method. */
static pjsip_hdr *allow_without(pj_pool_t *pool, const pj_str_t *method)
{
    const pjsip_hdr *all = pjsip_endpt_get_capability(the_endpoint, PJSIP_H_ALLOW, NULL);
    pjsip_allow_hdr *allow = pjsip_hdr_clone(pool, all);
    unsigned i, kept = 0;

    for (i = 0; i < allow->count; ++i) {
        if (pj_strcmp(&allow->values[i], method))
            allow->values[kept++] = allow->values[i];
    }
    allow->count = kept;
    return (pjsip_hdr*)allow;
}

static pj_bool_t refuse(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;
    int code = refusal_of(&method->name);
    pjsip_hdr list;

    if (method->id == PJSIP_ACK_METHOD)
        return PJ_FALSE;
    pj_list_init(&list);
    if (code != PJSIP_SC_CALL_TSX_DOES_NOT_EXIST)
        pj_list_push_back(&list, allow_without(rdata->tp_info.pool, &method->name));
    pjsip_endpt_respond_stateless(the_endpoint, rdata, code, NULL, &list, NULL);
    return PJ_TRUE;
}


/* --------------------------------------------------------------- where a host is (0042) */

static void unpin(pjsip_uri *uri)
{
    if (uri && (PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri)))
        pj_bzero(&((pjsip_sip_uri*)pjsip_uri_get_uri(uri))->pinned_param, sizeof(pj_str_t));
}

/* Only the program says where a host is: nobody else names one place and is reached at another. */
static void unpin_all(pjsip_msg *msg)
{
    pjsip_hdr *hdr;

    if (msg->type == PJSIP_REQUEST_MSG)
        unpin(msg->line.req.uri);
    for (hdr = msg->hdr.next; hdr != &msg->hdr; hdr = hdr->next) {
        if (hdr->type == PJSIP_H_CONTACT)
            unpin(((pjsip_contact_hdr*)hdr)->uri);
        else if (hdr->type == PJSIP_H_RECORD_ROUTE || hdr->type == PJSIP_H_ROUTE)
            unpin((pjsip_uri*)&((pjsip_routing_hdr*)hdr)->name_addr);
    }
}


/* ------------------------------------------------------------------------------ modules */

static pj_bool_t take_request(pjsip_rx_data *rdata)
{
    pj_str_t reason = pj_str("Message Cut Short");

    if (!is_cut(rdata)) {
        unpin_all(rdata->msg_info.msg);
        reach_through_nat(rdata);
        return PJ_FALSE;
    }
    if (rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) {
        pjsip_endpt_respond_stateless(the_endpoint, rdata, PJSIP_SC_BAD_REQUEST, &reason,
                                      NULL, NULL);
    }
    return PJ_TRUE;
}

static pj_bool_t take_response(pjsip_rx_data *rdata)
{
    if (is_cut(rdata))
        return PJ_TRUE;
    unpin_all(rdata->msg_info.msg);
    reach_through_nat(rdata);
    return PJ_FALSE;
}

static pjsip_module front = {
    NULL, NULL, { "mod-edge-front", 14 }, -1, PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 1,
    NULL, NULL, NULL, NULL, &take_request, &take_response, NULL, NULL, NULL
};

static pjsip_module back = {
    NULL, NULL, { "mod-edge-back", 13 }, -1, PJSIP_MOD_PRIORITY_APPLICATION + 64,
    NULL, NULL, NULL, NULL, &refuse, NULL, NULL, NULL, NULL
};

pj_status_t pjsip_edge_init(pjsip_endpoint *endpt)
{
    pj_status_t status;

    the_endpoint = endpt;
    status = pjsip_endpt_register_module(endpt, &front);
    return status == PJ_SUCCESS ? pjsip_endpt_register_module(endpt, &back) : status;
}
