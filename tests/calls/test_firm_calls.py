"""A firm on a real line: phones register, call each other, and are rung for callers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.exchange.model import Exchange, Group, LineNumber, Phone, User
from sipagent.exchange.softphone import hashes
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, both_talk, strength

pytestmark = pytest.mark.line

PASSWORD, STRANGER, MAIN = "tajne", "+48600700700", "+48221000200"
CARRIER = "127.0.0.9"
TRUNK = f"""
[[trunk]]
name = "carrier"
registrar = "sip:{CARRIER}:5999"
register = false
user = "48221000200"
ping = 0
addresses = ["{CARRIER}/32"]
"""
PEOPLE = {"101-1": "Anna Nowak", "102-1": "Jan Kowal", "103-1": "Ewa Lis"}
FIRM = Exchange(
    users=tuple(User(name=name, number=account[:3]) for account, name in sorted(PEOPLE.items())),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, PASSWORD, "sipagent"))
        for account, name in sorted(PEOPLE.items())
    ),
    groups=(Group(name="Biuro", number="200", members=("user:Anna Nowak", "user:Jan Kowal")),),
    numbers=(LineNumber(number=MAIN, leads_to="group:Biuro"),),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=TRUNK)
    with at_work(daemon, FIRM):
        yield daemon


def reached(line: Daemon, call_id: str) -> list[str]:
    """Return how the attempts of a call to reach somebody went, once it is over."""
    record = line.ended_call(call_id)
    return [str(e.details["reach"]) for e in line.timeline(record.id) if e.kind == "reached"]


def test_two_phones_hear_each_other(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1", 400) as anna, Softphone(firm.port, "102-1", 900) as jan:
        anna.call("102")
        invite = jan.rings()
        assert '"Anna Nowak" <sip:101@' in invite.header("From")
        anna.status(180)
        jan.answer_call()
        anna.status(200)
        heard = both_talk(anna, jan)
        assert strength(heard[0], 900) > 0.6, "Anna hears Jan"
        assert strength(heard[1], 400) > 0.6, "Jan hears Anna"
        jan.hang_up()
        anna.hung_up()
        record = firm.ended_call(anna.call_id)
    assert record.labels == {"user": "Anna Nowak"}
    assert [leg.party for leg in firm.legs(record)][1:] == ["Jan Kowal <102>"]


def test_a_number_rings_a_group_and_who_is_late_is_told_so(firm: Daemon) -> None:
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller,
    ):
        caller.send("INVITE", caller.offer())
        invites = [anna.rings(), jan.rings()]
        assert all(f"<sip:{STRANGER}@" in invite.header("From") for invite in invites)
        jan.answer_call()
        assert caller.answered().status == 200
        cancel = anna.cancelled()
        assert cancel.header("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
        caller.hang_up()
        jan.hung_up()
    record = firm.ended_call(caller.call_id)
    assert record.labels == {"user": "Jan Kowal", "group": "Biuro"}
    assert (record.scenario, record.trunk) == ("group:Biuro", "carrier")


def test_who_calls_a_busy_phone_is_told_by_its_code(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        anna.call("102")
        jan.rings()
        jan.decline()
        anna.status(486)
    assert reached(firm, anna.call_id) == ["busy"]


def test_who_calls_over_the_trunk_hears_that_all_are_busy(firm: Daemon) -> None:
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller,
    ):
        caller.send("INVITE", caller.offer())
        for phone in (anna, jan):
            phone.rings()
            phone.decline()
        assert caller.answered().status == 200
        caller.hears(60)
        caller.await_bye()
    assert reached(firm, caller.call_id) == ["busy"]


def test_a_phone_that_nobody_answers(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna, Softphone(firm.port, "102-1") as jan:
        anna.call("102")
        jan.rings()
        jan.cancelled()
        anna.status(480)
    assert reached(firm, anna.call_id) == ["no-answer"]


def test_a_phone_that_is_not_registered_and_a_number_of_nobody(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna:
        anna.call("103")
        anna.status(480)
        assert reached(firm, anna.call_id) == ["unreachable"]
        for number, called in (("109", "109"), ("*099%23", "*099#")):
            anna.call(number)
            anna.status(404)
            assert firm.ended_call(anna.call_id).called == called


def test_what_a_phone_may_not_call_it_hears(firm: Daemon) -> None:
    with Softphone(firm.port, "101-1") as anna:
        anna.call("+4930123456")
        anna.status(200)
        firm.says(anna.call_id, "exchange.not-allowed")
        anna.hung_up()
