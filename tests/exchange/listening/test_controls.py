"""What commands ask of the calls that go on."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sipagent.control.control import done
from sipagent.control.wire import short
from sipagent.domain import Handler, LineClosed
from sipagent.errors import DataError, SipAgentError
from sipagent.exchange.about import belongs
from sipagent.exchange.listening.controls import Supervision
from sipagent.exchange.listening.post import ListeningPost
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_headsets import FakeHeadsets
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.network import Network
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller
from tests.exchange.house import ANNAS, JANS
from tests.exchange.listening.ears import MARIAS, Firm, from_outside, heard
from tests.simulated import simulated

pytestmark = pytest.mark.unit

TALKS = Callee(after=1)


class Line:
    """Makes calls of its own, as the reception does."""

    def __init__(self, firm: Firm, tones: Path) -> None:
        self._firm = firm
        self._tones = tones
        self.own = FakeLeg(id="own", sleep=asyncio.sleep)
        self.headsets = FakeHeadsets()
        self.closed = False

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        if self.closed:
            raise LineClosed("the line is being closed")

        async def made() -> None:
            firm = self._firm
            network = Network(firm.phones, firm.at, headsets=self.headsets)
            firm.services |= {
                ListeningPost: ListeningPost(firm.calls, firm.kept),
                Network: network,
            }
            talk = firm.talk(self._tones)
            await handler.run(self.own, talk, longest=3600, closing=asyncio.Event())

        return asyncio.create_task(made())


@contextmanager
def waiting(folder: Path) -> Iterator[tuple[Path, socket.socket]]:
    """Wait for the line as a panel does; yield where, and the socket that it comes to."""
    at = folder / "waits.sound"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        with short(at) as name:
            door.bind(name)
        door.listen()
        yield at, door
    at.unlink()


async def asked(work: Supervision, do: str, **wanted: str) -> Any:
    return await done(work.controls, do, wanted)


@simulated
async def test_who_talks_with_whom_and_since_when(tmp_path: Path) -> None:
    firm, call = Firm({JANS: TALKS}), from_outside()
    work = Supervision(firm.calls, firm.board)
    assert await asked(work, "calls.live") == []
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    belongs(firm.facts, queue="Biuro")
    (live,) = await asked(work, "calls.live")
    assert live["members"] == ["+48600700700", "Jan Kowal <102>"]
    assert (live["queue"], live["talking"], live["holding"]) == ("Biuro", True, [])
    firm.leg("102").hold()
    await asyncio.sleep(1)
    (live,) = await asked(work, "calls.live")
    assert live["holding"] == ["Jan Kowal <102>"]
    call.hangs_up()
    await taking
    assert await asked(work, "calls.live") == []


@simulated
async def test_one_of_two_is_put_through(tmp_path: Path) -> None:
    firm, call = Firm({JANS: TALKS, ANNAS: TALKS}), from_outside()
    work = Supervision(firm.calls, firm.board)
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    for wanted, sentence in (
        ({"to": "199"}, "nobody has the number '199'"),
        ({"to": "101", "who": "Ewa"}, "'Ewa' does not talk in this call"),
        ({"to": "0048600100100", "who": "Jan Kowal <102>"}, "may not call 0048600100100"),
    ):
        with pytest.raises(DataError, match=sentence):
            await asked(work, "calls.transfer", call="caller", **wanted)
    jan = firm.leg("102")
    begun = await asked(work, "calls.transfer", call="caller", to="101")
    assert begun == {"id": "caller", "who": "+48600700700", "to": "101"}
    await asyncio.sleep(3)
    (live,) = await asked(work, "calls.live")
    assert live["members"] == ["+48600700700", "Anna Nowak <101>"]
    assert jan.over
    call.hangs_up()
    await taking


@simulated
async def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    firm, call, second = Firm({JANS: TALKS, ANNAS: TALKS}), from_outside(), from_outside("cancel")
    work = Supervision(firm.calls, firm.board)
    taking = [asyncio.create_task(firm.walk(one, tmp_path)) for one in (call, second)]
    second.called = "+48221000200"
    await asyncio.sleep(3)
    for wanted, sentence in (
        ({"call": "nobody", "listener": "110"}, "no call that goes on begins with 'nobody'"),
        ({"call": "ca", "listener": "110"}, "several calls begin with 'ca'"),
        ({"call": "caller", "listener": "199"}, "there is no user '199'"),
        ({"call": "caller", "listener": "101"}, "--rights internal,mobile,national,listen"),
        ({"call": "caller", "listener": "110"}, "the line is not open yet"),
    ):
        with pytest.raises(SipAgentError, match=sentence):
            await asked(work, "calls.listen", **wanted)
    call.hangs_up()
    second.hangs_up()
    await asyncio.gather(*taking)


@simulated
async def test_whoever_may_is_rung_and_listens(tmp_path: Path) -> None:
    firm, call = Firm({JANS: TALKS, MARIAS: TALKS}), from_outside()
    work, line = Supervision(firm.calls, firm.board), Line(firm, tmp_path)
    work.opened(line)
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    begun = await asked(work, "calls.listen", call="caller", listener="Maria Zych")
    assert begun == {"id": "caller", "rings": "Maria Zych", "whom": "Jan Kowal <102>"}
    await asyncio.sleep(3)
    jan, maria = firm.leg("102"), firm.leg("110")
    assert heard(maria) == {"caller", jan.id}
    maria.presses("5")
    await asyncio.sleep(1)
    assert (heard(jan), heard(call)) == ({maria.id}, set())
    maria.hangs_up()
    await asyncio.sleep(1)
    assert line.own.over
    assert not heard(jan)
    call.hangs_up()
    await taking


@simulated
async def test_whoever_is_at_a_browser_is_rung_nowhere(tmp_path: Path) -> None:
    """What they hear comes over the socket that waits, and the record is a call's of their own."""
    firm, call = Firm({JANS: TALKS}), from_outside()
    work, line = Supervision(firm.calls, firm.board), Line(firm, tmp_path)
    work.opened(line)
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    with waiting(tmp_path) as (at, door):
        begun = await asked(work, "calls.hear", call="caller", listener="110", at=str(at))
        assert begun == {"id": "caller", "whom": "Jan Kowal <102>"}
        await asyncio.sleep(3)
        (maria,), jan = line.headsets.worn_by, firm.leg("102")
        assert not [leg for leg in firm.phones.legs if leg.called == "110"]
        assert line.own.answered
        assert heard(maria) == {"caller", jan.id}
        maria.presses("5")
        await asyncio.sleep(1)
        assert (heard(jan), heard(call)) == ({maria.id}, set())
        maria.hangs_up()
        await asyncio.sleep(1)
        assert line.own.over
        assert not heard(jan)
        browser, _ = door.accept()
        with browser:
            assert browser.recv(1) == b"", "the socket is closed"
    call.hangs_up()
    await taking
    assert [(use.by_call, use.mode) for use in firm.kept.uses] == [
        ("own", "listen"),
        ("own", "whisper"),
    ]


@simulated
async def test_who_may_not_listen_is_not_reached_at_a_browser_either(tmp_path: Path) -> None:
    firm, call = Firm({JANS: TALKS}), from_outside()
    work, line = Supervision(firm.calls, firm.board), Line(firm, tmp_path)
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    with waiting(tmp_path) as (at, door):
        wanted = {"call": "caller", "listener": "110", "at": str(at)}
        with pytest.raises(SipAgentError, match="not open yet"):
            await asked(work, "calls.hear", **wanted)
        work.opened(line)
        with pytest.raises(DataError, match="Anna Nowak may not listen in"):
            await asked(work, "calls.hear", **{**wanted, "listener": "101"})
        line.closed = True
        with pytest.raises(LineClosed):
            await asked(work, "calls.hear", **wanted)
        browser, _ = door.accept()
        with browser:
            assert browser.recv(1) == b""
    with pytest.raises(DataError, match="no headset waits at"):
        await asked(work, "calls.hear", **wanted)
    assert not line.headsets.worn_by
    call.hangs_up()
    await taking


@simulated
async def test_a_colleague_who_picks_that_up_hears_nothing(tmp_path: Path) -> None:
    firm, call = Firm({JANS: TALKS, MARIAS: Callee(after=None)}), from_outside()
    work, line = Supervision(firm.calls, firm.board), Line(firm, tmp_path)
    work.opened(line)
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    await asked(work, "calls.listen", call="caller", listener="110")
    await asyncio.sleep(1)
    picks = FakeLeg(
        id="ewa", caller=Caller(None, extension="103"), called="*8110", sleep=asyncio.sleep
    )
    await firm.walk(picks, tmp_path)
    assert not heard(picks)
    assert not firm.kept.uses
    assert line.own.over
    call.hangs_up()
    await taking


@simulated
async def test_who_talks_in_a_call_does_not_listen_to_it(tmp_path: Path) -> None:
    firm = Firm({JANS: TALKS})
    work = Supervision(firm.calls, firm.board)
    call = FakeLeg(
        id="own", caller=Caller(None, extension="110"), called="102", sleep=asyncio.sleep
    )
    taking = asyncio.create_task(firm.walk(call, tmp_path))
    await asyncio.sleep(3)
    with pytest.raises(DataError, match="talks in this call"):
        await asked(work, "calls.listen", call="own", listener="110")
    call.hangs_up()
    await taking


def test_the_lines_own_leg_hears_nobody() -> None:
    async def heard_nobody() -> None:
        own = OwnLeg("1", Caller(None))
        async with own.hearing(OwnLeg("2", Caller(None))):
            assert not own.over

    asyncio.run(heard_nobody())
