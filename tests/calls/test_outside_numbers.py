"""Numbers outside on a real line: keys, words and the 1 before the caller, and who is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.exchange.model import LineNumber, Outside
from sipagent.records.history import EventRow
from tests.calls.carrier import Carrier, free_place, joined, number_in, trunk
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone
from tests.calls.test_calls_out import FIRM, MAIN, MOBILE

pytestmark = pytest.mark.line

PLACE, STRANGER, SERVICE = free_place("127.0.0.9"), "+48600700700", "+48221000300"
OUTSIDE = (
    Outside(
        name="Kodowany",
        number=SERVICE,
        code="*022",
        keys="1,2#",
        text="Klient firmy.",
        confirm=False,
    ),
    Outside.model_validate({"name": "Ewa", "number": MOBILE, "code": "*023"}),
    Outside(name="Serwis", number="+48221000301", shows="passive", confirm=False),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line whose main number leads outside."""
    addresses = f'addresses = ["{PLACE[0]}/32"]'
    extra = f'number = "{MAIN}"\n{trunk("carrier", PLACE, addresses)}'
    number = LineNumber(number=MAIN, leads_to="outside:Serwis")
    there = FIRM.model_copy(update={"outside": OUTSIDE, "numbers": (number,)})
    with at_work(Daemon(tmp_path_factory.mktemp("firm"), clips, extra=extra), there) as line:
        yield line


def timeline(line: Daemon, call_id: str) -> list[EventRow]:
    return line.timeline(line.ended_call(call_id).id)


def test_keys_and_words_come_before_the_caller(firm: Daemon) -> None:
    """The digits sent after connecting come after the answer, with pauses, before the caller is
    joined, and are masked in records."""
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("*022%23")
        carrier.rings()
        carrier.answer_call()
        (one, first), (two, second), (hash_, third) = carrier.keys(3)
        assert one + two + hash_ == "12#"
        assert second - first > 1.0, "a comma is a pause"
        assert 0.1 < third - second < 1.0
        carrier.hears()
        anna.status(200)
        joined(firm, anna.call_id)
        carrier.hang_up()
        anna.hung_up()
    events = timeline(firm, anna.call_id)
    wanted = ("second-leg", "keys", "answer", "joined")
    assert [event.kind for event in events if event.kind in wanted] == list(wanted)
    [keys] = [event.details["digits"] for event in events if event.kind == "keys"]
    assert keys == "•"
    assert not any("1,2#" in str(entry) for entry in firm.log if entry.get("kind") == "keys")


def test_the_voicemail_of_a_mobile_takes_no_call(firm: Daemon) -> None:
    """A mobile's voicemail answers: no 1 within 10 s counts as no answer."""
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("*023")
        carrier.rings()
        carrier.answer_call()
        carrier.hears()
        anna.status(480)
        carrier.hung_up()
    reached = [e.details["reach"] for e in timeline(firm, anna.call_id) if e.kind == "reached"]
    assert reached == ["no-answer"]


def test_who_answers_the_mobile_takes_it_with_1(firm: Daemon) -> None:
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1") as anna:
        anna.call("*023")
        carrier.rings()
        carrier.answer_call()
        carrier.hears()
        carrier.strike("1")
        anna.status(200)
        joined(firm, anna.call_id)
        carrier.hang_up()
        anna.hung_up()


def test_a_number_of_others_that_the_carrier_forbids(firm: Daemon) -> None:
    """403 for the passive number: one more attempt with the line's own."""
    with (
        Carrier(firm.port, PLACE) as carrier,
        Peer(firm.port, STRANGER, called=MAIN, host=PLACE[0]) as caller,
    ):
        caller.send("INVITE", caller.offer())
        passive = carrier.refuses("403 Forbidden")
        assert number_in(passive, "P-Asserted-Identity") == STRANGER
        assert number_in(passive, "Diversion") == MAIN
        active = carrier.rings()
        assert number_in(active, "P-Asserted-Identity") == MAIN
        assert not active.header("Diversion")
        carrier.answer_call()
        assert caller.answered().status == 200
        joined(firm, caller.call_id)
        carrier.hang_up()
        caller.await_bye()
    legs = [e.details for e in timeline(firm, caller.call_id) if e.kind == "second-leg"]
    assert [leg["party"] for leg in legs] == ["Serwis <+48221000301>"] * 2
