"""Calls within which something of the line breaks: they end, and do not hang."""

import asyncio
import contextlib
import ctypes
from collections.abc import AsyncIterator

import _pjsua2
import pytest
from structlog.testing import capture_logs

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.farewells import LastWords
from sipagent.sip.leg import SipLeg
from sipagent.sip.session import Session
from tests.calls.caller import ANNA
from tests.calls.peer import Peer
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

PJSUA = ctypes.CDLL(_pjsua2.__file__)
PJSUA.pjsua_call_get_user_data.restype = ctypes.c_void_p
PJSUA.pjsua_call_set_user_data.argtypes = (ctypes.c_int, ctypes.c_void_p)


class Line:
    """An endpoint that answers every call."""

    def __init__(self) -> None:
        self.calls: list[SipLeg] = []
        self._answers: set[asyncio.Future[None]] = set()
        settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
        self.endpoint = Endpoint(settings, on_call=self._take)

    def _take(self, call: SipLeg) -> None:
        self.calls.append(call)
        self._answers.add(asyncio.ensure_future(self._answer(call)))

    async def _answer(self, call: SipLeg) -> None:
        with contextlib.suppress(HungUp):
            await call.answer()


@pytest.fixture
async def answering() -> AsyncIterator[Line]:
    line = Line()
    await line.endpoint.start()
    yield line
    await line.endpoint.stop()


@pytest.fixture
async def peer(answering: Line) -> AsyncIterator[Peer]:
    with Peer(answering.endpoint.port, ANNA) as made:
        yield made


def broken(*_: object) -> None:
    raise RuntimeError("worn out")


@pytest.mark.parametrize("method", ["_slot", "_choose_ways", "_tell_confirmed", "_hold"])
async def test_a_callback_breaks(
    answering: Line,
    peer: Peer,
    method: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Session, method, lambda *_, **__: broken())
    with capture_logs() as logged:
        status = (await asyncio.to_thread(peer.call)).status
        if status == 200:
            await asyncio.to_thread(peer.await_bye)
        (call,) = answering.calls
        async with asyncio.timeout(PATIENCE):
            await call.wait_over()
    assert status in {200, 500}
    assert call.id in {event.get("call_id") for event in logged if event["log_level"] == "error"}
    assert (await answering.endpoint.usage()).calls == 0
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("method", ["_stop_player", "stop_recording", "_let_go", "_silent"])
async def test_the_end_itself_breaks(
    answering: Line, peer: Peer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the end hears of it all the same."""
    monkeypatch.setattr(Session, method, broken)
    await asyncio.to_thread(peer.call)
    assert (await asyncio.to_thread(peer.hang_up)).status == 200
    async with asyncio.timeout(PATIENCE):
        await answering.calls[0].wait_over()
    assert (await answering.endpoint.usage()).calls == 0


async def test_a_call_cannot_be_taken_in(
    answering: Line, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering.endpoint._admission, "enter", broken)
    assert (await asyncio.to_thread(peer.call)).status == 500
    assert answering.calls == []
    assert (await answering.endpoint.usage()).calls == 0


async def test_a_call_without_an_owner_is_ended(answering: Line, peer: Peer) -> None:
    """In C a call could go on although there is nothing in Python that would end it."""
    await asyncio.to_thread(peer.call)
    number = answering.calls[0]._session.getId()
    await answering.endpoint._thread.run(PJSUA.pjsua_call_set_user_data, number, None)
    await asyncio.to_thread(peer.inform, "1")
    await asyncio.to_thread(peer.await_bye)


async def test_what_is_destroyed_late_ends_no_other_call(answering: Line, peer: Peer) -> None:
    """The slot of a call may be the next one's when its object is destroyed."""
    await asyncio.to_thread(peer.call)
    leg = answering.calls[0]._session

    def destroy() -> None:
        number = leg.getId()
        owner = PJSUA.pjsua_call_get_user_data(number)
        late = Session(
            leg.thread,
            answering.endpoint._directs[4],
            number,
            leg.mixer,
            LastWords(leg.thread, None),
            broken,
        )
        PJSUA.pjsua_call_set_user_data(number, owner)
        late.__swig_destroy__(late)

    await answering.endpoint._thread.run(destroy)
    await asyncio.to_thread(peer.inform, "1")
    assert (await asyncio.to_thread(peer.response, "INFO")).status == 200
    assert (await asyncio.to_thread(peer.hang_up)).status == 200
    async with asyncio.timeout(PATIENCE):
        await answering.calls[0].wait_over()
