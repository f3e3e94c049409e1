/*
 * The cheapest relay of RTP that there can be: what comes to one socket of a pair goes out of the
 * other one, unread. For bench/bridged.py, which gives it lines of two ports on loopback, those of
 * two far ends, and reads on which ports it listens for them.
 *
 * Licence: GPL-3.0-or-later, as sipagent itself.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define MOST 4096

struct side
{
    int socket;
    struct sockaddr_in far_end;
    struct side *other;
};

static struct side sides[MOST];

static int opened(struct side *side, int port, int epoll)
{
    struct sockaddr_in own = { .sin_family = AF_INET };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = side };
    socklen_t size = sizeof(own);

    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    side->far_end = own;
    side->far_end.sin_port = htons(port);
    side->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (side->socket < 0 || bind(side->socket, (struct sockaddr*)&own, size) ||
        getsockname(side->socket, (struct sockaddr*)&own, &size) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, side->socket, &event))
    {
        return -1;
    }
    return ntohs(own.sin_port);
}

int main(void)
{
    int epoll = epoll_create1(0), count = 0, ports[2];

    while (count < MOST && scanf("%d %d", &ports[0], &ports[1]) == 2) {
        struct side *one = &sides[count++], *other = &sides[count++];

        one->other = other;
        other->other = one;
        printf("%d", opened(one, ports[0], epoll));
        printf(" %d\n", opened(other, ports[1], epoll));
    }
    fflush(stdout);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, -1), i;

        for (i = 0; i < ready; ++i) {
            struct side *side = events[i].data.ptr;
            char packet[2048];
            ssize_t size;

            while ((size = recv(side->socket, packet, sizeof(packet), 0)) > 0) {
                sendto(side->other->socket, packet, size, 0,
                       (struct sockaddr*)&side->other->far_end, sizeof(struct sockaddr_in));
            }
        }
    }
}
