/*
 * See stereo_recorder.h. Frames come in the bridge's clock thread only, and the ports are
 * destroyed when that is done with them, so that nothing is locked here.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/stereo_recorder.h>
#include <pjmedia/wav_port.h>
#include <pjsua-lib/pjsua.h>

#define SIGNATURE       PJMEDIA_SIG_CLASS_PORT_AUD('S', 'R')
#define CHANNELS        2
#define BITS            16
/* Bytes that are written at once: a quarter of a second at 8 kHz, as the recorder of one channel. */
#define BUFFER          8000

struct recorder;

struct channel
{
    pjmedia_port base;
    struct recorder *recorder;
    pj_int16_t *samples;
    /* Whether it has a frame that is not written yet. */
    pj_bool_t waiting;
};

struct recorder
{
    pj_pool_t *pool;
    pjmedia_port *writer;
    struct channel channels[CHANNELS];
    unsigned open;
    unsigned frame;
    pj_int16_t *both;
};

/* Write a frame of each channel; one that has none is silent. A full disk is no fault of a call:
 * whoever reads the file sees that it is too short.
 */
static void write_frame(struct recorder *recorder)
{
    pjmedia_frame frame;
    unsigned side, i;

    for (side = 0; side < CHANNELS; ++side) {
        struct channel *channel = &recorder->channels[side];

        for (i = 0; i < recorder->frame; ++i)
            recorder->both[CHANNELS * i + side] = channel->waiting ? channel->samples[i] : 0;
        channel->waiting = PJ_FALSE;
    }
    pj_bzero(&frame, sizeof(frame));
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO;
    frame.buf = recorder->both;
    frame.size = CHANNELS * recorder->frame * sizeof(pj_int16_t);
    pjmedia_port_put_frame(recorder->writer, &frame);
}

static pj_status_t take_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    struct channel *channel = (struct channel*)port;
    struct recorder *recorder = channel->recorder;
    const pj_size_t size = recorder->frame * sizeof(pj_int16_t);

    if (channel->waiting)  /* the other port is not there yet, or no longer */
        write_frame(recorder);
    if (frame->type == PJMEDIA_FRAME_TYPE_AUDIO && frame->size == size)
        pj_memcpy(channel->samples, frame->buf, size);
    else
        pj_bzero(channel->samples, size);
    channel->waiting = PJ_TRUE;
    if (recorder->channels[0].waiting && recorder->channels[1].waiting)
        write_frame(recorder);
    return PJ_SUCCESS;
}

static pj_status_t give_frame(pjmedia_port *port, pjmedia_frame *frame)
{
    PJ_UNUSED_ARG(port);
    frame->type = PJMEDIA_FRAME_TYPE_NONE;
    return PJ_SUCCESS;
}

static pj_status_t close_channel(pjmedia_port *port)
{
    struct recorder *recorder = ((struct channel*)port)->recorder;

    if (--recorder->open == 0) {
        pjmedia_port_destroy(recorder->writer);
        pj_pool_safe_release(&recorder->pool);
    }
    return PJ_SUCCESS;
}

static struct recorder *create(const char *path, unsigned rate, unsigned frame)
{
    pj_pool_t *pool = pjsua_pool_create("stereo", 4000, 1000);
    struct recorder *recorder;
    pj_str_t name = pj_str("stereo recorder");
    unsigned side;

    if (!pool)
        return NULL;
    recorder = PJ_POOL_ZALLOC_T(pool, struct recorder);
    recorder->pool = pool;
    recorder->frame = frame;
    recorder->both = pj_pool_zalloc(pool, CHANNELS * frame * sizeof(pj_int16_t));
    for (side = 0; side < CHANNELS; ++side) {
        struct channel *channel = &recorder->channels[side];

        pjmedia_port_info_init(&channel->base.info, &name, SIGNATURE, rate, 1, BITS, frame);
        channel->base.put_frame = &take_frame;
        channel->base.get_frame = &give_frame;
        channel->base.on_destroy = &close_channel;
        channel->recorder = recorder;
        channel->samples = pj_pool_zalloc(pool, frame * sizeof(pj_int16_t));
    }
    return recorder;
}

pj_status_t stereo_recorder_start(const char *path, int slots[2])
{
    struct recorder *recorder;
    pjsua_conf_port_info bridge;
    pj_status_t status;
    unsigned side, added;

    status = pjsua_conf_get_port_info(0, &bridge);
    if (status != PJ_SUCCESS)
        return status;
    recorder = create(path, bridge.clock_rate, bridge.samples_per_frame);
    if (!recorder)
        return PJ_ENOMEM;
    status = pjmedia_wav_writer_port_create(recorder->pool, path, bridge.clock_rate, CHANNELS,
                                            CHANNELS * bridge.samples_per_frame, BITS,
                                            PJMEDIA_FILE_WRITE_PCM, BUFFER, &recorder->writer);
    if (status != PJ_SUCCESS) {
        pj_pool_release(recorder->pool);
        return status;
    }

    recorder->open = CHANNELS;
    for (side = 0; side < CHANNELS; ++side) {
        pjmedia_port *port = &recorder->channels[side].base;

        status = pjsua_conf_add_port(recorder->pool, port, &slots[side]);
        if (status != PJ_SUCCESS)
            break;
    }
    /* From here on a port is the bridge's alone: whatever removes it there destroys it. */
    added = side;
    for (side = 0; side < CHANNELS; ++side)
        pjmedia_port_destroy(&recorder->channels[side].base);
    while (status != PJ_SUCCESS && added > 0)
        pjsua_conf_remove_port(slots[--added]);
    return status;
}
