"""Dialling: whoever goes meanwhile leaves no call behind."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint


class Callee:
    """A phone that rings, and is never answered."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.target = f"sip:callee@127.0.0.1:{self._socket.getsockname()[1]}"

    async def hears(self, method: str) -> str:
        """Answer requests until one of that method comes; return it."""
        loop = asyncio.get_running_loop()
        while True:
            data, source = await loop.sock_recvfrom(self._socket, 65535)
            text = data.decode()
            status = {"INVITE": "180 Ringing", "CANCEL": "200 OK"}.get(text.split()[0])
            if status:
                fields = re.findall(r"(?:Via|From|To|Call-ID|CSeq):.*?\r\n", text)
                lines = "".join(fields).replace("\r\nCall-ID", ";tag=callee\r\nCall-ID")
                answer = f"SIP/2.0 {status}\r\n{lines}Content-Length: 0\r\n\r\n"
                await loop.sock_sendto(self._socket, answer.encode(), source)
            if text.startswith(method):
                return text

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    await endpoint.start()
    yield endpoint
    await endpoint.stop()


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
async def test_who_is_cancelled_while_dialling_leaves_no_phone_ringing(
    endpoint: Endpoint, turns: int
) -> None:
    callee = Callee()
    dialling = asyncio.create_task(endpoint.dial(callee.target))
    for _ in range(turns):
        await asyncio.sleep(0)
    dialling.cancel()
    await asyncio.wait((dialling,))
    assert dialling.cancelled()
    async with asyncio.timeout(10):
        if turns:
            await callee.hears("INVITE")
            await callee.hears("CANCEL")
        while (await endpoint.usage()).calls:
            await asyncio.sleep(0.01)
    callee.close()


async def test_an_endpoint_that_is_cancelled_while_it_starts_can_be_stopped() -> None:
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    starting = asyncio.create_task(endpoint.start())
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait((starting,))
    assert starting.cancelled()
    await endpoint.stop()
    again = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    await again.start()
    await again.stop()
