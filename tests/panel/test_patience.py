"""Whoever holds connections without asking for anything: they lose them, and others are served."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sipagent.panel.patience import Patience, untaken

pytestmark = pytest.mark.unit

#: Seconds in which a test has to see what it waits for.
WITHIN = 60


async def page(request: Request) -> Response:
    """Answer at once, whatever is sent."""
    return PlainTextResponse("here")


async def page_of_all(request: Request) -> Response:
    """Answer once all of the form is there."""
    return PlainTextResponse(f"{len(await request.body())}")


#: What a web socket here sends and gets.
ECHO = "Content-Length: 4\r\n\r\necho"


class Echo(asyncio.Protocol):
    """What a connection becomes that is asked to be a web socket."""

    def __init__(self, **others: object) -> None:
        pass

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data == ECHO.encode():
            self.transport.write(data)


@contextlib.asynccontextmanager
async def served(patience: Patience) -> AsyncIterator[int]:
    """Serve pages; yield the port."""
    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/all", page_of_all, methods=["POST"]),
    ]
    settings = uvicorn.Config(
        Starlette(routes=routes),
        http=patience,  # type: ignore[arg-type]  # makes protocols
        lifespan="off",
        log_config=None,
        ws=Echo,
    )
    settings.load()
    server = uvicorn.Server(settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        untaken(listener)
        serving = asyncio.create_task(server._serve([listener]))  # signals stay the tests'
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


class Visitor:
    """One connection, whose bytes the test sends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def come(cls, port: int) -> "Visitor":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, text: str) -> None:
        self._writer.write(text.encode())

    async def answer(self) -> str:
        """Return the body of the next answer."""
        async with asyncio.timeout(WITHIN):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            return (await self._reader.readexactly(length)).decode()

    async def cut_off(self) -> None:
        """Return once the connection is gone."""
        async with asyncio.timeout(WITHIN):
            with contextlib.suppress(ConnectionError):
                assert await self._reader.read() == b""
        self._writer.close()

    async def drips(self, first: str, more: str) -> None:
        """Begin with something, and send more and more until the connection is gone."""
        self.send(first)
        with contextlib.suppress(ConnectionError):
            while not self._writer.is_closing():
                self.send(more)
                await self._writer.drain()
                await asyncio.sleep(0.01)


REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
#: Seconds for a head that is there at once, and for one that never is.
LONG, SHORT = 600.0, 0.1


async def known(port: int) -> Visitor:
    """Return somebody who has been answered, whose connection stays."""
    one = await Visitor.come(port)
    one.send(REQUEST)
    assert await one.answer() == "here"
    return one


@pytest.mark.parametrize("first", ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_who_asks_for_nothing_is_cut_off_and_others_are_served(first: str) -> None:
    patience = Patience([], SHORT)
    async with served(patience) as port:
        slow = [await Visitor.come(port) for _ in range(50)]
        for one in slow:
            one.send(first)
            await one.cut_off()
        patience.head = LONG
        await known(port)


async def test_more_of_the_same_head_gives_no_more_time() -> None:
    async with served(Patience([], SHORT)) as port:
        slow = await Visitor.come(port)
        dripping = asyncio.create_task(slow.drips("GET / HTTP/1.1\r\n", "X-A: b\r\n"))
        await slow.cut_off()
        await dripping


async def test_neither_does_a_request_before() -> None:
    patience = Patience([], LONG)
    async with served(patience) as port:
        slow = await known(port)
        patience.head = SHORT
        dripping = asyncio.create_task(slow.drips("GET / HTTP/1.1\r\n", "X-A: b\r\n"))
        await slow.cut_off()
        await dripping


async def test_who_was_answered_before_the_form_was_there_does_not_go_on_sending() -> None:
    patience = Patience([], LONG)
    async with served(patience) as port:
        slow = await known(port)
        patience.head = SHORT
        slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert await slow.answer() == "here"
        dripping = asyncio.create_task(slow.drips("x", "x"))
        await slow.cut_off()
        await dripping


async def test_a_form_that_comes_slowly_is_the_applications_to_wait_for() -> None:
    patience = Patience([], LONG)
    async with served(patience) as port:
        one = await known(port)
        patience.head = 0.0
        one.send("POST /all HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            await asyncio.sleep(0.05)
            one.send("x")
        assert await one.answer() == "5"


async def test_requests_that_come_at_once_are_all_answered() -> None:
    async with served(Patience([], LONG)) as port:
        one = await Visitor.come(port)
        one.send(3 * REQUEST)
        assert [await one.answer() for _ in range(3)] == ["here"] * 3


async def test_a_web_socket_is_the_applications_and_counts_no_more() -> None:
    patience = Patience([], LONG, most=1)
    async with served(patience) as port:
        one = await known(port)
        patience.head = 0.0
        one.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        for _ in range(3):
            await asyncio.sleep(0.05)
            one.send(ECHO)
            assert await one.answer() == "echo"
        patience.head = LONG
        await known(port)


async def test_an_address_has_only_so_many() -> None:
    async with served(Patience([], LONG, most=3)) as port:
        there = [await known(port) for _ in range(3)]
        more = await Visitor.come(port)
        await more.cut_off()
        there[0].send(LAST)
        assert await there[0].answer() == "here"
        await there[0].cut_off()
        await known(port)


async def test_a_proxy_has_as_many_as_it_needs() -> None:
    async with served(Patience(["127.0.0.0/8"], LONG, most=3)) as port:
        for _ in range(5):
            await known(port)


def test_what_is_accepted_has_the_settings_of_the_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        untaken(listener, 30)
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                kept = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                assert kept == 30_000
