"""Conferences on a real line: phones of the house and callers over a trunk in one room."""

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sipagent import times
from sipagent.config_sources import load
from sipagent.control.client import ask
from sipagent.exchange import editing
from sipagent.exchange.model import LineNumber
from sipagent.exchange.rooms.invitations import Invitation, Invitations
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role, set_pin
from sipagent.exchange.rooms.schema import rooms
from sipagent.exchange.schema import exchange
from sipagent.sip.addresses import free_port
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, strength
from tests.calls.test_firm_calls import CARRIER, FIRM, STRANGER, TRUNK
from tests.phone_tones import Signal

pytestmark = pytest.mark.line

NUMBER, PIN, LEADS = "+48221000250", "4711", "83920157"
HALL = FIRM.model_copy(
    update={
        "rooms": (Room(name="Narada", number="*1234"),),
        "numbers": (LineNumber(number=NUMBER, leads_to="room:Narada"),),
    }
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with a firm and its room on it, for all tests of the module."""
    daemon = Daemon(tmp_path_factory.mktemp("hall"), clips, extra=TRUNK)
    with at_work(daemon, HALL):
        with contextlib.closing(open_database(daemon.database, [exchange])) as db:
            set_pin(db, "Narada", Role.GUEST, PIN)
            set_pin(db, "Narada", Role.MODERATOR, LEADS)
        yield daemon


def live(line: Daemon) -> list[dict[str, Any]]:
    """Return who is in the room just now."""
    found = ask(load(line.config), "rooms.live")
    return list(found[0]["guests"]) if found else []


def told(line: Daemon, what: str, expected: list[object]) -> None:
    """Wait until the live list says so of all who are there."""
    until(lambda: [one[what] for one in live(line)], lambda seen: seen == expected)


def talk(*phones: Softphone) -> list[Signal]:
    """Let all send their tones for two seconds; return what each hears in the last one."""
    with ThreadPoolExecutor(len(phones)) as together:
        talking = [together.submit(phone.talk, 2) for phone in phones]
    return [heard.result()[-9000:-1000] for heard in talking]


def enters(line: Daemon, phone: Softphone, pin: str) -> None:
    """Call the room, and type a PIN into the greeting."""
    phone.call("*1234")
    phone.status(200)
    line.says(phone.call_id, "rooms.welcome")
    phone.press(f"{pin}#")


def test_a_meeting(hall: Daemon) -> None:
    """Three hear each other, one is muted by who leads, and all are sent home."""
    with (
        Softphone(hall.port, "101-1", 400) as anna,
        Softphone(hall.port, "102-1", 900) as jan,
        Softphone(hall.port, "103-1", 1300) as ewa,
    ):
        enters(hall, anna, LEADS)
        hall.says(anna.call_id, "rooms.alone")
        for phone in (jan, ewa):
            enters(hall, phone, PIN)
        told(hall, "place", ["talking"] * 3)
        hall.says(ewa.call_id, "rooms.others")
        heard = talk(anna, jan, ewa)
        for own, (signal, hertz) in enumerate(zip(heard, (400, 900, 1300), strict=True)):
            others = {400, 900, 1300} - {hertz}
            assert all(strength(signal, other) > 0.3 for other in others), (own, hertz)
            assert strength(signal, hertz) < 0.01, "nobody hears himself"
        guests = {one["shown"]: one for one in live(hall)}
        assert guests["Anna Nowak <101>"]["moderator"]
        assert [one["muted"] for one in live(hall)] == [False, False, False]
        anna.press("*3")
        told(hall, "muted", [False, True, True])
        anna.press("*9")
        for phone in (anna, jan, ewa):
            phone.hung_up()
        told(hall, "guest", [])


def test_a_caller_over_the_trunk_types_the_pin(hall: Daemon) -> None:
    with Peer(hall.port, STRANGER, called=NUMBER, host=CARRIER) as caller:
        caller.send("INVITE", caller.offer())
        assert caller.answered().status == 200
        hall.says(caller.call_id, "rooms.pin")
        caller.press("9999#")
        hall.says(caller.call_id, "rooms.pin-wrong")
        caller.press(f"{PIN}#")
        hall.says(caller.call_id, "rooms.alone")
        assert [one["shown"] for one in live(hall)] == [STRANGER]
        caller.hang_up()
        told(hall, "guest", [])
    record = hall.ended_call(caller.call_id)
    keys = [event.details["digit"] for event in hall.timeline(record.id) if event.kind == "digit"]
    assert PIN not in "".join(keys), "PINs are nobody's business"


def test_a_killed_line_goes_on_with_what_was_planned(tmp_path: Path, clips: Path) -> None:
    """``kill -9`` in a meeting: phones are let go, the recording is kept, who was planned comes."""
    port = str(free_port(["127.0.0.1"]))
    line = Daemon(tmp_path, clips, extra=TRUNK, environment={"SIPAGENT_SIP__PORT": port})
    with contextlib.closing(open_database(line.database, [rooms])) as db:
        room = Room(name="Narada", number="*1234", record=True)
        editing.replace(db, FIRM.model_copy(update={"rooms": (room,)}))
    line.start()
    try:
        with (
            Softphone(line.port, "101-1", 400) as anna,
            Softphone(line.port, "102-1", 900) as jan,
            Softphone(line.port, "103-1", 1300) as ewa,
        ):
            for phone in (anna, jan):
                phone.call("*1234")
                phone.status(200)
            told(line, "place", ["talking"] * 2)
            until(lambda: recorded(line), lambda found: len(found) == 1)
            talk(anna, jan)
            plan(line, datetime.now(UTC) + timedelta(seconds=10))
            line.kill()
            line.start()
            for phone in (anna, jan):
                phone.hung_up()
            ewa.rings()
            ewa.answer_call()
            until(lambda: pressed(ewa, line), bool)
            told(line, "shown", ["Ewa Lis <103>"])
            ewa.hang_up()
            told(line, "guest", [])
            (kept,) = recorded(line)
            assert kept["room"] == "Narada"
            assert kept["seconds"] > 0
        line.stop()
    finally:
        line.discard()


def plan(line: Daemon, moment: datetime) -> None:
    """Plan that Ewa is called into the room: long enough after now for nobody to call her yet."""
    ewa = Invitation("Narada", "user:Ewa Lis", "", times.stored(moment), "Europe/Warsaw")
    with contextlib.closing(open_database(line.database, [rooms])) as db:
        Invitations(db).plan(ewa)


def recorded(line: Daemon) -> list[dict[str, Any]]:
    """Return the recordings that there are."""
    return list(json.loads(line.run("recordings", "list", "--json")))


def pressed(phone: Softphone, line: Daemon) -> bool:
    """Press the key that takes an invitation; whether it has been taken."""
    phone.press("1")
    return bool(live(line))
