"""Phones that put callers through: by REFER, by keys, to a parking place; who hears whom then."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from sipagent.exchange import editing
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, strength
from tests.calls.test_firm_calls import CARRIER, FIRM, MAIN, STRANGER, TRUNK

pytestmark = pytest.mark.line

ANNA, JAN, EWA = 400, 900, 1400


def talk(*phones: Softphone, seconds: float = 2.5) -> list[dict[int, float]]:
    """Let phones talk at once; return how much of the tone of each of the three each one hears."""
    with ThreadPoolExecutor(len(phones)) as all_of_them:
        talking = [all_of_them.submit(phone.talk, seconds) for phone in phones]
        heard = [one.result()[8000:-2000] for one in talking]
    return [{hertz: strength(signal, hertz) for hertz in (ANNA, JAN, EWA)} for signal in heard]


def connect(line: Daemon, caller: Softphone, number: str, callee: Softphone) -> None:
    """Let a phone call another one, and talk to it."""
    caller.call(number)
    callee.rings()
    callee.answer_call()
    caller.status(200)
    until(lambda: kinds(line, caller), lambda seen: "joined" in seen)


def kinds_of(line: Daemon, call_id: str) -> list[str]:
    """Return the kinds of what has happened so far in the call with that Call-ID."""
    return [event.kind for event in line.timeline(line.call_of(call_id).id)]


def kinds(line: Daemon, caller: Softphone) -> list[str]:
    """Return the kinds of what has happened so far in the call of a phone."""
    return kinds_of(line, caller.call_id)


def handed_over(line: Daemon, caller: Softphone) -> list[tuple[str, str, str]]:
    """Return who went, who came, and how, in a call that is over."""
    record = line.ended_call(caller.call_id)
    events = [e.details for e in line.timeline(record.id) if e.kind == "handed-over"]
    return [(str(e["from"]), str(e["to"]), str(e["how"])) for e in events]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=TRUNK)
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
    daemon.start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


@pytest.fixture
def anna(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "101-1", ANNA) as phone:
        yield phone


@pytest.fixture
def jan(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "102-1", JAN) as phone:
        yield phone


@pytest.fixture
def ewa(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "103-1", EWA) as phone:
        yield phone


def test_who_was_called_puts_through(
    firm: Daemon,
    anna: Softphone,
    jan: Softphone,
    ewa: Softphone,
) -> None:
    """The target sees the caller, not the one in the middle."""
    connect(firm, anna, "102", jan)
    assert jan.refer("103").status == 202
    jan.told(100)
    invite = ewa.rings()
    assert '"Anna Nowak" <sip:101@' in invite.header("From")
    jan.told(180)
    ewa.answer_call()
    jan.told(200)
    jan.hung_up()
    heard = talk(anna, ewa)
    assert heard[0][EWA] > 0.5
    assert heard[1][ANNA] > 0.5
    ewa.hang_up()
    anna.hung_up()
    assert handed_over(firm, anna) == [("Jan Kowal <102>", "Ewa Lis <103>", "blind")]


def test_who_has_called_puts_through_and_leaves_at_once(
    firm: Daemon,
    anna: Softphone,
    jan: Softphone,
    ewa: Softphone,
) -> None:
    """The phone that transfers sends BYE 300 ms after 202: caller and target are joined all the
    same.
    """
    connect(firm, anna, "102", jan)
    assert anna.refer("103").status == 202
    time.sleep(0.3)
    anna.hang_up()
    invite = ewa.rings()
    assert '"Jan Kowal" <sip:102@' in invite.header("From")
    ewa.answer_call()
    heard = talk(jan, ewa)
    assert heard[0][EWA] > 0.5
    assert heard[1][JAN] > 0.5
    jan.hang_up()
    ewa.hung_up()
    assert handed_over(firm, anna) == [("Anna Nowak <101>", "Ewa Lis <103>", "blind")]


def test_a_busy_target_leads_back_to_who_has_put_through(
    firm: Daemon,
    anna: Softphone,
    jan: Softphone,
    ewa: Softphone,
) -> None:
    """Blind target busy: back to who transferred."""
    connect(firm, anna, "102", jan)
    assert jan.refer("103").status == 202
    ewa.rings()
    ewa.decline()
    jan.told(486)
    firm.says(anna.call_id, "tone.music")
    until(lambda: kinds(firm, anna).count("prompt-end"), lambda count: count >= 2)
    heard = talk(anna, jan)
    assert heard[0][JAN] > 0.5
    assert heard[1][ANNA] > 0.5
    jan.hang_up()
    anna.hung_up()
    assert handed_over(firm, anna) == []


def test_attended(
    firm: Daemon,
    anna: Softphone,
    jan: Softphone,
    ewa: Softphone,
) -> None:
    """Refer-To names a dialog of our own: joined inside, no INVITE to ourselves, sipfrag 200, both
    legs of who transferred end.
    """
    with Softphone(firm.port, "102-1", 2000) as second:
        connect(firm, anna, "102", jan)
        jan.hold()
        connect(firm, second, "103", ewa)
        calls = len(firm.calls())
        assert jan.refer("103", second).status == 202
        jan.told(200)
        jan.hung_up()
        second.hung_up()
        heard = talk(anna, ewa)
        assert heard[0][EWA] > 0.5
        assert heard[1][ANNA] > 0.5
        anna.hang_up()
        ewa.hung_up()
        assert len(firm.calls()) == calls
        assert handed_over(firm, anna) == [("Jan Kowal <102>", "Ewa Lis <103>", "attended")]
        assert handed_over(firm, second) == [("Jan Kowal <102>", "Anna Nowak <101>", "attended")]


def test_what_who_puts_through_may_not_call(firm: Daemon, anna: Softphone, jan: Softphone) -> None:
    """REFER obeys the rights of who transfers."""
    connect(firm, anna, "102", jan)
    assert jan.refer("+4930123456").status == 202
    jan.told(403)
    firm.says(anna.call_id, "tone.music")
    anna.hang_up()
    jan.hung_up()
    assert handed_over(firm, anna) == []


def test_a_dialog_of_nobody(firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone) -> None:
    """It names a call of others: nothing is taken over, and nobody is called."""
    with Softphone(firm.port, "101-1") as other:
        connect(firm, anna, "102", jan)
        other.call("103")
        ewa.rings()
        ewa.answer_call()
        other.status(200)
        assert jan.refer("103", other).status == 202
        jan.told(481)
        other.hang_up()
        ewa.hung_up()
        anna.hang_up()
        jan.hung_up()
    assert handed_over(firm, anna) == []


def test_a_call_that_was_not_answered_yet_is_put_through_all_the_same(
    firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone
) -> None:
    """Who hangs up to put through while the colleague still rings."""
    with Softphone(firm.port, "102-1") as second:
        connect(firm, anna, "102", jan)
        second.call("103")
        ewa.rings()
        second.status(180)
        assert jan.refer("103", second).status == 202
        second.status(603)
        ewa.cancelled()
        assert '"Anna Nowak" <sip:101@' in ewa.rings().header("From")
        ewa.answer_call()
        jan.told(200)
        jan.hung_up()
        anna.hang_up()
        ewa.hung_up()
    assert handed_over(firm, anna) == [("Jan Kowal <102>", "Ewa Lis <103>", "blind")]


def test_by_keys(firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone) -> None:
    """A phone without a key for it: ``*2``, the number and ``#``; others' keys are relayed."""
    connect(firm, anna, "102", jan)
    anna.press("*1")
    jan.hears_keys("*1")
    jan.press("*2103#")
    ewa.rings()
    firm.says(anna.call_id, "tone.ringback")
    ewa.answer_call()
    jan.hung_up()
    heard = talk(anna, ewa)
    assert heard[0][EWA] > 0.5
    assert heard[1][ANNA] > 0.5
    anna.hang_up()
    ewa.hung_up()
    assert handed_over(firm, anna) == [("Jan Kowal <102>", "Ewa Lis <103>", "code")]


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_music_while_a_phone_holds(
    firm: Daemon, anna: Softphone, jan: Softphone, direction: str
) -> None:
    """When a phone holds, the other side hears music, never silence; it stops at resume."""
    connect(firm, anna, "102", jan)
    jan.hold(direction)
    firm.says(anna.call_id, "tone.music")
    with ThreadPoolExecutor() as both:
        hears = both.submit(anna.talk, 3)
        jan.talk(3)
        heard = hears.result()[4000:]
    assert strength(heard, JAN) < 0.01
    loud = np.abs(heard[: len(heard) // 400 * 400].reshape(-1, 400)).max(axis=1)
    assert (loud > 100).all(), "no half of a tenth of a second is silent"
    jan.hold("sendrecv")
    until(lambda: kinds(firm, anna), lambda seen: seen.count("prompt-end") == 1)
    assert talk(anna, jan)[0][JAN] > 0.5
    anna.hang_up()
    jan.hung_up()


def test_parked_and_fetched(firm: Daemon, jan: Softphone, ewa: Softphone, anna: Softphone) -> None:
    """Who parks is free; anybody of the house fetches whom they have parked."""
    with Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller:
        caller.send("INVITE", caller.offer())
        anna.rings()
        jan.rings()
        jan.answer_call()
        anna.cancelled()
        assert caller.answered().status == 200
        until(lambda: kinds_of(firm, caller.call_id), lambda seen: "joined" in seen)
        assert jan.refer("%2A70").status == 202
        jan.told(200)
        jan.hung_up()
        firm.says(caller.call_id, "tone.music")
        ewa.call("*70")
        ewa.status(200)
        until(lambda: kinds_of(firm, caller.call_id).count("joined"), lambda n: n == 2)
        assert ewa.talk(1).any()
        caller.hang_up()
        ewa.hung_up()
        record = firm.ended_call(caller.call_id)
        ewa.call("*70")
        ewa.status(200)
        firm.says(ewa.call_id, "put-through.place-empty")
        ewa.hung_up()
    events = [e.details for e in firm.timeline(record.id) if e.kind == "handed-over"]
    assert [tuple(e.values()) for e in events] == [
        ("Jan Kowal <102>", "*70", "park"),
        ("*70", "Ewa Lis <103>", "fetched"),
    ]
    assert [leg.party for leg in firm.legs(record)][-1] == "Ewa Lis <103>"


@pytest.mark.parametrize(
    ("refer_to", "code"),
    [
        ("", 400),
        ("Refer-To: ", 400),
        ("Refer-To: <>", 400),
        ("Refer-To: <sip:127.0.0.1>", 400),
        ("Refer-To: <mailto:ewa@firma.example>", 400),
        ("Refer-To: <sip:%0d%0aX@127.0.0.1>", 400),
        ("Refer-To: <sip:103@127.0.0.1>, <sip:102@127.0.0.1>", 400),
        (f"Refer-To: <sip:{'1' * 900}@127.0.0.1>", 202),
        ("Refer-To: <sip:103@127.0.0.1?Replaces=%00%3Bto-tag%3D1%3Bfrom-tag%3D>", 202),
        ("Refer-To: <sip:103@127.0.0.1?Replaces=>", 202),
        ("Refer-To: <sip:infolinia@127.0.0.1>", 202),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    firm: Daemon, anna: Softphone, jan: Softphone, refer_to: str, code: int
) -> None:
    """It is refused, or told to have failed; nobody rings, and the two talk on."""
    connect(firm, anna, "102", jan)
    assert jan.ask_within("REFER", *([refer_to] if refer_to else [])).status == code
    if code == 202:
        jan.told(481 if "Replaces" in refer_to else 404)
        firm.says(anna.call_id, "tone.music")
        until(lambda: kinds(firm, anna).count("prompt-end"), lambda count: count == 1)
    assert talk(anna, jan, seconds=2)[0][JAN] > 0.5
    anna.hang_up()
    jan.hung_up()
    assert handed_over(firm, anna) == []


def test_one_at_a_time(firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone) -> None:
    """A second REFER is declined while the first one is carried out."""
    connect(firm, anna, "102", jan)
    assert jan.refer("103").status == 202
    ewa.rings()
    assert jan.refer("101").status == 603
    assert anna.refer("103").status == 603
    anna.hang_up()
    ewa.cancelled()
    jan.told(487)
    jan.hung_up()


def test_a_caller_from_outside_puts_nobody_through(firm: Daemon, jan: Softphone) -> None:
    """A REFER of a trunk would make the line call whom it likes."""
    with Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller:
        caller.send("INVITE", caller.offer())
        jan.rings()
        jan.answer_call()
        assert caller.answered().status == 200
        until(lambda: kinds_of(firm, caller.call_id), lambda seen: "joined" in seen)
        caller.send("REFER", extra=(f"Refer-To: <sip:103@127.0.0.1:{firm.port}>",))
        assert caller.response("REFER").status == 603
        jan.hang_up()
        caller.await_bye()


def test_asked_first_by_keys(firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone) -> None:
    """``*3``: the other one hears music; ``*`` leads back, and hanging up puts through."""
    connect(firm, anna, "102", jan)
    jan.press("*3103#")
    assert '"Jan Kowal" <sip:102@' in ewa.rings().header("From")
    firm.says(anna.call_id, "tone.music")
    ewa.decline()
    until(lambda: kinds(firm, anna).count("prompt-end"), lambda count: count == 1)
    jan.press("*3103#")
    ewa.rings()
    ewa.answer_call()
    until(lambda: kinds(firm, anna).count("joined"), lambda count: count == 2)
    heard = talk(anna, jan, ewa)
    assert heard[0][JAN] + heard[0][EWA] < 0.1
    assert heard[1][EWA] > 0.5
    assert heard[2][JAN] > 0.5
    jan.hang_up()
    until(lambda: kinds(firm, anna), lambda seen: "handed-over" in seen)
    heard = talk(anna, ewa)
    assert heard[0][EWA] > 0.5
    assert heard[1][ANNA] > 0.5
    anna.hang_up()
    ewa.hung_up()
    assert handed_over(firm, anna) == [("Jan Kowal <102>", "Ewa Lis <103>", "attended")]


def test_a_caller_from_outside_is_put_through(firm: Daemon, jan: Softphone, ewa: Softphone) -> None:
    """The target sees the caller, not the one in the middle, and hears them."""
    with Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as caller:
        caller.send("INVITE", caller.offer())
        jan.rings()
        jan.answer_call()
        assert caller.answered().status == 200
        until(lambda: kinds_of(firm, caller.call_id), lambda seen: "joined" in seen)
        assert jan.refer("103").status == 202
        assert f"<sip:{STRANGER}@" in ewa.rings().header("From")
        ewa.answer_call()
        jan.told(200)
        jan.hung_up()
        until(lambda: kinds_of(firm, caller.call_id).count("joined"), lambda n: n == 2)
        with ThreadPoolExecutor() as both:
            talking = both.submit(ewa.talk, 3)
            caller.hears(2)
            talking.result()
        ewa.hang_up()
        caller.await_bye()
    record = firm.ended_call(caller.call_id)
    assert record.labels == {"user": "Ewa Lis", "group": "Biuro"}
    told = {leg.party: leg.talked for leg in firm.legs(record)}
    assert told["Jan Kowal <102>"] is not None
    assert told["Ewa Lis <103>"] is not None


def test_a_phone_takes_no_call_over_by_invite(
    firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone
) -> None:
    """INVITE with Replaces is refused, also from a phone, and nobody loses a call by it."""
    connect(firm, anna, "102", jan)
    fields = ewa.proof("INVITE"), f"Replaces: {jan.replaced()}"
    ewa.send(ewa.request("INVITE", *fields[0], fields[1], to="101", body=ewa.offer()))
    ewa.status(603)
    assert talk(anna, jan)[0][JAN] > 0.5
    anna.hang_up()
    jan.hung_up()
    assert handed_over(firm, anna) == []
