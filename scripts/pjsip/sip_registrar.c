/*
 * The registrar of sipagent; sip_registrar.h tells what it is for.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_registrar.h>
#include <pjsip/sip_endpoint.h>
#include <pjsip/sip_module.h>
#include <pjsip/sip_msg.h>
#include <pjsip/sip_parser.h>
#include <pjsip/sip_transport.h>
#include <pjsip/sip_uri.h>
#include <pjsip/sip_util.h>
#include <pj/errno.h>
#include <pj/math.h>
#include <pj/pool.h>
#include <pj/string.h>
#include <string.h>

#define MOST_FIELDS     200             /* of a request: each costs time to read */
#define ROOM            (1 << 15)       /* for the header fields of an answer */

static pjsip_endpoint *the_endpoint;
static pjsip_registrar_decision *decide;


/* ------------------------------------------------------------------------- keep-alives */

/* A ping of a phone is answered with a pong (RFC 5626, section 4.4.1). */
static void pong(pjsip_tp_dropped_data *dropped)
{
    pjsip_transport *transport = dropped->tp;
    pjsip_tpselector over;

    if ((transport->flag & PJSIP_TRANSPORT_DATAGRAM) || dropped->status != PJ_EIGNORED ||
        dropped->len != 4 || pj_memcmp(dropped->data, "\r\n\r\n", 4))
    {
        return;
    }
    pj_bzero(&over, sizeof(over));
    over.type = PJSIP_TPSELECTOR_TRANSPORT;
    over.u.transport = transport;
    pjsip_tpmgr_send_raw(pjsip_endpt_get_tpmgr(the_endpoint),
                         (pjsip_transport_type_e)transport->key.type, &over, NULL, "\r\n", 2,
                         &transport->key.rem_addr, transport->addr_len, NULL, NULL);
}


/* ---------------------------------------------------------------------------- requests */

static unsigned count_fields(const pjsip_msg *msg)
{
    const pjsip_hdr *hdr;
    unsigned count = 0;

    for (hdr = msg->hdr.next; hdr != &msg->hdr; hdr = hdr->next)
        ++count;
    return count;
}

static void add_field(pj_pool_t *pool, pjsip_hdr *list, char *name, char *value)
{
    pj_str_t first = pj_str(name), second = pj_str(value);

    pj_list_push_back(list, pjsip_generic_string_hdr_create(pool, &first, &second));
}

static void add_fields(pj_pool_t *pool, pjsip_hdr *list, char *text)
{
    char *line, *end, *value;

    for (line = text; *line; line = end + 1) {
        end = strchr(line, '\n');
        value = strstr(line, ": ");
        if (!end || !value || value > end)
            return;
        *end = *value = '\0';
        add_field(pool, list, line, value + 2);
    }
}

/* The To of an answer has the tag of the program, which begins a dialog, or else one of PJSIP's. */
static void answer(pjsip_rx_data *rdata, int code, char *fields, char *tag)
{
    pjsip_hdr list;

    pj_list_init(&list);
    add_fields(rdata->tp_info.pool, &list, fields);
    if (*tag && !rdata->msg_info.to->tag.slen)
        rdata->msg_info.to->tag = pj_str(tag);
    pjsip_endpt_respond_stateless(the_endpoint, rdata, code, NULL, &list, NULL);
}

static int ask(const pjsip_rx_data *rdata, char *fields, char *tag)
{
    const pjsip_transport *transport = rdata->tp_info.transport;
    const pj_str_t *theirs = &rdata->msg_info.to->tag;
    struct pjsip_registrar_request request;
    int code;

    pj_bzero(&request, sizeof(request));
    request.message = rdata->msg_info.msg_buf;
    request.length = rdata->msg_info.len;
    pj_ansi_snprintf(request.source, sizeof(request.source),
                     strchr(rdata->pkt_info.src_name, ':') ? "[%s]:%d" : "%s:%d",
                     rdata->pkt_info.src_name, rdata->pkt_info.src_port);
    pj_ansi_strxcpy(request.transport, transport->type_name, sizeof(request.transport));
    if (!(transport->flag & PJSIP_TRANSPORT_DATAGRAM))
        request.connection = (void*)transport;
    if (theirs->slen > 0)
        pj_memcpy(request.tag, theirs->ptr, PJ_MIN(theirs->slen, (pj_ssize_t)sizeof(request.tag) - 1));
    fields[0] = '\0';
    code = (*decide)(&request, fields, ROOM);
    pj_ansi_strxcpy(tag, request.tag, sizeof(request.tag));
    return code;
}

static pj_bool_t take(pjsip_rx_data *rdata)
{
    char tag[sizeof(((struct pjsip_registrar_request*)0)->tag)] = "";
    char *fields = (char*)pj_pool_alloc(rdata->tp_info.pool, ROOM);
    int code = PJSIP_SC_BAD_REQUEST;

    fields[0] = '\0';
    if (count_fields(rdata->msg_info.msg) <= MOST_FIELDS)
        code = ask(rdata, fields, tag);
    if (code >= 200)
        answer(rdata, code, fields, tag);
    return code != PJSIP_REGISTRAR_PASS;
}

/* ACK has no answer, and CANCEL goes with the request that it cancels (RFC 3261, section 22.1). */
static pj_bool_t take_first(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;

    if (!decide || method->id == PJSIP_ACK_METHOD || method->id == PJSIP_CANCEL_METHOD ||
        rdata->msg_info.to->tag.slen)
    {
        return PJ_FALSE;
    }
    return take(rdata);
}

/* What goes on with a subscription, whose dialog PJSIP does not know, and so would refuse. */
static pj_bool_t take_next(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;

    if (!decide || pj_strcmp2(&method->name, "SUBSCRIBE") || !rdata->msg_info.to->tag.slen)
        return PJ_FALSE;
    return take(rdata);
}

static pjsip_module registrar = {
    NULL, NULL, { "mod-registrar", 13 }, -1, PJSIP_MOD_PRIORITY_UA_PROXY_LAYER + 1,
    NULL, NULL, NULL, NULL, &take_first, NULL, NULL, NULL, NULL
};

static pjsip_module subscriptions = {
    NULL, NULL, { "mod-subscriptions", 17 }, -1, PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1,
    NULL, NULL, NULL, NULL, &take_next, NULL, NULL, NULL, NULL
};

pj_status_t pjsip_registrar_init(pjsip_endpoint *endpt)
{
    pj_status_t status;

    the_endpoint = endpt;
    pjsip_tpmgr_set_drop_data_cb(pjsip_endpt_get_tpmgr(endpt), &pong);
    status = pjsip_endpt_register_module(endpt, &registrar);
    return status == PJ_SUCCESS ? pjsip_endpt_register_module(endpt, &subscriptions) : status;
}


/* ------------------------------------------------------------------------- the program */

void pjsip_registrar_use(pjsip_registrar_decision *other)
{
    decide = other;
}

void pjsip_registrar_hold(void *connection)
{
    pjsip_transport_add_ref((pjsip_transport*)connection);
}

void pjsip_registrar_release(void *connection)
{
    pjsip_transport_dec_ref((pjsip_transport*)connection);
}

static int print_reached(pj_pool_t *pool, const char *contact, const char *host, int port,
                         const char *transport, char *out, int room)
{
    pj_str_t text;
    pjsip_uri *parsed;
    pjsip_sip_uri *uri;

    pj_strdup2_with_null(pool, &text, contact);
    parsed = pjsip_parse_uri(pool, text.ptr, text.slen, 0);
    if (!parsed || !(PJSIP_URI_SCHEME_IS_SIP(parsed) || PJSIP_URI_SCHEME_IS_SIPS(parsed)))
        return -1;
    uri = (pjsip_sip_uri*)pjsip_uri_get_uri(parsed);
    pjsip_sip_uri_set_secure(uri, PJ_FALSE);        /* its transport says so */
    if (*host) {
        uri->host = pj_str((char*)host);
        uri->port = port;
        uri->transport_param = pj_str((char*)transport);
        uri->maddr_param.slen = 0;
    }
    uri->pinned_param.slen = 0;
    pj_list_init(&uri->header_param);
    return pjsip_uri_print(PJSIP_URI_IN_REQ_URI, uri, out, room);
}

int pjsip_registrar_reached(const char *contact, const char *host, int port,
                            const char *transport, char *uri, int room)
{
    pj_caching_pool memory;
    pj_pool_t *pool;
    int length;

    pj_caching_pool_init(&memory, NULL, 0);
    pool = pj_pool_create(&memory.factory, "registrar", 4000, 4000, NULL);
    length = print_reached(pool, contact, host, port, transport, uri, room);
    pj_pool_release(pool);
    pj_caching_pool_destroy(&memory);
    return length;
}
