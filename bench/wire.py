"""SIP as it is on the wire: the kernel's own times of messages on loopback; needs root."""

import contextlib
import ctypes
import socket
import struct
import threading
from typing import Self

_ETH_P_IP = 0x0800
_SO_ATTACH_FILTER = 26
_SO_TIMESTAMPNS = 35
_UDP = 17
#: Bytes of a frame before its UDP payload: Ethernet, IPv4 without options, UDP.
_HEADERS = 14 + 20 + 8
#: A frame of loopback is seen when it is sent and when it comes; the latter counts.
_OUTGOING = 4


class Wire:
    """Follows the calls of one SIP port, from INVITE to 200; ``with Wire(port) as wire``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked: dict[bytes, float] = {}
        #: Milliseconds from the first INVITE to the first 200 of each call.
        self.setups: list[float] = []

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._filter()
        self._socket.bind(("lo", _ETH_P_IP))
        self._socket.settimeout(0.2)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _filter(self) -> None:
        """Have the kernel drop what is not UDP of that port: RTP would be a thousand times more."""
        code = [
            (0x30, 0, 0, 14 + 9),  # protocol of IPv4
            (0x15, 0, 4, _UDP),
            (0x28, 0, 0, 14 + 20),  # source port
            (0x15, 3, 0, self._port),
            (0x28, 0, 0, 14 + 22),  # destination port
            (0x15, 1, 0, self._port),
            (0x06, 0, 0, 0),
            (0x06, 0, 0, 0xFFFF),
        ]
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in code))
        pointer = struct.pack("HP", len(code), ctypes.addressof(program))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)

    def _read(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                data, extra, _, sender = self._socket.recvmsg(65535, 64)
                if sender[2] != _OUTGOING:
                    seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
                    self._take(data[_HEADERS:], seconds + nanoseconds / 1e9)

    def _take(self, message: bytes, at: float) -> None:
        if message.startswith(b"INVITE "):
            self._asked.setdefault(_field(message, b"Call-ID"), at)
        elif message.startswith(b"SIP/2.0 200 ") and _field(message, b"CSeq").endswith(b"INVITE"):
            asked = self._asked.pop(_field(message, b"Call-ID"), None)
            if asked is not None:
                self.setups.append((at - asked) * 1000)


def _field(message: bytes, name: bytes) -> bytes:
    begin = message.find(b"\r\n" + name + b":") + len(name) + 3
    return message[begin : message.find(b"\r\n", begin)].strip()
