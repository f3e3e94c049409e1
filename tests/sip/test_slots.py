"""A slot of PJSIP is given to the next caller as soon as a call ends."""

import asyncio
import socket

import pytest

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

CALLERS = 100
CHANGING = 40
TURNS = 12

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


class Phone:
    """Makes one call after the other from one socket, without reading the audio."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._line = ("127.0.0.1", port)
        self._to = ""
        self._call = 0

    def invite(self) -> None:
        self._call += 1
        self._to = "To: <sip:line@127.0.0.1>"
        self._send("INVITE", 1, SDP)

    def bye(self) -> None:
        self._send("BYE", 2)

    async def answered(self) -> str:
        """Return the status line of the final answer, acknowledged."""
        while True:
            answer = (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode()
            status, *fields = answer.partition("\r\n\r\n")[0].splitlines()
            if "CSeq: 1 INVITE" in fields and f"Call-ID: {self._id}" in fields:
                if status.startswith("SIP/2.0 1"):
                    continue
                self._to = next(field for field in fields if field.startswith("To:"))
                self._send("ACK", 1)
                return status

    def close(self) -> None:
        self._socket.close()

    @property
    def _id(self) -> str:
        return f"{self._call}-{self._socket.getsockname()[1]}"

    def _send(self, method: str, sequence: int, body: str = "") -> None:
        host, port = self._socket.getsockname()
        message = (
            f"{method} sip:line@127.0.0.1:{self._line[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{self._id}{method}\r\n"
            f"From: <sip:phone@{host}>;tag={self._id}\r\n{self._to}\r\n"
            f"Call-ID: {self._id}\r\nCSeq: {sequence} {method}\r\n"
            f"Contact: <sip:phone@{host}:{port}>\r\nMax-Forwards: 70\r\n"
            f"{'Content-Type: application/sdp' if body else 'X-None: 0'}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(message.encode(), self._line)


async def test_the_next_caller_in_a_slot_is_not_hung_up_with_the_last_one() -> None:
    tasks: set[asyncio.Task[None]] = set()

    async def handle(call: SipLeg) -> None:
        try:
            await call.answer()
            await call.wait_over()
        except HungUp:
            pass
        await asyncio.sleep(0.02)  # the record is closed, and the call still referred to

    def on_call(call: SipLeg) -> None:
        tasks.add(task := asyncio.create_task(handle(call)))
        task.add_done_callback(tasks.discard)

    settings = SipSection(address="127.0.0.1", port=0, transports=("udp",), max_calls=CALLERS + 5)
    endpoint = Endpoint(settings, on_call=on_call)
    await endpoint.start()
    phones = [Phone(endpoint.port) for _ in range(CALLERS)]
    try:
        for phone in phones:
            phone.invite()
            assert await asyncio.wait_for(phone.answered(), PATIENCE) == "SIP/2.0 200 OK"
        for turn in range(TURNS):
            change = [phones[(turn * 7 + each) % CALLERS] for each in range(CHANGING)]
            for phone in change:
                phone.bye()
                phone.invite()
            for phone in change:
                assert await asyncio.wait_for(phone.answered(), PATIENCE) == "SIP/2.0 200 OK"
        assert (await endpoint.usage()).calls == CALLERS
        for phone in phones:
            phone.bye()
        async with asyncio.timeout(PATIENCE):
            while tasks:
                await asyncio.wait(tasks)
        assert (await endpoint.usage()).calls == 0
    finally:
        for phone in phones:
            phone.close()
        await endpoint.stop()
