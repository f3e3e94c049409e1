/*
 * Farewells of sipagent; sip_farewell.h tells what they are for.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_farewell.h>
#include <pjsua-lib/pjsua.h>
#include <pjsua-lib/pjsua_internal.h>
#include <pj/string.h>

/* Beyond the requests that a call still sends while its farewell is kept. */
#define LATER 1000

static pjsip_endpoint *the_endpoint;

void pjsip_farewell_init(pjsip_endpoint *endpt)
{
    the_endpoint = endpt;
}


/* ---------------------------------------------------------------------------- keeping */

static void remove_all(pjsip_msg *msg, pjsip_hdr_e type)
{
    void *hdr;

    while ((hdr = pjsip_msg_find_hdr(msg, type, NULL)) != NULL)
        pj_list_erase(hdr);
}

static int print_request(pjsip_tx_data *tdata, char *text, int room)
{
    int length;

    /* Whoever cancels an INVITE names it by its Via; that of BYE is made when it is sent. */
    if (tdata->msg->line.req.method.id != PJSIP_CANCEL_METHOD)
        remove_all(tdata->msg, PJSIP_H_VIA);
    remove_all(tdata->msg, PJSIP_H_AUTHORIZATION);
    remove_all(tdata->msg, PJSIP_H_PROXY_AUTHORIZATION);
    length = (int)pjsip_msg_print(tdata->msg, text, room);
    pjsip_tx_data_dec_ref(tdata);
    return length;
}

/* The last answer so far, with another code and no session. */
static int print_refusal(pjsip_msg *msg, char *text, int room)
{
    pjsip_status_line line = msg->line.status;
    pjsip_msg_body *body = msg->body;
    int length;

    msg->line.status.code = PJSIP_SC_TEMPORARILY_UNAVAILABLE;
    msg->line.status.reason = *pjsip_get_status_text(PJSIP_SC_TEMPORARILY_UNAVAILABLE);
    msg->body = NULL;
    length = (int)pjsip_msg_print(msg, text, room);
    msg->line.status = line;
    msg->body = body;
    return length;
}

int pjsip_farewell_of(int call, char *text, int room)
{
    pjsip_tx_data *tdata = NULL, *last;
    pjsip_inv_session *inv;
    pj_status_t status;

    if (call < 0 || call >= (int)pjsua_var.ua_cfg.max_calls || !pjsua_var.calls[call].inv)
        return 0;
    inv = pjsua_var.calls[call].inv;
    last = inv->invite_tsx ? inv->invite_tsx->last_tx : NULL;
    if (inv->state == PJSIP_INV_STATE_CONFIRMED) {
        status = pjsip_dlg_create_request(inv->dlg, pjsip_get_bye_method(),
                                          (int)inv->dlg->local.cseq + LATER, &tdata);
    } else if (inv->state != PJSIP_INV_STATE_EARLY || !last) {
        return 0;
    } else if (inv->role == PJSIP_ROLE_UAS) {
        return print_refusal(last->msg, text, room);
    } else {
        status = pjsip_endpt_create_cancel(the_endpoint, last, &tdata);
    }
    return status == PJ_SUCCESS ? print_request(tdata, text, room) : 0;
}


/* ----------------------------------------------------------------------------- saying */

/* To where its request came from (RFC 3261, section 18.2.2; RFC 3581). */
static pj_status_t say_response(pjsip_tx_data *tdata)
{
    const pjsip_via_hdr *via = (const pjsip_via_hdr*)pjsip_msg_find_hdr(tdata->msg, PJSIP_H_VIA,
                                                                        NULL);
    pjsip_response_addr to;
    int type;

    if (!via)
        return PJSIP_EMISSINGHDR;
    pj_bzero(&to, sizeof(to));
    to.dst_host.addr.host = via->recvd_param.slen ? via->recvd_param : via->sent_by.host;
    to.dst_host.addr.port = via->rport_param > 0 ? via->rport_param : via->sent_by.port;
    type = pjsip_transport_get_type_from_name(&via->transport);
    if (pj_strchr(&to.dst_host.addr.host, ':'))
        type |= PJSIP_TRANSPORT_IPV6;
    to.dst_host.type = (pjsip_transport_type_e)type;
    to.dst_host.flag = pjsip_transport_get_flag_from_type(to.dst_host.type);
    return pjsip_endpt_send_response(the_endpoint, &to, tdata, NULL, NULL);
}

static pj_status_t say_request(pjsip_tx_data *tdata)
{
    if (!pjsip_msg_find_hdr(tdata->msg, PJSIP_H_VIA, NULL))
        pjsip_msg_insert_first_hdr(tdata->msg, (pjsip_hdr*)pjsip_via_hdr_create(tdata->pool));
    return pjsip_endpt_send_request(the_endpoint, tdata, -1, NULL, NULL);
}

int pjsip_farewell_say(const char *text, int size)
{
    pj_status_t status = PJSIP_EINVALIDMSG;
    pjsip_tx_data *tdata;
    char *copy;

    if (pjsip_endpt_create_tdata(the_endpoint, &tdata) != PJ_SUCCESS)
        return -1;
    pjsip_tx_data_add_ref(tdata);
    copy = (char*)pj_pool_alloc(tdata->pool, size + 1);
    pj_memcpy(copy, text, size);
    copy[size] = '\0';                  /* the parser looks at what is behind the end */
    tdata->msg = pjsip_parse_msg(tdata->pool, copy, size, NULL);
    if (tdata->msg && tdata->msg->type == PJSIP_REQUEST_MSG &&
        pjsip_msg_find_hdr(tdata->msg, PJSIP_H_CSEQ, NULL))
    {
        return say_request(tdata);
    }
    if (tdata->msg && tdata->msg->type == PJSIP_RESPONSE_MSG)
        status = say_response(tdata);
    if (status != PJ_SUCCESS)
        pjsip_tx_data_dec_ref(tdata);
    return status;
}
