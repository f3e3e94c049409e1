"""What the line offers and accepts: one audio stream, and nothing else."""

import asyncio
import socket

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
    "m=text 40002 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n"
)


def far_end() -> socket.socket:
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


async def received(sock: socket.socket, beginning: str) -> str:
    """Return the next message that begins like this."""
    async with asyncio.timeout(PATIENCE):
        while True:
            data = await asyncio.get_running_loop().sock_recv(sock, 65536)
            if data.decode().startswith(beginning):
                return data.decode()


def media(message: str) -> list[str]:
    return [line for line in message.split("\r\n") if line.startswith("m=")]


async def test_text_is_neither_offered_nor_accepted() -> None:
    """A text stream has a thread of its own, whose end holds up every other call."""
    answering: set[asyncio.Task[None]] = set()

    def on_call(call: SipLeg) -> None:
        answering.add(asyncio.ensure_future(call.answer()))

    settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
    endpoint = Endpoint(settings, on_call=on_call)
    await endpoint.start()
    with far_end() as sock:
        here = f"127.0.0.1:{sock.getsockname()[1]}"
        await endpoint.dial(f"sip:x@{here}")
        offered = media(await received(sock, "INVITE "))
        assert [line.split()[0] for line in offered] == ["m=audio"]

        head = (
            f"INVITE sip:x@127.0.0.1:{endpoint.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK1\r\n"
            f"From: <sip:ala@{here}>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: 1@{here}\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:ala@{here}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n"
        )
        sock.sendto((head + OFFER).encode(), ("127.0.0.1", endpoint.port))
        accepted = media(await received(sock, "SIP/2.0 200"))
        assert [line.split()[:2] for line in accepted][1] == ["m=text", "0"]
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)
    await endpoint.stop()
