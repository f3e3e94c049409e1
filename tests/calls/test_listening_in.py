"""Somebody listens in on a real call: what each party hears, whatever becomes of the call."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from sipagent.config_sources import load
from sipagent.control.client import ask
from sipagent.exchange import editing
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.model import Exchange, LineNumber, Phone, User
from sipagent.exchange.schema import exchange
from sipagent.exchange.softphone import hashes
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.headset import Headset
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, strength
from tests.calls.test_firm_calls import CARRIER, MAIN, PASSWORD, PEOPLE, STRANGER, TRUNK
from tests.calls.test_put_through import connect

pytestmark = pytest.mark.line

MARIA, PIN = "Maria Zych", "590318"
ALL = {**PEOPLE, "110-1": MARIA}
#: What each of them sends, in Hz.
TONES = {"101-1": 400, "102-1": 900, "103-1": 1600, "110-1": 2000}
FIRM = Exchange(
    users=tuple(
        User(
            name=name,
            number=account[:3],
            rights=("internal", "listen") if name == MARIA else ("internal",),
            listening_tone=account == "101-1",
        )
        for account, name in sorted(ALL.items())
    ),
    phones=tuple(
        Phone(account=account, user=name, **hashes(account, PASSWORD, "sipagent"))
        for account, name in sorted(ALL.items())
    ),
    numbers=(LineNumber(number=MAIN, leads_to="scenario:listening"),),
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=TRUNK)
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
        editing.set_pin(db, MARIA, PIN, kind="users")
    with at_work(daemon, FIRM):
        yield daemon


@pytest.fixture
def anna(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "101-1", TONES["101-1"]) as phone:
        yield phone


@pytest.fixture
def jan(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "102-1", TONES["102-1"]) as phone:
        yield phone


@pytest.fixture
def ewa(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "103-1", TONES["103-1"]) as phone:
        yield phone


@pytest.fixture
def maria(firm: Daemon) -> Iterator[Softphone]:
    with Softphone(firm.port, "110-1", TONES["110-1"]) as phone:
        yield phone


def hear(*phones: Softphone | Headset) -> list[set[str]]:
    """Let phones talk at once; return for each of them the accounts of those whom it hears."""
    with ThreadPoolExecutor(len(phones)) as all_of_them:
        talking = [all_of_them.submit(phone.talk, 2) for phone in phones]
        heard = [one.result()[7000:-1500] for one in talking]
    return [
        {account for account, hertz in TONES.items() if strength(signal, hertz) > 0.01}
        for signal in heard
    ]


def heard_by(line: Daemon, call: Softphone, *modes: str) -> None:
    """Return once somebody has listened to a call in just these ways, one after the other."""

    def seen() -> list[str]:
        timeline = line.timeline(line.call_of(call.call_id).id)
        return [str(event.details["mode"]) for event in timeline if event.kind == "heard-by"]

    until(seen, lambda found: found == list(modes))


def test_a_whisper_reaches_the_agent_and_never_the_caller(
    firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone, maria: Softphone
) -> None:
    """Whisper: nothing of the supervisor in the caller's RTP, also after re-INVITE, hold and
    transfer.
    """
    connect(firm, ewa, "102", jan)
    maria.call("*55102")
    maria.status(200)
    maria.press(f"{PIN}#")
    heard_by(firm, ewa, "listen")
    maria.press("5")
    heard_by(firm, ewa, "listen", "whisper")
    ewa.hold("sendrecv")
    firm.says(maria.call_id, "listening.whisper")
    caller, agent, supervisor = hear(ewa, jan, maria)
    assert caller == {"102-1"}
    assert agent == {"103-1", "110-1"}
    assert supervisor >= {"102-1", "103-1"}
    jan.hold()
    firm.says(ewa.call_id, "tone.music")
    caller, _ = hear(ewa, maria)
    assert not caller & {"102-1", "110-1"}
    jan.hold("sendrecv")
    assert jan.refer("101").status == 202
    anna.rings()
    anna.answer_call()
    jan.told(200)
    jan.hung_up()
    firm.says(maria.call_id, "listening.waits")
    caller, target, _ = hear(ewa, anna, maria)
    assert (caller, target) == ({"101-1"}, {"103-1"})
    maria.hang_up()
    ewa.hang_up()
    anna.hung_up()
    heard = firm.ended_call(ewa.call_id)

    def uses() -> list[tuple[object, ...]]:
        with closing(open_database(firm.database, [listening])) as db:
            rows = db.execute("SELECT listener, whom, call, mode, ended IS NULL FROM listens")
            return list(rows.fetchall())

    both = (MARIA, "Jan Kowal <102>", heard.id)
    until(uses, [(*both, "listen", 0), (*both, "whisper", 0)].__eq__)


def test_a_command_rings_who_is_to_listen_and_ends_the_call(
    firm: Daemon, anna: Softphone, ewa: Softphone, maria: Softphone
) -> None:
    """All hear who joins in, and the command that ends it ends it for all."""
    settings = load(firm.config, {})
    connect(firm, ewa, "101", anna)
    (live,) = ask(settings, "calls.live")
    assert live["members"] == ["Ewa Lis <103>", "Anna Nowak <101>"]
    begun = ask(settings, "calls.listen", call=live["id"], listener="110")
    assert begun == {"id": live["id"], "rings": MARIA, "whom": "Anna Nowak <101>"}
    maria.rings()
    maria.answer_call()
    heard_by(firm, ewa, "listen")
    maria.press("6")
    heard_by(firm, ewa, "listen", "barge")
    (live,) = ask(settings, "calls.live")
    assert live["listeners"] == ["Maria Zych <110> (barge)"]
    caller, agent, _ = hear(ewa, anna, maria)
    assert caller == {"101-1", "110-1"}
    assert agent == {"103-1", "110-1"}
    ask(settings, "calls.hangup", call=live["id"])
    ewa.hung_up()
    anna.hung_up()
    maria.hang_up()
    assert firm.ended_call(ewa.call_id).ended_by == "agent"
    until(lambda: ask(settings, "calls.live"), [].__eq__)


def test_from_a_telephone_outside(firm: Daemon, jan: Softphone, ewa: Softphone) -> None:
    """The own internal number and the PIN open it; then a number chooses whom to listen to."""
    connect(firm, ewa, "102", jan)
    with Peer(firm.port, STRANGER, called=MAIN, host=CARRIER) as supervisor:
        assert supervisor.call().status == 200
        supervisor.press(f"110#{PIN}#102#")
        heard_by(firm, ewa, "listen")
        supervisor.press("*")
        supervisor.hears()
        supervisor.hang_up()
        record = firm.ended_call(supervisor.call_id)
    ewa.hang_up()
    jan.hung_up()
    heard = [e.details for e in firm.timeline(record.id) if e.kind == "listening"]
    assert [(one["whom"], one["mode"]) for one in heard] == [("Jan Kowal <102>", "listen")]
    assert PIN not in firm.pressed(record.id)


def test_at_a_browser_a_whisper_reaches_the_agent_and_never_the_caller(
    firm: Daemon, anna: Softphone, jan: Softphone, ewa: Softphone
) -> None:
    """A headset is a leg that hears: the same paths, on record, also after re-INVITE, hold and
    transfer.
    """
    settings = load(firm.config, {})
    connect(firm, ewa, "102", jan)
    call = firm.call_of(ewa.call_id).id
    with Headset(settings, call, "110", TONES["110-1"]) as maria:
        assert maria.answer == {"id": call, "whom": "Jan Kowal <102>"}
        maria.told("listening", "Jan Kowal <102>", '"listen"')
        maria.press("5")
        maria.told("listening", '"whisper"')
        ewa.hold("sendrecv")
        caller, agent, supervisor = hear(ewa, jan, maria)
        assert (caller, agent) == ({"102-1"}, {"103-1", "110-1"})
        assert supervisor == {"102-1", "103-1"}
        jan.hold()
        firm.says(ewa.call_id, "tone.music")
        caller, _ = hear(ewa, maria)
        assert not caller & {"102-1", "110-1"}
        jan.hold("sendrecv")
        assert jan.refer("101").status == 202
        anna.rings()
        anna.answer_call()
        jan.told(200)
        jan.hung_up()
        maria.told("says", "listening.waits")
        assert hear(ewa, anna, maria) == [{"101-1"}, {"103-1"}, set()]
    ewa.hang_up()
    anna.hung_up()
    heard = firm.ended_call(ewa.call_id)

    def uses() -> list[tuple[object, ...]]:
        with closing(open_database(firm.database, [listening])) as db:
            rows = db.execute(
                "SELECT listener, whom, mode, ended IS NULL FROM listens WHERE call = ?", [heard.id]
            )
            return list(rows.fetchall())

    both = (MARIA, "Jan Kowal <102>")
    until(uses, [(*both, "listen", 0), (*both, "whisper", 0)].__eq__)
