"""Ports for programs that take them later, which nobody else gets meanwhile."""

import contextlib
import random
import socket

#: Below those that the system gives away, and apart from the RTP of lines (from 10000) and baresip.
_RANGE = range(21000, 29000)
#: Sockets that say which ports are taken, by a name without a file; they last as long as a process.
_marks: list[socket.socket] = []


def port_of_ours(host: str = "127.0.0.1") -> int:
    """Return a port, of UDP and TCP, that no other test of any process is given."""
    for port in random.sample(_RANGE, len(_RANGE)):
        mark = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):
            mark.bind(f"\0sipagent.tests.ports.{port}")
            with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
                tcp.bind((host, port))
                udp.bind((host, port))
            _marks.append(mark)
            return port
        mark.close()
    raise AssertionError("no port is left")
