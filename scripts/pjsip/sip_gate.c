/*
 * The gate of sipagent; sip_gate.h tells what it is for.
 *
 * A port on the open Internet is scanned day and night. Answering a scanner, even with a refusal,
 * tells it that a telephone is here. So a stranger's packet ends before it is parsed, and his
 * connection before anything is allocated for it: neither costs a caller anything, and a fault
 * of the parser is out of his reach.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_gate.h>
#include <pjsip/sip_msg.h>
#include <pjsip/sip_network.h>
#include <pj/activesock.h>
#include <pj/errno.h>
#include <pj/os.h>
#include <pj/sock.h>
#include <pj/string.h>
#include <string.h>

#define MAX_NETWORKS    512
#define MAX_CONTACTED   512     /* addresses that requests were sent to */
#define MAX_SOURCES     4096    /* limited addresses that are remembered */
#define MAX_REFUSALS    1024    /* addresses in one list; the others are counted in its last */
#define MAX_PINS        1024    /* host names in each table */
#define PROBES          8       /* places of a table that an address may stand in */
#define TAP_SIZE        (1 << 22)
#define CONTACT_SECONDS (6 * 3600)

struct let_in
{
    struct pjsip_network network;
    int limited;
};

struct source
{
    pj_uint8_t addr[16];
    double tokens;
    double seen;                        /* seconds; 0: the place is free */
};

struct contacted
{
    pj_uint8_t addr[16];
    double until;
};

struct pin
{
    char name[256];
    pj_sockaddr addr;
    unsigned age;                       /* the lower, the longer ago it was pinned */
};

struct pins
{
    struct pin list[MAX_PINS];
    int count;
    unsigned clock;
};

enum who { STRANGER, CONTACTED, LIMITED, OPEN };

static struct
{
    int closed;
    struct let_in networks[MAX_NETWORKS];
    int network_count;
    double rate, burst;
    struct source sources[MAX_SOURCES];
    struct contacted contacted[MAX_CONTACTED];
    struct pjsip_gate_refusal refusals[MAX_REFUSALS];
    int refusal_count;
    struct pins pins[PJSIP_GATE_PINS];
    int tapping;
    char tap[TAP_SIZE];
    int tap_used;
    unsigned tap_lost;
} gate;


/* ------------------------------------------------------------------ time and addresses */

static double monotonic(void)
{
    pj_time_val now;

    pj_gettickcount(&now);
    return (double)now.sec + now.msec / 1000.0 + 1.0;   /* never 0 */
}

static double wall_clock(void)
{
    pj_time_val now;

    pj_gettimeofday(&now);
    return (double)now.sec + now.msec / 1000.0;
}

static unsigned hash(const pj_uint8_t addr[16])
{
    unsigned value = 2166136261u;
    int i;

    for (i = 0; i < 16; ++i)
        value = (value ^ addr[i]) * 16777619u;
    return value;
}

static enum who who_is(const pj_uint8_t addr[16])
{
    enum who best = STRANGER;
    unsigned i;

    for (i = 0; i < (unsigned)gate.network_count; ++i) {
        if (pjsip_network_has(&gate.networks[i].network, addr)) {
            if (!gate.networks[i].limited)
                return OPEN;
            best = LIMITED;
        }
    }
    for (i = 0; best == STRANGER && i < PROBES; ++i) {
        const struct contacted *one = &gate.contacted[(hash(addr) + i) % MAX_CONTACTED];
        if (one->until > monotonic() && !pj_memcmp(one->addr, addr, 16))
            best = CONTACTED;
    }
    return best;
}


/* ---------------------------------------------------------------------- who comes in */

/* The method of a request, as far as a log may show it. */
static void name_method(char method[16], const char *data, pj_size_t len)
{
    int i;

    for (i = 0; i < 15 && (pj_size_t)i < len && data[i] >= 'A' && data[i] <= 'Z'; ++i)
        method[i] = data[i];
    method[i] = '\0';
    if (i == 0 || (pj_size_t)i >= len || data[i] != ' ')
        pj_ansi_strxcpy(method, "?", 16);
}

static void refuse(const pj_uint8_t addr[16], unsigned port, unsigned reason,
                   const char *transport, const char *data, pj_size_t len)
{
    struct pjsip_gate_refusal *entry = NULL;
    int i;

    /* The list is taken every second, and is short except in a flood. */
    for (i = gate.refusal_count - 1; i >= 0 && !entry; --i) {
        if (gate.refusals[i].reason == reason && !pj_memcmp(gate.refusals[i].addr, addr, 16))
            entry = &gate.refusals[i];
    }
    if (!entry && gate.refusal_count < MAX_REFUSALS) {
        entry = &gate.refusals[gate.refusal_count++];
        pj_bzero(entry, sizeof(*entry));
        pj_memcpy(entry->addr, addr, 16);
        entry->reason = reason;
    }
    if (!entry) {
        ++gate.refusals[MAX_REFUSALS - 1].count;
        return;
    }
    ++entry->count;
    entry->port = port;
    pj_ansi_strxcpy(entry->transport, transport, sizeof(entry->transport));
    name_method(entry->method, data, len);
}

/* A bucket of tokens for each limited address; the one that was not seen for longest makes room. */
static pj_bool_t has_token(const pj_uint8_t addr[16])
{
    struct source *mine = NULL, *oldest = NULL;
    double now = monotonic();
    int i;

    for (i = 0; i < PROBES && !mine; ++i) {
        struct source *one = &gate.sources[(hash(addr) + i) % MAX_SOURCES];
        if (one->seen > 0 && !pj_memcmp(one->addr, addr, 16))
            mine = one;
        else if (!oldest || one->seen < oldest->seen)
            oldest = one;
    }
    if (!mine) {
        mine = oldest;
        pj_memcpy(mine->addr, addr, 16);
        mine->tokens = gate.burst;
    } else {
        mine->tokens += (now - mine->seen) * gate.rate;
        if (mine->tokens > gate.burst)
            mine->tokens = gate.burst;
    }
    mine->seen = now;
    if (mine->tokens < 1)
        return PJ_FALSE;
    mine->tokens -= 1;
    return PJ_TRUE;
}

pj_bool_t pjsip_gate_packet(const pjsip_rx_data *rdata, const char *data, pj_size_t len)
{
    pj_uint8_t addr[16];
    enum who who;

    if (!gate.closed)
        return PJ_TRUE;
    pjsip_network_bytes(&rdata->pkt_info.src_addr, addr);
    who = who_is(addr);
    if (who == STRANGER || (who == LIMITED && !has_token(addr))) {
        refuse(addr, rdata->pkt_info.src_port,
               who == LIMITED ? PJSIP_GATE_TOO_MANY : PJSIP_GATE_STRANGER,
               rdata->tp_info.transport->type_name, data, len);
        return PJ_FALSE;
    }
    return PJ_TRUE;
}

static pj_bool_t may_connect(const pj_sockaddr *from)
{
    pj_uint8_t addr[16];
    enum who who;

    if (!gate.closed)
        return PJ_TRUE;
    pjsip_network_bytes(from, addr);
    who = who_is(addr);
    if (who == OPEN || who == CONTACTED || (who == LIMITED && has_token(addr)))
        return PJ_TRUE;
    refuse(addr, pj_sockaddr_get_port(from),
           who == LIMITED ? PJSIP_GATE_TOO_MANY : PJSIP_GATE_STRANGER, "TCP", "CONNECT ", 8);
    return PJ_FALSE;
}

/* Whom we have called may end the call, but not make one. */
static pj_bool_t may_ask(const pjsip_rx_data *rdata)
{
    pj_uint8_t addr[16];

    if (!gate.closed || rdata->msg_info.msg->type != PJSIP_REQUEST_MSG ||
        rdata->msg_info.to->tag.slen)
    {
        return PJ_TRUE;
    }
    pjsip_network_bytes(&rdata->pkt_info.src_addr, addr);
    if (who_is(addr) != CONTACTED)
        return PJ_TRUE;
    refuse(addr, rdata->pkt_info.src_port, PJSIP_GATE_STRANGER,
           rdata->tp_info.transport->type_name,
           rdata->msg_info.msg_buf, rdata->msg_info.len);
    return PJ_FALSE;
}


/* ------------------------------------------------------------------------- the tap */

static pj_bool_t of_a_call(const pjsip_cseq_hdr *cseq)
{
    return cseq && cseq->method.id != PJSIP_REGISTER_METHOD &&
           cseq->method.id != PJSIP_OPTIONS_METHOD;
}

static void tap(int sent, const char *host, int port, const char *transport,
                const pj_str_t *id, const char *data, pj_size_t len)
{
    struct pjsip_gate_record record;
    char *place = gate.tap + gate.tap_used;

    if (gate.tap_used + sizeof(record) + id->slen + len > TAP_SIZE) {
        ++gate.tap_lost;
        return;
    }
    pj_bzero(&record, sizeof(record));
    record.at = wall_clock();
    record.sent = sent;
    record.id_length = (pj_uint32_t)id->slen;
    record.length = (pj_uint32_t)len;
    pj_ansi_snprintf(record.peer, sizeof(record.peer),
                     strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
    pj_ansi_strxcpy(record.transport, transport, sizeof(record.transport));
    pj_memcpy(place, &record, sizeof(record));
    pj_memcpy(place + sizeof(record), id->ptr, id->slen);
    pj_memcpy(place + sizeof(record) + id->slen, data, len);
    gate.tap_used += (int)(sizeof(record) + id->slen + len);
}

pj_bool_t pjsip_gate_message(const pjsip_rx_data *rdata)
{
    if (!may_ask(rdata))
        return PJ_FALSE;
    if (gate.tapping && of_a_call(rdata->msg_info.cseq)) {
        tap(0, rdata->pkt_info.src_name, rdata->pkt_info.src_port,
            rdata->tp_info.transport->type_name, &rdata->msg_info.cid->id,
            rdata->msg_info.msg_buf, rdata->msg_info.len);
    }
    return PJ_TRUE;
}

void pjsip_gate_sent(const pjsip_tx_data *tdata)
{
    if (gate.closed && tdata->msg->type == PJSIP_REQUEST_MSG) {
        struct contacted *place = NULL;
        pj_uint8_t addr[16];
        unsigned i;

        pjsip_network_bytes(&tdata->tp_info.dst_addr, addr);
        for (i = 0; i < PROBES; ++i) {
            struct contacted *one = &gate.contacted[(hash(addr) + i) % MAX_CONTACTED];
            if (!pj_memcmp(one->addr, addr, 16)) {
                place = one;
                break;
            }
            if (!place || one->until < place->until)
                place = one;
        }
        pj_memcpy(place->addr, addr, 16);
        place->until = monotonic() + CONTACT_SECONDS;
    }
    if (gate.tapping && of_a_call(PJSIP_MSG_CSEQ_HDR(tdata->msg))) {
        tap(1, tdata->tp_info.dst_name, tdata->tp_info.dst_port,
            tdata->tp_info.transport->type_name, &PJSIP_MSG_CID_HDR(tdata->msg)->id,
            tdata->buf.start, tdata->buf.cur - tdata->buf.start);
    }
}

void pjsip_gate_tap(int on)
{
    gate.tapping = on;
}

int pjsip_gate_tapped(char *buffer, int size, unsigned *lost)
{
    int taken = gate.tap_used;

    *lost = gate.tap_lost;
    gate.tap_lost = 0;
    if (taken > size)
        return -1;
    pj_memcpy(buffer, gate.tap, taken);
    gate.tap_used = 0;
    return taken;
}


/* ----------------------------------------------------------------------- settings */

void pjsip_gate_close(int closed)
{
    gate.closed = closed;
    gate.network_count = 0;
    pj_activesock_accept_filter = closed ? &may_connect : NULL;
}

int pjsip_gate_allow(const pj_uint8_t addr[16], int prefix, int limited)
{
    struct let_in *one;

    if (gate.network_count == MAX_NETWORKS || prefix < 0 || prefix > 128)
        return 0;
    one = &gate.networks[gate.network_count++];
    pj_memcpy(one->network.addr, addr, 16);
    one->network.prefix = prefix;
    one->limited = limited;
    return 1;
}

void pjsip_gate_limit(double rate, double burst)
{
    gate.rate = rate;
    gate.burst = burst;
}

int pjsip_gate_refusals(struct pjsip_gate_refusal list[], int size)
{
    int count = gate.refusal_count < size ? gate.refusal_count : size;

    pj_memcpy(list, gate.refusals, count * sizeof(list[0]));
    gate.refusal_count = 0;
    return count;
}


/* -------------------------------------------------------------------------- names */

static struct pin *find_pin(struct pins *pins, const char *name)
{
    int i;

    for (i = 0; i < pins->count; ++i) {
        if (!pj_ansi_stricmp(pins->list[i].name, name))
            return &pins->list[i];
    }
    return NULL;
}

static struct pin *oldest_pin(struct pins *pins)
{
    struct pin *oldest = &pins->list[0];
    int i;

    for (i = 1; i < pins->count; ++i) {
        if (pins->list[i].age < oldest->age)
            oldest = &pins->list[i];
    }
    return oldest;
}

int pjsip_gate_pin(unsigned kind, const char *name, const char *address)
{
    struct pins *pins;
    struct pin *pin;
    pj_sockaddr addr;
    pj_str_t text = pj_str((char*)address);
    int forgotten = 0;

    if (kind >= PJSIP_GATE_PINS || !*name || strlen(name) >= sizeof(pin->name) ||
        pj_sockaddr_parse(pj_AF_UNSPEC(), 0, &text, &addr) != PJ_SUCCESS)
    {
        return -1;
    }
    pins = &gate.pins[kind];
    pin = find_pin(pins, name);
    if (!pin && pins->count < MAX_PINS)
        pin = &pins->list[pins->count++];
    if (!pin) {
        pin = oldest_pin(pins);
        forgotten = 1;
    }
    pj_ansi_strxcpy(pin->name, name, sizeof(pin->name));
    pj_sockaddr_cp(&pin->addr, &addr);
    pin->age = ++pins->clock;
    return forgotten;
}

pj_status_t pjsip_gate_lookup(int af, const pj_str_t *name, unsigned *count, pj_addrinfo ai[])
{
    int kind, i;

    for (kind = 0; kind < PJSIP_GATE_PINS; ++kind) {
        for (i = 0; i < gate.pins[kind].count; ++i) {
            const struct pin *pin = &gate.pins[kind].list[i];
            if (pj_stricmp2(name, pin->name) ||
                (af != pj_AF_UNSPEC() && af != pin->addr.addr.sa_family))
            {
                continue;
            }
            pj_sockaddr_cp(&ai[0].ai_addr, &pin->addr);
            *count = 1;
            return PJ_SUCCESS;
        }
    }
    return PJ_ENOTFOUND;
}
