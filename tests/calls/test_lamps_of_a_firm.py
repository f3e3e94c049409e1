"""Lamps of a firm on a real line: who rings and talks is shown, also after ``kill -9``."""

import pytest

from tests.calls.daemon import Daemon, until
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import CARRIER, MAIN, STRANGER, firm  # noqa: F401  a fixture
from tests.calls.test_put_through import kinds
from tests.calls.watcher import MESSAGES, Watcher

pytestmark = pytest.mark.line


def watching(line: Daemon, whom: str, user: str = "103-1", **words: str) -> Watcher:
    """Return a phone that watches somebody, and has been told how it stands."""
    phone = Watcher(line.port, whom, user, **words)
    assert phone.subscribe().status == 200
    return phone


def test_a_busy_lamp_never_goes_busy_before_ringing(firm: Daemon) -> None:  # noqa: F811
    """A busy lamp never goes busy before ringing; who calls is busy at once."""
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        watching(firm, "101") as annas,
        watching(firm, "102") as jans,
    ):
        assert (annas.lamp(), jans.lamp()) == ("terminated", "terminated")
        anna.call("102")
        jan.rings()
        assert annas.lamp() == "confirmed"
        assert jans.lamp() == "early"
        jan.answer_call()
        anna.status(200)
        assert jans.lamp() == "confirmed"
        until(lambda: kinds(firm, anna), lambda seen: "joined" in seen)
        jan.hang_up()
        anna.hung_up()
        assert {annas.lamp(), jans.lamp()} == {"terminated"}
        assert annas.quiet()
        assert jans.quiet()


def test_a_group_that_rings_lights_the_lamps_of_its_members(firm: Daemon) -> None:  # noqa: F811
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        watching(firm, "101") as annas,
        watching(firm, "102") as jans,
        Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller,
    ):
        assert (annas.lamp(), jans.lamp()) == ("terminated", "terminated")
        caller.send("INVITE", caller.offer())
        anna.rings()
        jan.rings()
        assert (annas.lamp(), jans.lamp()) == ("early", "early")
        jan.answer_call()
        anna.cancelled()
        assert caller.answered().status == 200
        assert (annas.lamp(), jans.lamp()) == ("terminated", "confirmed")
        caller.hang_up()
        jan.hung_up()
        assert jans.lamp() == "terminated"


def test_the_message_lamp_of_a_phone_that_subscribes_is_right_at_once(
    firm: Daemon,  # noqa: F811
) -> None:
    with watching(firm, "103-1", event=MESSAGES) as phone:
        assert phone.told().body.startswith("Messages-Waiting: no\r\n")


def test_who_is_put_through_is_seen_and_told_of(firm: Daemon) -> None:  # noqa: F811
    """The lamps follow, and the record tells who rang, talked and handed the call over."""
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1") as jan,
        Softphone(firm.port, "103-1") as ewa,
        watching(firm, "102") as jans,
        watching(firm, "103") as ewas,
    ):
        assert (jans.lamp(), ewas.lamp()) == ("terminated", "terminated")
        anna.call("102")
        jan.rings()
        assert jans.lamp() == "early"
        jan.answer_call()
        anna.status(200)
        assert jans.lamp() == "confirmed"
        until(lambda: kinds(firm, anna), lambda seen: "joined" in seen)
        assert jan.refer("103").status == 202
        ewa.rings()
        assert ewas.lamp() == "early"
        ewa.answer_call()
        jan.hung_up()
        assert (jans.lamp(), ewas.lamp()) == ("terminated", "confirmed")
        anna.hang_up()
        ewa.hung_up()
        assert ewas.lamp() == "terminated"
        record = firm.ended_call(anna.call_id)
    legs = firm.legs(record)
    assert [leg.party for leg in legs] == ["101", "Jan Kowal <102>", "Ewa Lis <103>"]
    assert legs[1].ended is not None
    assert legs[1].ended <= str(legs[2].ended), "who puts through talks no longer"
    told = [line[12:] for line in firm.run("calls", "show", record.id).splitlines()]
    for sentence in (
        "The line rings Jan Kowal <102>.",
        "The line rings Ewa Lis <103>.",
        "Jan Kowal <102> puts the call through to Ewa Lis <103>, and leaves it at once.",
    ):
        assert sentence in told, told
    until(lambda: {message.leg for message in firm.traced(record)}, {0, 1, 2}.__eq__)
