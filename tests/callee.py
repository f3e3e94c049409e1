"""A telephone made by hand that is called, in asyncio: it rings, answers, refuses or is silent."""

import asyncio
import re
import socket
from typing import Self

#: Fields of a request that its answers repeat.
_REPEATED = re.compile(r"(?:Via|From|To|Call-ID|CSeq|Record-Route):.*?\r\n")


class Callee:
    """Answers requests by itself until it is closed.

    Args:
        statuses: what an INVITE is answered with, such as ``180 Ringing`` and ``200 OK``.
    """

    def __init__(self, *statuses: str) -> None:
        self._statuses = statuses
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        port = self._socket.getsockname()[1]
        self.uri = f"sip:callee@127.0.0.1:{port}"
        #: All requests that came, once each: who sends again has not heard the answer yet.
        self.requests: list[str] = []
        self._came = asyncio.Condition()
        self._invite = ("", ("", 0))
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._serving
        self._serving.cancel()
        await asyncio.wait((self._serving,))
        self._socket.close()

    async def hears(self, method: str) -> str:
        """Return the first request of a method, once it has come."""
        async with self._came:
            await self._came.wait_for(lambda: any(map(self._is(method), self.requests)))
        return next(filter(self._is(method), self.requests))

    async def answers(self, status: str) -> None:
        """Answer the INVITE, whenever the test likes."""
        await self._answer(*self._invite, status)

    @property
    def methods(self) -> list[str]:
        """The methods of the requests that came."""
        return [request.split()[0] for request in self.requests]

    @staticmethod
    def _is(method: str):  # type: ignore[no-untyped-def]
        return lambda request: request.startswith(f"{method} ")

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data, source = await loop.sock_recvfrom(self._socket, 65535)
            request = data.decode()
            method = request.split()[0]
            if request in self.requests or method.startswith("SIP/"):
                continue
            async with self._came:
                self.requests.append(request)
                self._came.notify_all()
            if method == "INVITE":
                self._invite = (request, source)
                for status in self._statuses:
                    await self._answer(request, source, status)
            elif method in ("CANCEL", "BYE"):
                await self._answer(request, source, "200 OK")
            if method == "CANCEL":
                await self._answer(*self._invite, "487 Request Terminated")

    async def _answer(self, request: str, source: tuple[str, int], status: str) -> None:
        fields = "".join(_REPEATED.findall(request))
        tagged = fields if ";tag=callee" in fields else _tagged(fields)
        body = _sdp() if status.startswith("200") and request.startswith("INVITE") else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"SIP/2.0 {status}\r\n{tagged}Contact: <{self.uri}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        await asyncio.get_running_loop().sock_sendto(self._socket, text.encode(), source)


def _tagged(fields: str) -> str:
    return re.sub(r"^(To:[^\r]*)", r"\1;tag=callee", fields, count=1, flags=re.MULTILINE)


def _sdp() -> str:
    """Return an answer to an offer of A-law; nobody listens at its port."""
    lines = ("v=0", "o=- 7 7 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
    audio = ("m=audio 9 RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=sendrecv")
    return "".join(f"{line}\r\n" for line in (*lines, *audio))
