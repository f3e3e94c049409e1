/*
 * The notifier of sipagent; sip_notifier.h tells what it is for.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_notifier.h>
#include <pjsip/sip_endpoint.h>
#include <pjsip/sip_event.h>
#include <pjsip/sip_msg.h>
#include <pjsip/sip_parser.h>
#include <pjsip/sip_transaction.h>
#include <pjsip/sip_uri.h>
#include <pjsip/sip_util.h>
#include <pj/errno.h>
#include <pj/except.h>
#include <pj/pool.h>
#include <pj/string.h>
#include <string.h>

static pjsip_endpoint *the_endpoint;
static pjsip_notifier_told *tell;

void pjsip_notifier_init(pjsip_endpoint *endpt)
{
    the_endpoint = endpt;
}

void pjsip_notifier_use(pjsip_notifier_told *told)
{
    tell = told;
}


/* ----------------------------------------------------------------------------- dialogs */

struct out
{
    char *at, *end;
};

static pj_bool_t put(struct out *out, void *hdr)
{
    int length = out->end - out->at > 2 ? pjsip_hdr_print_on(hdr, out->at, out->end - out->at - 2)
                                        : -1;

    if (length < 0)
        return PJ_FALSE;
    out->at += length;
    *out->at++ = '\n';
    *out->at = '\0';
    return PJ_TRUE;
}

/* The way back leads over whoever stays in between, in the order of the fields. */
static pj_bool_t put_routes(pj_pool_t *pool, const pjsip_msg *msg, struct out *out)
{
    const pjsip_rr_hdr *hop = NULL;
    pjsip_route_hdr *route;

    while ((hop = (const pjsip_rr_hdr*)pjsip_msg_find_hdr(msg, PJSIP_H_RECORD_ROUTE,
                                                          hop ? hop->next : NULL)) != NULL)
    {
        route = pjsip_routing_hdr_set_route((pjsip_rr_hdr*)pjsip_hdr_clone(pool, hop));
        if (!put(out, route))
            return PJ_FALSE;
        if (hop->next == (void*)&msg->hdr)
            break;
    }
    return PJ_TRUE;
}

static pj_bool_t put_dialog(pj_pool_t *pool, char *text, pj_size_t size, const char *tag,
                            struct out *out)
{
    pjsip_msg *msg = pjsip_parse_msg(pool, text, size, NULL);
    pjsip_from_hdr *from;
    pjsip_to_hdr *to;
    void *call_id;

    if (!msg)
        return PJ_FALSE;
    to = (pjsip_to_hdr*)pjsip_msg_find_hdr(msg, PJSIP_H_FROM, NULL);
    from = (pjsip_from_hdr*)pjsip_msg_find_hdr(msg, PJSIP_H_TO, NULL);
    call_id = pjsip_msg_find_hdr(msg, PJSIP_H_CALL_ID, NULL);
    if (!to || !from || !call_id)
        return PJ_FALSE;
    pjsip_fromto_hdr_set_from(from);
    pjsip_fromto_hdr_set_to(to);
    from->tag = pj_str((char*)tag);
    return put(out, from) && put(out, to) && put(out, call_id) && put_routes(pool, msg, out);
}

int pjsip_notifier_dialog(const char *request, int size, const char *tag, char *fields, int room)
{
    struct out out = { fields, fields + room };
    pj_pool_t *pool = pjsip_endpt_create_pool(the_endpoint, "dialog", 4000, 4000);
    pj_bool_t done = PJ_FALSE;
    char *text;
    PJ_USE_EXCEPTION;

    PJ_TRY {
        text = (char*)pj_pool_alloc(pool, size + 1);
        pj_memcpy(text, request, size);
        text[size] = '\0';              /* the parser looks at what is behind the end */
        done = put_dialog(pool, text, size, tag, &out);
    }
    PJ_CATCH_ANY {
    }
    PJ_END;
    pjsip_endpt_release_pool(the_endpoint, pool);
    return done ? (int)(out.at - fields) : -1;
}


/* ---------------------------------------------------------------------------- requests */

static void answered(void *number, pjsip_event *event)
{
    if (tell)
        (*tell)((unsigned)(pj_size_t)number, event->body.tsx_state.tsx->status_code);
}

static pjsip_hdr *read_field(pj_pool_t *pool, char *line)
{
    char *value = strstr(line, ": ");
    pj_str_t name, text;
    void *hdr;

    if (!value)
        return NULL;
    pj_strset3(&name, line, value);
    value += 2;
    if (pj_stricmp2(&name, "From") && pj_stricmp2(&name, "To") && pj_stricmp2(&name, "Route") &&
        pj_stricmp2(&name, "Call-ID"))
    {
        text = pj_str(value);
        return (pjsip_hdr*)pjsip_generic_string_hdr_create(pool, &name, &text);
    }
    hdr = pjsip_parse_hdr(pool, &name, value, strlen(value), NULL);
    return (pjsip_hdr*)hdr;
}

static pj_bool_t read_fields(pj_pool_t *pool, const char *fields, pjsip_hdr *list)
{
    char *line, *end;
    pjsip_hdr *hdr;
    pj_str_t copy;

    pj_list_init(list);
    pj_strdup2_with_null(pool, &copy, fields);
    for (line = copy.ptr; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            return PJ_FALSE;
        *end = '\0';
        hdr = read_field(pool, line);
        if (!hdr)
            return PJ_FALSE;
        pj_list_push_back(list, hdr);
    }
    return PJ_TRUE;
}

static void *taken_out(pjsip_hdr *list, pjsip_hdr_e type)
{
    pjsip_hdr *hdr;

    for (hdr = list->next; hdr != list; hdr = hdr->next) {
        if (hdr->type == type) {
            pj_list_erase(hdr);
            return hdr;
        }
    }
    return NULL;
}

static pjsip_tx_data *make(pj_pool_t *pool, const char *name, const char *target, int cseq,
                           const char *fields)
{
    pj_str_t copy = pj_str((char*)name);
    pjsip_method method;
    pjsip_tx_data *tdata;
    void *from, *to, *call_id;
    pjsip_hdr list, *hdr;
    pj_str_t place;
    pjsip_uri *uri;

    pjsip_method_init(&method, pool, &copy);
    pj_strdup2_with_null(pool, &place, target);
    uri = pjsip_parse_uri(pool, place.ptr, place.slen, 0);
    if (!uri || !read_fields(pool, fields, &list))
        return NULL;
    from = taken_out(&list, PJSIP_H_FROM);
    to = taken_out(&list, PJSIP_H_TO);
    call_id = taken_out(&list, PJSIP_H_CALL_ID);
    if (!from || !to || !call_id ||
        pjsip_endpt_create_request_from_hdr(the_endpoint, &method, uri, (pjsip_from_hdr*)from,
                                            (pjsip_to_hdr*)to, NULL, (pjsip_cid_hdr*)call_id,
                                            cseq, NULL, &tdata) != PJ_SUCCESS)
    {
        return NULL;
    }
    for (hdr = list.next; hdr != &list; hdr = hdr->next)
        pjsip_msg_add_hdr(tdata->msg, (pjsip_hdr*)pjsip_hdr_clone(tdata->pool, hdr));
    return tdata;
}

static void add_body(pjsip_tx_data *tdata, const char *type, const char *body)
{
    const char *slash = strchr(type, '/');
    pj_str_t first, second, text;

    if (!slash)
        return;
    pj_strset3(&first, (char*)type, (char*)slash);
    second = pj_str((char*)slash + 1);
    text = pj_str((char*)body);
    tdata->msg->body = pjsip_msg_body_create(tdata->pool, &first, &second, &text);
}

int pjsip_notifier_send(unsigned number, const char *method, const char *target, int cseq,
                        const char *fields, const char *type, const char *body)
{
    pj_pool_t *pool = pjsip_endpt_create_pool(the_endpoint, "notify", 4000, 4000);
    pjsip_tx_data *tdata = make(pool, method, target, cseq, fields);

    pjsip_endpt_release_pool(the_endpoint, pool);
    if (!tdata)
        return -1;
    add_body(tdata, type, body);
    return pjsip_endpt_send_request(the_endpoint, tdata, -1, (void*)(pj_size_t)number, &answered);
}
