/*
 * The bell of sipagent; sip_wake.h tells what it is for.
 *
 * PJSIP's own programs poll a hundred times a second, and what another thread has for the poll
 * waits for its end. Here a datagram on a pair of sockets, one of which PJSIP polls beside those of
 * the network, ends the poll at once. However often the bell rings, no second datagram is sent
 * before the first one was read.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#include <pjsip/sip_wake.h>
#include <pjsip/sip_endpoint.h>
#include <pjsip/sip_module.h>
#include <pj/errno.h>
#include <pj/ioqueue.h>
#include <pj/pool.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct
{
    int made;
    int ends[2];                        /* rung, heard; as long as the process lives: a thread
                                           that is late must not write to another's descriptor */
    int rung;
    pthread_t poller;
    pj_pool_t *pool;
    pj_ioqueue_key_t *key;
    pj_ioqueue_op_key_t op;
    char heard;
} bell;


static void hear(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *op, pj_ssize_t size)
{
    PJ_UNUSED_ARG(size);
    do {
        /* What was rung for is looked at after this poll; who rings from now on rings anew. */
        __atomic_store_n(&bell.rung, 0, __ATOMIC_SEQ_CST);
        size = sizeof(bell.heard);
    } while (pj_ioqueue_recv(key, op, &bell.heard, &size, 0) == PJ_SUCCESS);
}

static pj_status_t stop(void)
{
    pj_ioqueue_unregister(bell.key);
    pj_pool_release(bell.pool);
    return PJ_SUCCESS;
}

static pjsip_module module = {
    NULL, NULL, { "mod-wake", 8 }, -1, PJSIP_MOD_PRIORITY_APPLICATION,
    NULL, NULL, &stop, NULL, NULL, NULL, NULL, NULL, NULL
};

pj_status_t pjsip_wake_init(pjsip_endpoint *endpt)
{
    static const pj_ioqueue_callback callbacks = { &hear, NULL, NULL, NULL };
    pj_status_t status;

    if (!bell.made && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, bell.ends))
        return pj_get_netos_error();
    bell.made = 1;
    bell.poller = pthread_self();
    bell.pool = pjsip_endpt_create_pool(endpt, "wake", 512, 512);
    /* The ioqueue closes what it polls. */
    status = pj_ioqueue_register_sock(bell.pool, pjsip_endpt_get_ioqueue(endpt), dup(bell.ends[1]),
                                      NULL, &callbacks, &bell.key);
    if (status != PJ_SUCCESS) {
        pj_pool_release(bell.pool);
        return status;
    }
    pj_ioqueue_op_key_init(&bell.op, sizeof(bell.op));
    hear(bell.key, &bell.op, 0);
    return pjsip_endpt_register_module(endpt, &module);
}

void pjsip_wake(void)
{
    if (!bell.made || pthread_equal(pthread_self(), bell.poller))
        return;
    if (!__atomic_exchange_n(&bell.rung, 1, __ATOMIC_SEQ_CST))
        (void)!send(bell.ends[0], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
