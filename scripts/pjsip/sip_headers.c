/*
 * Header fields for sipagent; sip_headers.h tells what they are for.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_headers.h>
#include <pjsip/sip_auth_msg.h>
#include <pjsip/sip_msg.h>
#include <pjsip/sip_parser.h>
#include <pjsip/sip_tel_uri.h>
#include <pjsip/sip_uri.h>
#include <pj/except.h>
#include <pj/os.h>
#include <pj/pool.h>
#include <pj/string.h>

struct out
{
    char *at, *end;
    int full;
};


/* -------------------------------------------------------------------- writing texts */

static void put(struct out *out, char letter, const char *text, pj_ssize_t length)
{
    struct pjsip_headers_text head;

    if (out->full || out->end - out->at < (pj_ssize_t)sizeof(head) + length) {
        out->full = 1;
        return;
    }
    head.letter = (pj_uint32_t)letter;
    head.length = (pj_uint32_t)length;
    pj_memcpy(out->at, &head, sizeof(head));
    if (length)
        pj_memcpy(out->at + sizeof(head), text, length);
    out->at += sizeof(head) + length;
}

static void put_str(struct out *out, char letter, const pj_str_t *text)
{
    put(out, letter, text->ptr, text->slen > 0 ? text->slen : 0);
}

static void put_number(struct out *out, char letter, int number)
{
    char text[16];

    put(out, letter, text, pj_ansi_snprintf(text, sizeof(text), "%d", number));
}

static void put_unsigned(struct out *out, char letter, unsigned number)
{
    char text[16];

    put(out, letter, text, pj_ansi_snprintf(text, sizeof(text), "%u", number));
}

static void put_parameter(struct out *out, const char *name, const pj_str_t *value)
{
    if (value->slen) {
        put(out, 'k', name, pj_ansi_strlen(name));
        put_str(out, 'v', value);
    }
}

static void put_parameters(struct out *out, const pjsip_param *list)
{
    const pjsip_param *one;

    for (one = list->next; one != list; one = one->next) {
        put_str(out, 'k', &one->name);
        put_str(out, 'v', &one->value);
    }
}

/* Whom a call is to replace: the one field of a URI that is not ignored (RFC 3261, section 19.1.5). */
static void put_replaces(struct out *out, const pjsip_param *fields)
{
    const pj_str_t name = { "Replaces", 8 };
    const pjsip_param *one = pjsip_param_find(fields, &name);

    if (one)
        put_str(out, 'r', &one->value);
}

static void put_sip_uri(struct out *out, const pjsip_sip_uri *uri)
{
    put_str(out, 'u', &uri->orig_userpass);
    put_str(out, 'h', &uri->host);
    if (uri->port)
        put_number(out, 'p', uri->port);
    put_parameter(out, "user", &uri->user_param);
    put_parameter(out, "method", &uri->method_param);
    put_parameter(out, "transport", &uri->transport_param);
    put_parameter(out, "maddr", &uri->maddr_param);
    put_parameters(out, &uri->other_param);
    put_replaces(out, &uri->header_param);
}

static void put_tel_uri(struct out *out, const pjsip_tel_uri *uri)
{
    put_str(out, 'u', &uri->number);
    put_parameter(out, "ext", &uri->ext_param);
    put_parameter(out, "isub", &uri->isub_param);
    put_parameter(out, "phone-context", &uri->context);
    put_parameters(out, &uri->other_param);
}

static void put_address(struct out *out, const pj_str_t *display, const pjsip_uri *uri,
                        const pjsip_param *params)
{
    uri = (const pjsip_uri*)pjsip_uri_get_uri(uri);
    put_str(out, 'A', display);
    put_str(out, 's', pjsip_uri_get_scheme(uri));
    if (PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri))
        put_sip_uri(out, (const pjsip_sip_uri*)uri);
    else if (PJSIP_URI_SCHEME_IS_TEL(uri))
        put_tel_uri(out, (const pjsip_tel_uri*)uri);
    if (params)
        put_parameters(out, params);
}

/* What a registrar has to know of a Contact besides: how it was written, and for how long. */
static void put_contact(struct out *out, const pjsip_contact_hdr *one)
{
    pj_str_t uri = one->written;
    char *bracket = uri.slen ? (char*)pj_memchr(uri.ptr, '<', uri.slen) : NULL;

    while (bracket) {                   /* the last one, for a name may have others */
        uri.slen -= bracket + 1 - uri.ptr;
        uri.ptr = bracket + 1;
        bracket = uri.slen ? (char*)pj_memchr(uri.ptr, '<', uri.slen) : NULL;
    }
    if (uri.ptr != one->written.ptr && uri.slen && uri.ptr[uri.slen - 1] == '>')
        --uri.slen;
    put(out, 'C', one->star ? "*" : uri.ptr, one->star ? 1 : uri.slen);
    if (one->expires != PJSIP_EXPIRES_NOT_SPECIFIED)
        put_unsigned(out, 'e', one->expires);
    put_parameters(out, &one->other_param);
}

static void put_digest(struct out *out, const pjsip_digest_credential *digest)
{
    put(out, 'D', "", 0);
    put_parameter(out, "username", &digest->username);
    put_parameter(out, "realm", &digest->realm);
    put_parameter(out, "nonce", &digest->nonce);
    put_parameter(out, "uri", &digest->uri);
    put_parameter(out, "response", &digest->response);
    put_parameter(out, "algorithm", &digest->algorithm);
    put_parameter(out, "cnonce", &digest->cnonce);
    put_parameter(out, "qop", &digest->qop);
    put_parameter(out, "nc", &digest->nc);
}

static void put_name_addr(struct out *out, const pjsip_name_addr *addr, const pjsip_param *params)
{
    put_address(out, &addr->display, addr->uri, params);
}

/* The value of a field as PJSIP would write it, which is how every kind of field can be had. */
static void put_text(struct out *out, const pjsip_hdr *hdr)
{
    char *text = out->at + sizeof(struct pjsip_headers_text), *value;
    int length;

    if (out->full || text >= out->end) {
        out->full = 1;
        return;
    }
    length = pjsip_hdr_print_on((void*)hdr, text, out->end - text);
    value = length > 0 ? (char*)pj_memchr(text, ':', length) : NULL;
    if (!value) {
        out->full = 1;
        return;
    }
    length -= (int)(++value - text);
    pj_memmove(text, value, length);
    put(out, 'T', text, length);
}

static void put_field(struct out *out, const pjsip_hdr *hdr)
{
    put_str(out, 'H', &hdr->name);
    switch (hdr->type) {
    case PJSIP_H_FROM:
    case PJSIP_H_TO: {
        const pjsip_fromto_hdr *one = (const pjsip_fromto_hdr*)hdr;
        put_name_addr(out, (const pjsip_name_addr*)one->uri, &one->other_param);
        break;
    }
    case PJSIP_H_CONTACT: {
        const pjsip_contact_hdr *one = (const pjsip_contact_hdr*)hdr;
        if (!one->star)
            put_name_addr(out, (const pjsip_name_addr*)one->uri, &one->other_param);
        put_contact(out, one);
        break;
    }
    case PJSIP_H_AUTHORIZATION:
        put_digest(out, &((const pjsip_authorization_hdr*)hdr)->credential.digest);
        break;
    case PJSIP_H_ROUTE:
    case PJSIP_H_RECORD_ROUTE: {
        const pjsip_routing_hdr *one = (const pjsip_routing_hdr*)hdr;
        put_name_addr(out, &one->name_addr, &one->other_param);
        break;
    }
    default:
        put_text(out, hdr);
    }
}


/* ------------------------------------------------------------------------- reading */

static pj_bool_t is_newline(char one)
{
    return one == '\r' || one == '\n';
}

static pj_bool_t is_blank(char one)
{
    return one == ' ' || one == '\t';
}

/*
 * Join folded lines (RFC 3261, section 7.3.1), and return where the head ends. A CR without LF
 * ends no line here: a proxy that has passed the message on may have taken it for a part of a
 * value.
 */
static pj_size_t unfold(char *text, pj_size_t size)
{
    pj_size_t at = 0, next;

    while (at < size && is_newline(text[at]))
        ++at;
    while (at < size) {
        if (!is_newline(text[at])) {
            ++at;
            continue;
        }
        if (text[at] == '\r' && at + 1 < size && text[at + 1] != '\n') {
            text[at++] = ' ';
            continue;
        }
        next = at + (text[at] == '\r' ? 2 : 1);
        if (next < size && is_newline(text[next]))
            return next;
        if (next < size && is_blank(text[next]))
            pj_memset(text + at, ' ', next - at);
        at = next;
    }
    return size;
}

static void read_start_line(pj_pool_t *pool, char *line, char *end, struct out *out)
{
    static const pj_str_t none = { "", 0 };
    char *uri = line, *last = end;
    pjsip_uri *parsed;

    while (uri < end && !is_blank(*uri))
        ++uri;
    while (last > uri && !is_blank(*last))
        --last;
    while (last > uri && is_blank(last[-1]))
        --last;
    if (last == uri || (end - line > 4 && !pj_ansi_strnicmp(line, "SIP/", 4)))
        return;
    *last = '\0';
    parsed = pjsip_parse_uri(pool, uri, last - uri, 0);
    if (parsed) {
        put_str(out, 'H', &none);
        put_address(out, &none, parsed, NULL);
    }
}

/*
 * Each field is parsed by itself. In a whole message the parser lets one go on behind its line: to
 * the end of a comment or of a quoted string, or as another field behind "&".
 */
static void read_field(pj_pool_t *pool, char *line, char *end, struct out *out)
{
    char *value = (char*)pj_memchr(line, ':', end - line);
    const pjsip_hdr *first, *one;
    int parsed = 0;
    pj_str_t name;

    if (!value)
        return;
    pj_strset3(&name, line, value);
    pj_strtrim(&name);
    if (!name.slen)
        return;
    for (++value; value < end && is_blank(*value); ++value)
        ;
    first = one = (const pjsip_hdr*)pjsip_parse_hdr(pool, &name, value, end - value, &parsed);
    if (!first || parsed != end - value)
        return;
    do {
        put_field(out, one);
        one = one->next;
    } while (one != first);
}

static void read_head(pj_pool_t *pool, char *text, pj_size_t size, struct out *out)
{
    char *line = text, *stop = text + size, *end;
    int count;

    for (count = 0; line < stop; line = end + 1) {
        for (end = line; end < stop && !is_newline(*end); ++end)
            ;
        *end = '\0';
        if (end == line)
            continue;
        if (++count == 1)
            read_start_line(pool, line, end, out);
        else
            read_field(pool, line, end, out);
    }
}

/* A list of addresses is read as Route is: parameters belong to the URI where they can. */
static void read_addresses(pj_pool_t *pool, char *text, pj_size_t size, struct out *out)
{
    static const pj_str_t route = { "Route", 5 };
    const pjsip_routing_hdr *first, *one;
    int parsed = 0;

    first = one = (const pjsip_routing_hdr*)pjsip_parse_hdr(pool, &route, text, size, &parsed);
    if (!first || (pj_size_t)parsed != size)
        return;
    do {
        put_name_addr(out, &one->name_addr, &one->other_param);
        one = one->next;
    } while (one != first);
}

typedef void reader(pj_pool_t *pool, char *text, pj_size_t size, struct out *out);

static int read_copy(reader *read, const char *text, int size, char *texts, int room)
{
    struct out out = { texts, texts + room, 0 };
    pj_caching_pool memory;
    pj_pool_t *pool;
    char *copy;
    PJ_USE_EXCEPTION;

    if (PJSIP_SYN_ERR_EXCEPTION < 0 || !pj_thread_is_registered() || size < 0)
        return -1;
    pj_caching_pool_init(&memory, NULL, 0);
    pool = pj_pool_create(&memory.factory, "headers", 4000, 4000, NULL);
    PJ_TRY {
        copy = (char*)pj_pool_alloc(pool, size + 1);
        pj_memcpy(copy, text, size);
        size = (int)unfold(copy, size);
        copy[size] = '\0';     /* the parser looks at what is behind the end */
        (*read)(pool, copy, size, &out);
    }
    PJ_CATCH_ANY {
        out.full = 1;
    }
    PJ_END;
    pj_pool_release(pool);
    pj_caching_pool_destroy(&memory);
    return out.full ? -1 : (int)(out.at - texts);
}

int pjsip_headers_read(const char *message, int size, char *texts, int room)
{
    return read_copy(&read_head, message, size, texts, room);
}

int pjsip_headers_addresses(const char *value, int size, char *texts, int room)
{
    return read_copy(&read_addresses, value, size, texts, room);
}
