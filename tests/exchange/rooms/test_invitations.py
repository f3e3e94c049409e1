"""People are called into rooms: when, whom, and what becomes of it, through restarts as well."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.domain import Handler, LineClosed
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.rooms.calling_in import CallingIn
from sipagent.exchange.rooms.invitations import Invitation, Invitations, Outcome, State
from sipagent.exchange.rooms.inviting import Inviting
from sipagent.exchange.rooms.moments import planned as moment_of
from sipagent.exchange.rooms.planning import planned
from sipagent.exchange.rooms.schema import rooms
from sipagent.scenario.engine import Walk
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.party import Caller
from tests.exchange.house import ANNAS, FIRM, JANS
from tests.exchange.rooms.visits import ROOM, SOON, Hall
from tests.simulated import simulated

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ANNA = Invitation("Narada", "user:Anna Nowak", "", times.stored(NOW), "Europe/Warsaw")


# ------------------------------------------------------------------------------------ when


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 09:00", datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
        ("2026-07-01T09:00", datetime(2026, 7, 1, 7, 0, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2027-03-28 03:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_day_and_time_are_by_the_clocks_of_a_zone(text: str, moment: datetime) -> None:
    """A time that comes twice in the night of the change is the first of the two."""
    assert moment_of(text, WARSAW) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2027-03-28 02:30", "does not come: the clocks go forward then, to 03:30"),
        ("tomorrow", "is no day and time such as 2026-12-01 09:00"),
        ("2026-12-01 09:00+01:00", "is no day and time"),
    ],
)
def test_what_is_no_time_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        moment_of(text, WARSAW)


# ------------------------------------------------------------------------------------ kept


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with contextlib.closing(open_database(tmp_path / "line.db", [rooms])) as database:
        editing.replace(database, FIRM.model_copy(update={"rooms": (ROOM,)}))
        yield database


def test_whom_somebody_means(db: sqlite_utils.Database) -> None:
    settings = Config()
    assert planned(db, settings, "*1234", "101").target == "user:Anna Nowak"
    assert planned(db, settings, "Narada", "*022", by="101").target == "outside:Serwis"
    one = planned(db, settings, "Narada", "600700700", by="101", at="2099-01-01 10:00")
    assert (one.target, one.user) == ("+48600700700", "Anna Nowak")
    assert one.at == "2099-01-01T09:00:00.000+00:00"
    for target, kwargs, why in (
        ("600700700", {}, "say whose rights"),
        ("200", {}, "users and numbers outside are called into rooms"),
        ("999", {}, "nobody has the number"),
        ("101", {"at": "2020-01-01 10:00"}, "is over"),
        ("101", {"zone": "Europe/Nowhere", "at": "2099-01-01 10:00"}, "is no zone"),
    ):
        with pytest.raises(DataError, match=why):
            planned(db, settings, "Narada", target, **kwargs)


def test_an_invitation_goes_with_its_room_and_follows_its_name(db: sqlite_utils.Database) -> None:
    kept = Invitations(db)
    one = kept.plan(ANNA)
    editing.edit(db, "rooms", "Narada", {"name": "Zarząd"})
    assert kept.find(one.id).room == "Zarząd"
    editing.remove(db, "rooms", "Zarząd")
    assert kept.listed(over=True) == []


def test_one_that_was_begun_is_not_taken_back(db: sqlite_utils.Database) -> None:
    kept = Invitations(db)
    one, other = kept.plan(ANNA), kept.plan(ANNA)
    kept.cancel(other.id, NOW)
    assert kept.find(other.id).outcome == Outcome.CANCELLED
    assert kept.begin(one.id)
    assert not kept.begin(one.id), "nobody is called twice"
    with pytest.raises(DataError, match="begun, and cannot be taken back"):
        kept.cancel(one.id, NOW)


# ------------------------------------------------------------------------------------ begun


class Line:
    """Makes calls in which nothing is done but what a test says."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed = closed
        self.made: list[str] = []

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        if self.closed:
            raise LineClosed
        self.made.append(called)
        assert isinstance(handler, Walk)
        (step,) = handler.scenario.steps.values()
        assert isinstance(step, CallingIn)

        async def call() -> None:
            step.outcome = Outcome.CAME

        return asyncio.ensure_future(call())


async def looked(tmp_path: Path, line: Line, *, later: timedelta = timedelta()) -> list[Invitation]:
    """Let a line look whose time has come, and stop it; return how all stand."""
    async with Store(tmp_path / "line.db", [rooms]) as store:
        inviting = Inviting(store, lambda: FIRM, lambda: NOW + later)
        await inviting.look(line)
        await inviting.stop()
        return await store.read(lambda db: Invitations(db).listed(over=True))


async def test_each_is_called_once_at_its_time(db: sqlite_utils.Database, tmp_path: Path) -> None:
    kept, line = Invitations(db), Line()
    kept.plan(ANNA)
    kept.plan(
        Invitation("Narada", "user:Jan Kowal", "", times.stored(NOW + timedelta(hours=1)), "")
    )
    first, second = await looked(tmp_path, line)
    assert (first.outcome, second.state) == (Outcome.CAME, State.PLANNED)
    await looked(tmp_path, line)
    assert line.made == ["Narada"]
    await looked(tmp_path, line, later=timedelta(hours=1))
    assert line.made == ["Narada"] * 2, "what was planned survives a restart"


async def test_a_line_that_closes_leaves_it_to_the_next_which_may_be_too_late(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    Invitations(db).plan(ANNA)
    (one,) = await looked(tmp_path, Line(closed=True))
    assert one.state is State.PLANNED
    (one,) = await looked(tmp_path, Line(), later=timedelta(minutes=11))
    assert one.outcome == Outcome.LATE


async def test_one_that_a_killed_line_was_calling_is_called_no_more(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    kept = Invitations(db)
    one = kept.plan(ANNA)
    assert kept.begin(one.id)
    line = Line()
    async with Store(tmp_path / "line.db", [rooms]) as store:
        inviting = Inviting(store, lambda: FIRM, lambda: NOW)
        inviting.opened(line)
        while kept.find(one.id).state is not State.OVER:
            await asyncio.sleep(0.01)
        await inviting.stop()
    assert kept.find(one.id).outcome == Outcome.INTERRUPTED
    assert not line.made


# ----------------------------------------------------------------------------------- called


async def called(hall: Hall, target: str, *, user: str = "") -> str:
    """Have somebody called into the room; return what became of it."""
    calling = CallingIn(Invitation("Narada", target, user, times.stored(NOW), "Europe/Warsaw"))
    leg = FakeLeg(caller=Caller(None), called="Narada", sleep=asyncio.sleep)
    await calling.run(leg, hall.talk(hall.folder))
    assert leg.over
    assert not hall.phones.left
    return str(calling.outcome)


@simulated
async def test_who_answers_and_presses_the_key_comes_in_without_a_pin(tmp_path: Path) -> None:
    hall = Hall(tmp_path, pin="a hash")
    hall.phones.answer_as(ANNAS, Callee(after=3, script=["1"], talks=200))
    jan = hall.phone("102", "4711#")
    await asyncio.sleep(SOON)
    calling = asyncio.create_task(called(hall, "user:Anna Nowak"))
    await asyncio.sleep(SOON)
    (leg,) = hall.phones.legs
    assert "Zaproszenie do rozmowy w pokoju: Narada." in leg.words
    assert hall.hears(jan) == [leg.id]
    assert await calling == Outcome.CAME
    jan.hangs_up()
    await hall.empty()


@pytest.mark.parametrize(
    ("callee", "outcome"),
    [
        (Callee(after=3, talks=200), Outcome.NO_KEY),
        (Callee(after=3, script=["5", "6"], talks=200), Outcome.NO_KEY),
        (Callee(after=3, talks=1), Outcome.LEFT),
        (Callee(code=486), "busy"),
        (Callee(after=None), "no-answer"),
    ],
)
def test_who_does_not_come(tmp_path: Path, callee: Callee, outcome: str) -> None:
    """Answered by a machine is not answered by a person."""

    @simulated
    async def whole() -> None:
        hall = Hall(tmp_path)
        hall.phones.answer_as(ANNAS, callee)
        assert await called(hall, "user:Anna Nowak") == outcome
        await hall.empty()

    whole()


@simulated
async def test_a_number_outside_needs_the_rights_of_who_invites(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    assert await called(hall, "+48600700700") == "exchange.not-allowed"
    assert await called(hall, "+48600700700", user="Ewa Lis") == "exchange.not-allowed"
    hall.phones.answer_as("+48600700700", Callee(after=2, script=["1", "1"], talks=60))
    assert await called(hall, "+48600700700", user="Anna Nowak") == Outcome.CAME
    await hall.empty()


@simulated
async def test_a_full_room_lets_nobody_in(tmp_path: Path) -> None:
    hall = Hall(tmp_path, people=2)
    hall.phones.answer_as(JANS, Callee(after=3, script=["1"], talks=200))
    anna, ewa = hall.phone("101"), hall.phone("103")
    await asyncio.sleep(SOON)
    calling = asyncio.create_task(called(hall, "user:Jan Kowal"))
    await asyncio.sleep(2 * SOON)
    assert hall.phones.legs[0].heard[-1] == "rooms.full"
    assert await calling == Outcome.REFUSED
    for leg in (anna, ewa):
        leg.hangs_up()
    await hall.empty()
