"""The port that listens for tones: only in calls that need it, and gone with them."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

EVENTS = "a=rtpmap:101 telephone-event/8000\r\n"


class Phone:
    """A far end without audio; offers what it is told to."""

    def __init__(self, line: Endpoint) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._line = line
        self._to = f"To: <sip:line@127.0.0.1:{line.port}>"
        self._sequence = 0

    async def offer(self, *, events: bool) -> None:
        """INVITE, or INVITE again; wait for 200, and acknowledge it."""
        self._sequence += 1
        self._send(
            "INVITE",
            f"v=0\r\no=- 1 {self._sequence} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
            f"t=0 0\r\nm=audio 9 RTP/AVP 8{' 101' if events else ''}\r\n{EVENTS if events else ''}",
        )
        answer = await self._answer()
        self._to = next(line for line in answer.splitlines() if line.startswith("To:"))
        self._send("ACK")

    async def hang_up(self) -> None:
        self._sequence += 1
        self._send("BYE")
        await self._answer()
        self._socket.close()

    async def _answer(self) -> str:
        async with asyncio.timeout(PATIENCE):
            while True:
                data = await asyncio.get_running_loop().sock_recv(self._socket, 8192)
                if data.startswith(b"SIP/2.0 200 ") and f"CSeq: {self._sequence} " in data.decode():
                    return data.decode()

    def _send(self, method: str, body: str = "") -> None:
        host, port = self._socket.getsockname()
        kind = "Content-Type: application/sdp\r\n" if body else ""
        message = (
            f"{method} sip:line@127.0.0.1:{self._line.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port}{method}{self._sequence}\r\n"
            f"From: <sip:phone@{host}>;tag=1\r\n{self._to}\r\nCall-ID: tap-{port}\r\n"
            f"CSeq: {self._sequence} {method}\r\nContact: <sip:phone@{host}:{port}>\r\n"
            f"Max-Forwards: 70\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(message.encode(), ("127.0.0.1", self._line.port))


@pytest.fixture
async def line() -> AsyncIterator[Endpoint]:
    answering: set[asyncio.Task[None]] = set()

    def on_call(call: SipLeg) -> None:
        answering.add(asyncio.ensure_future(call.answer()))

    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4), on_call=on_call)
    await endpoint.start()
    yield endpoint
    async with asyncio.timeout(PATIENCE):  # a port in Python that is left over would block this
        await endpoint.stop()


async def ports(line: Endpoint, expected: int) -> int:
    """Return the ports of the bridge, as expected or after a while."""
    for _ in range(100):
        if (await line.usage()).ports == expected:
            break
        await asyncio.sleep(0.02)
    return (await line.usage()).ports


async def test_only_calls_without_telephone_event_have_a_tap(line: Endpoint) -> None:
    idle = (await line.usage()).ports
    able, other = Phone(line), Phone(line)
    await able.offer(events=True)
    assert await ports(line, idle + 1) == idle + 1
    await other.offer(events=False)
    assert await ports(line, idle + 3) == idle + 3
    await other.offer(events=True)
    assert await ports(line, idle + 2) == idle + 2, "the tap is left over"
    await other.offer(events=False)
    await able.offer(events=False)
    assert await ports(line, idle + 4) == idle + 4
    await able.hang_up()
    await other.hang_up()
    assert await ports(line, idle) == idle


async def test_the_line_may_stop_while_it_listens(line: Endpoint) -> None:
    """The fixture stops it, with calls and their taps still there."""
    idle = (await line.usage()).ports
    for _ in range(4):
        await Phone(line).offer(events=False)
    assert await ports(line, idle + 8) == idle + 8
