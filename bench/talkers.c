/*
 * Phones that talk: each sends G.711 (A-law) every 20 ms, and what it hears is timed by the kernel.
 * For bench/exchange.py, which gives it the seconds to talk, and then a line for each phone: the
 * descriptor of its socket, and the port on loopback to which it sends. Two lines are a pair.
 *
 * Once a second each phone sends a loud packet among quiet ones; when its first loud sample comes
 * to the other one of the pair tells how long it was under way.
 *
 * Written at the end: a line "gaps delays sent heard lost marks", and then the gaps between packets
 * and the delays of loud samples, in milliseconds, as doubles. The first second does not count.
 *
 * Licence: GPL-3.0-or-later, as sipagent itself.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define MOST 4096
#define FRAME 160
#define HEADER 12
#define QUIET 0x0f
#define LOUD 0x60
#define HEARD_LOUD 0x48
#define BATCH 256

struct phone
{
    int socket;
    struct sockaddr_in line;
    struct phone *other;
    unsigned number, frames;
    int heard, first, last;
    int marked;
    double marked_at, due, came;
};

static struct phone phones[MOST];
static double *gaps, *delays, began, counted, ended;
static size_t gap_count, delay_count, sent, marks;

static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void speak(struct phone *phone, double at)
{
    unsigned char packet[HEADER + FRAME] = { 0x80, 8 };
    uint32_t stamp = htonl(phone->frames * FRAME), source = htonl(phone->number + 1);
    uint16_t sequence = htons(phone->frames);
    int loud = phone->frames % 50 == phone->number % 50, i;

    memcpy(packet + 2, &sequence, 2);
    memcpy(packet + 4, &stamp, 4);
    memcpy(packet + 8, &source, 4);
    for (i = 0; i < FRAME; ++i) {
        int dice = random();

        packet[HEADER + i] = ((dice & 0x80) | (loud ? LOUD | (dice & 0x0f) : dice & QUIET)) ^ 0x55;
    }
    if (at >= counted && at < ended) {
        ++sent;
        if (loud) {
            ++marks;
            phone->other->marked = 1;
            phone->other->marked_at = now(CLOCK_REALTIME);
        }
    }
    sendto(phone->socket, packet, sizeof(packet), 0,
           (struct sockaddr*)&phone->line, sizeof(phone->line));
    ++phone->frames;
}

static void hear(struct phone *phone, const unsigned char *packet, int size, double at)
{
    int i;

    if (now(CLOCK_MONOTONIC) < ended) {
        int16_t step = (packet[2] << 8 | packet[3]) - phone->last;

        if (phone->heard++) {
            gaps[gap_count++] = (at - phone->came) * 1000;
            phone->last += step;
        } else {
            phone->first = phone->last = (uint16_t)(phone->last + step);
        }
        phone->came = at;
    }
    for (i = HEADER; phone->marked && i < size; ++i) {
        if (((packet[i] ^ 0x55) & 0x7f) >= HEARD_LOUD) {
            delays[delay_count++] = (at - phone->marked_at) * 1000 + (i - HEADER) / 8.0;
            phone->marked = 0;
        }
    }
}

static void listen_to(struct phone *phone)
{
    unsigned char packet[2048];
    union { char room[64]; struct cmsghdr head; } notes;
    struct iovec data = { packet, sizeof(packet) };
    ssize_t size;

    for (;;) {
        struct msghdr message = {
            .msg_iov = &data, .msg_iovlen = 1,
            .msg_control = &notes, .msg_controllen = sizeof(notes)
        };
        struct timespec time;

        if ((size = recvmsg(phone->socket, &message, MSG_DONTWAIT)) < HEADER) {
            return;
        }
        memcpy(&time, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(time));
        /* The port next to that of another phone gets its RTCP, which is no audio. */
        if (now(CLOCK_MONOTONIC) >= counted && (packet[1] & 0x7f) == 8) {
            hear(phone, packet, size, time.tv_sec + time.tv_nsec / 1e9);
        }
    }
}

int main(void)
{
    int epoll = epoll_create1(0), count = 0, seconds, handle, port, i;
    long heard = 0, lost = 0;
    struct timespec tick;

    if (scanf("%d", &seconds) != 1) {
        return 1;
    }
    while (count < MOST && scanf("%d %d", &handle, &port) == 2) {
        struct phone *phone = &phones[count];
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = phone };
        int yes = 1;

        phone->socket = handle;
        phone->number = count;
        phone->other = &phones[count++ ^ 1];
        phone->line.sin_family = AF_INET;
        phone->line.sin_port = htons(port);
        phone->line.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (setsockopt(handle, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes)) ||
            epoll_ctl(epoll, EPOLL_CTL_ADD, handle, &event))
        {
            return 1;
        }
    }
    gaps = malloc(sizeof(*gaps) * count * (seconds + 1) * 200);
    delays = malloc(sizeof(*delays) * count * (seconds + 2));
    for (i = 0; i < count; ++i) {   /* what came before is forgotten */
        while (recv(phones[i].socket, &tick, sizeof(tick), MSG_DONTWAIT) > 0) {
        }
    }
    began = now(CLOCK_MONOTONIC);
    counted = began + 1;
    ended = counted + seconds;
    for (i = 0; i < count; ++i) {
        phones[i].due = began + 0.02 * i / count;
    }
    clock_gettime(CLOCK_MONOTONIC, &tick);
    while (now(CLOCK_MONOTONIC) < ended + 0.2) {
        struct epoll_event events[BATCH];
        int ready;

        for (i = 0; i < count; ++i) {
            while (phones[i].due <= now(CLOCK_MONOTONIC)) {
                speak(&phones[i], phones[i].due);
                phones[i].due += 0.02;
            }
        }
        ready = epoll_wait(epoll, events, BATCH, 0);
        for (i = 0; i < ready; ++i) {
            listen_to(events[i].data.ptr);
        }
        if ((tick.tv_nsec += 1000000) >= 1000000000) {
            tick.tv_nsec -= 1000000000;
            ++tick.tv_sec;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &tick, NULL);
    }
    for (i = 0; i < count; ++i) {
        heard += phones[i].heard;
        lost += phones[i].heard ? phones[i].last - phones[i].first + 1 - phones[i].heard : 0;
    }
    printf("%zu %zu %zu %ld %ld %zu\n", gap_count, delay_count, sent, heard, lost, marks);
    fwrite(gaps, sizeof(*gaps), gap_count, stdout);
    fwrite(delays, sizeof(*delays), delay_count, stdout);
    return 0;
}
