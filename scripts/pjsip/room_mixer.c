/*
 * See room_mixer.h. At each tick the bridge first asks all ports for a frame, and then gives one to
 * each, in its clock thread only: so the first seat that is asked adds up what all were given at the
 * tick before. Seats come into the room, and leave it, in that thread; only the count of who still
 * needs the room is shared with others.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/room_mixer.h>
#include <pjmedia/port.h>
#include <pjsua-lib/pjsua.h>

#define SIGNATURE       PJMEDIA_SIG_CLASS_PORT_AUD('R', 'M')
#define BITS            16
#define LOUDEST         32767
/* A gain of one; and what it gets back at each tick once nobody is too loud any more. */
#define WHOLE           32768
#define RECOVERY        655
/* Mean of a frame's samples above which somebody speaks: some -40 dB below the loudest tone. */
#define SPEECH          200

struct room_seat
{
    PJ_DECL_LIST_MEMBER(struct room_seat);
    pjmedia_port base;
    room_mixer *room;
    pj_pool_t *pool;
    /* What was said at the last tick, where anything was. */
    pj_int16_t *said;
    pj_bool_t speaks;
    /* Whether it is in the room's list. */
    pj_bool_t listed;
    /* Milliseconds; read in other threads. */
    unsigned quiet;
};

struct room_mixer
{
    pj_pool_t *pool;
    struct room_seat seats;
    /* Its owner, and its seats. */
    int needed;
    unsigned frame, milliseconds;
    /* Whether anything was said since it was added up. */
    pj_bool_t stale;
    pj_int32_t gain;
    pj_int32_t *sum;
    /* The sum as it is heard by whoever says nothing. */
    pj_int16_t *all;
};

static void let_go(room_mixer *room)
{
    if (__atomic_sub_fetch(&room->needed, 1, __ATOMIC_ACQ_REL) == 0)
        pj_pool_safe_release(&room->pool);
}

static pj_int16_t heard(const room_mixer *room, pj_int32_t sum)
{
    const pj_int64_t sample = ((pj_int64_t)sum * room->gain) / WHOLE;

    return (pj_int16_t)(sample > LOUDEST ? LOUDEST : sample < -LOUDEST ? -LOUDEST : sample);
}

/* Several who are loud at once are made quieter for all, and not cut off; it comes back slowly. */
static void set_gain(room_mixer *room)
{
    pj_int32_t peak = 1, most;
    unsigned i;

    for (i = 0; i < room->frame; ++i) {
        const pj_int32_t size = room->sum[i] < 0 ? -room->sum[i] : room->sum[i];

        peak = size > peak ? size : peak;
    }
    most = peak > LOUDEST ? (pj_int32_t)((pj_int64_t)LOUDEST * WHOLE / peak) : WHOLE;
    room->gain = most < room->gain ? most : room->gain + RECOVERY;
    room->gain = room->gain < most ? room->gain : most;
}

static void add_up(room_mixer *room)
{
    const struct room_seat *seat;
    unsigned i;

    pj_bzero(room->sum, room->frame * sizeof(*room->sum));
    for (seat = room->seats.next; seat != &room->seats; seat = seat->next) {
        if (!seat->speaks)
            continue;
        for (i = 0; i < room->frame; ++i)
            room->sum[i] += seat->said[i];
    }
    set_gain(room);
    for (i = 0; i < room->frame; ++i)
        room->all[i] = heard(room, room->sum[i]);
    room->stale = PJ_FALSE;
}

static struct room_seat *listed(pjmedia_port *port)
{
    struct room_seat *seat = (struct room_seat*)port->port_data.pdata;

    if (!seat->listed) {
        pj_list_push_back(&seat->room->seats, seat);
        seat->listed = PJ_TRUE;
    }
    return seat;
}

static unsigned mean(const pj_int16_t *samples, unsigned count)
{
    unsigned sum = 0, i;

    for (i = 0; i < count; ++i)
        sum += samples[i] < 0 ? -samples[i] : samples[i];
    return sum / count;
}

static pj_status_t take_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct room_seat *seat = listed(port);
    room_mixer *room = seat->room;
    const pj_size_t size = room->frame * sizeof(*seat->said);

    seat->speaks = frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size == size;
    if (seat->speaks)
        pj_memcpy(seat->said, frame->buf, size);
    if (seat->speaks && mean(seat->said, room->frame) > SPEECH)
        seat->quiet = 0;
    else if (seat->quiet < ROOM_MIXER_NEVER - room->milliseconds)
        seat->quiet += room->milliseconds;
    room->stale = PJ_TRUE;
    return PJ_SUCCESS;
}

static pj_status_t give_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct room_seat *seat = listed(port);
    room_mixer *room = seat->room;
    pj_int16_t *samples = (pj_int16_t*)frame->buf;
    unsigned i;

    if (room->stale)
        add_up(room);
    if (seat->speaks) {
        for (i = 0; i < room->frame; ++i)
            samples[i] = heard(room, room->sum[i] - seat->said[i]);
    } else {
        pj_memcpy(samples, room->all, room->frame * sizeof(*samples));
    }
    frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame->size = room->frame * sizeof(*samples);
    return PJ_SUCCESS;
}

static pj_status_t close_seat(pjmedia_port *port)
{
    struct room_seat *seat = (struct room_seat*)port->port_data.pdata;
    room_mixer *room = seat->room;

    if (seat->listed)
        pj_list_erase(seat);
    pj_pool_safe_release(&seat->pool);
    let_go(room);
    return PJ_SUCCESS;
}

room_mixer *room_mixer_open(void)
{
    pjsua_conf_port_info bridge;
    pj_pool_t *pool;
    room_mixer *room;

    if (pjsua_conf_get_port_info(0, &bridge) != PJ_SUCCESS)
        return NULL;
    pool = pjsua_pool_create("room", 4000, 1000);
    if (!pool)
        return NULL;
    room = PJ_POOL_ZALLOC_T(pool, room_mixer);
    room->pool = pool;
    room->needed = 1;
    room->gain = WHOLE;
    room->frame = bridge.samples_per_frame;
    room->milliseconds = 1000 * bridge.samples_per_frame / bridge.clock_rate;
    room->sum = pj_pool_zalloc(pool, room->frame * sizeof(*room->sum));
    room->all = pj_pool_zalloc(pool, room->frame * sizeof(*room->all));
    pj_list_init(&room->seats);
    return room;
}

pj_status_t room_mixer_seat(room_mixer *room, room_seat **seat, int *slot)
{
    pj_pool_t *pool = pjsua_pool_create("seat", 2000, 1000);
    pj_str_t name = pj_str("seat of a room");
    struct room_seat *made;
    pj_status_t status;

    if (!pool)
        return PJ_ENOMEM;
    made = PJ_POOL_ZALLOC_T(pool, struct room_seat);
    made->pool = pool;
    made->room = room;
    made->quiet = ROOM_MIXER_NEVER;
    made->said = pj_pool_zalloc(pool, room->frame * sizeof(*made->said));
    pjmedia_port_info_init(&made->base.info, &name, SIGNATURE,
                           1000 * room->frame / room->milliseconds, 1, BITS, room->frame);
    made->base.port_data.pdata = made;
    made->base.put_frame = &take_frame;
    made->base.get_frame = &give_frame;
    made->base.on_destroy = &close_seat;

    __atomic_add_fetch(&room->needed, 1, __ATOMIC_ACQ_REL);
    status = pjsua_conf_add_port(pool, &made->base, slot);
    *seat = made;
    /* From here on it is the bridge's alone: whatever removes it there destroys it. */
    pjmedia_port_destroy(&made->base);
    return status;
}

unsigned room_mixer_quiet(const room_seat *seat)
{
    return __atomic_load_n(&seat->quiet, __ATOMIC_RELAXED);
}

void room_mixer_close(room_mixer *room)
{
    let_go(room);
}
