/*
 * See headset.h. Frames come and go in the bridge's clock thread only; samples to be said are
 * handed over by a ring that one thread writes and that one reads, so that nothing is locked.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/headset.h>
#include <pjmedia/alaw_ulaw.h>
#include <pjmedia/port.h>
#include <pjsua-lib/pjsua.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIGNATURE       PJMEDIA_SIG_CLASS_PORT_AUD('H', 'S')
#define RATE            8000
#define BITS            16
/* Samples of 20 ms. */
#define FRAME           160
/* Samples kept: a power of two. */
#define RING            4096
/* Samples that are there before anything is said, and at the most: 60 and 200 ms. */
#define FIRST           (3 * FRAME)
#define MOST            (10 * FRAME)

struct headset
{
    pjmedia_port base;
    pj_pool_t *pool;
    int handle;
    /* How many samples were handed in, and how many of them were said or left out. */
    unsigned given, said;
    pj_bool_t speaks;
    pj_uint8_t ring[RING];
    pj_uint8_t packet[1 + FRAME];
};

static pj_status_t take_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct headset *headset = (struct headset*)port->port_data.pdata;
    const pj_int16_t *samples = (const pj_int16_t*)frame->buf;
    const pj_bool_t sounds = frame->type == PJMEDIA_FRAME_TYPE_AUDIO &&
                             frame->size == FRAME * sizeof(*samples);
    unsigned i;

    for (i = 0; i < FRAME; ++i)
        headset->packet[1 + i] = pjmedia_linear2alaw(sounds ? samples[i] : 0);
    /* One that is not taken is lost, as on any network; who is gone is seen by who reads. */
    (void)!send(headset->handle, headset->packet, sizeof(headset->packet),
                MSG_DONTWAIT | MSG_NOSIGNAL);
    return PJ_SUCCESS;
}

static pj_status_t give_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct headset *headset = (struct headset*)port->port_data.pdata;
    pj_int16_t *samples = (pj_int16_t*)frame->buf;
    const unsigned given = __atomic_load_n(&headset->given, __ATOMIC_ACQUIRE);
    unsigned there = given - headset->said, i;

    if (there > MOST) {
        headset->said = given - FIRST;
        there = FIRST;
    }
    headset->speaks = there >= (headset->speaks ? FRAME : FIRST);
    if (!headset->speaks) {
        frame->type = PJMEDIA_FRAME_TYPE_NONE;
        return PJ_SUCCESS;
    }
    for (i = 0; i < FRAME; ++i)
        samples[i] = pjmedia_alaw2linear(headset->ring[headset->said++ % RING]);
    frame->type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame->size = FRAME * sizeof(*samples);
    return PJ_SUCCESS;
}

static pj_status_t close_headset(pjmedia_port *port)
{
    struct headset *headset = (struct headset*)port->port_data.pdata;

    close(headset->handle);
    pj_pool_safe_release(&headset->pool);
    return PJ_SUCCESS;
}

pj_status_t headset_open(int handle, headset **made, int *slot)
{
    pj_pool_t *pool = pjsua_pool_create("headset", 8000, 1000);
    pj_str_t name = pj_str("headset");
    pj_status_t status;

    if (!pool) {
        close(handle);
        return PJ_ENOMEM;
    }
    *made = PJ_POOL_ZALLOC_T(pool, struct headset);
    (*made)->pool = pool;
    (*made)->handle = handle;
    (*made)->packet[0] = HEADSET_SOUND;
    pjmedia_port_info_init(&(*made)->base.info, &name, SIGNATURE, RATE, 1, BITS, FRAME);
    (*made)->base.port_data.pdata = *made;
    (*made)->base.put_frame = &take_frame;
    (*made)->base.get_frame = &give_frame;
    (*made)->base.on_destroy = &close_headset;

    status = pjsua_conf_add_port(pool, &(*made)->base, slot);
    /* From here on it is the bridge's alone: whatever removes it there destroys it. */
    pjmedia_port_destroy(&(*made)->base);
    return status;
}

void headset_say(headset *headset, const void *samples, unsigned count)
{
    const pj_uint8_t *bytes = (const pj_uint8_t*)samples;
    const unsigned given = headset->given;
    unsigned i;

    /* Longer than what is kept at the most it is nobody's speech. */
    if (count > MOST)
        return;
    for (i = 0; i < count; ++i)
        headset->ring[(given + i) % RING] = bytes[i];
    __atomic_store_n(&headset->given, given + count, __ATOMIC_RELEASE);
}
