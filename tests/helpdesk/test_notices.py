"""Notices of answers: made with them, shown until seen or put away, marked until seen."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from sipagent.helpdesk.notices.notices import Later, Notices
from sipagent.helpdesk.notices.schema import notices
from sipagent.store.database import open_database, writing
from sipagent.tickets.model import Asker, AskerKind, Kind, Way
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
JAN, EWA = (AskerKind.USER, "jan"), (AskerKind.OWNER, "100001")
ROOMS = (tickets, notices)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with closing(open_database(tmp_path / "line.db", ROOMS)) as db:
        yield db


def asked(db: sqlite_utils.Database, whom: tuple[AskerKind, str], subject: str = "Woda") -> int:
    asker = Asker(whom[0], whom[1], "Jan Kowalski")
    return Tickets(db).open(asker, Way.PANEL, subject, "Nie ma wody.")


def at(db: sqlite_utils.Database, moment: datetime = NOON) -> Notices:
    return Notices(db, lambda: moment)


def numbers(found: Notices, whom: tuple[AskerKind, str] = JAN) -> list[int]:
    return [one.number for one in found.shown(whom)]


def test_an_answer_pops_up_for_who_has_asked(db: sqlite_utils.Database) -> None:
    mine, theirs = asked(db, JAN), asked(db, EWA)
    visitor = asked(db, (AskerKind.VISITOR, ""))
    before = at(db).mark()
    for number in (mine, theirs, visitor):
        Tickets(db).note(number, "adm", "Niewidoczne.")
    assert at(db).mark() == before
    entries = [Tickets(db).answer(one, "adm", "Już jest.") for one in (mine, theirs, visitor)]
    assert at(db).mark() != before
    (notice,) = at(db).shown(JAN)
    assert (notice.entry, notice.number, notice.subject) == (entries[0], mine, "Woda")
    assert numbers(at(db), EWA) == [theirs]
    assert at(db).unopened(JAN) == {mine}
    assert at(db).unopened_of(mine) == {entries[0]}


def test_later_and_delete_are_ones_own(db: sqlite_utils.Database) -> None:
    number = asked(db, JAN)
    entry = Tickets(db).answer(number, "adm", "Już jest.")
    at(db).delete(EWA, entry)
    at(db).opened(EWA, number)
    at(db).postpone(EWA, entry, NOON + timedelta(days=9))
    assert numbers(at(db)) == [number]
    at(db).postpone(JAN, entry, NOON + timedelta(hours=1))
    soon = at(db, NOON + timedelta(minutes=59))
    assert numbers(soon) == []
    mark = soon.mark()
    hour = at(db, NOON + timedelta(hours=1))
    assert hour.mark() != mark  # whoever looks on is told that the time has come
    assert numbers(hour) == [number]
    hour.delete(JAN, entry)
    assert numbers(at(db, NOON + timedelta(days=999))) == []
    # It was never seen, and stays marked.
    assert at(db).unopened_of(number) == {entry}


def test_who_sees_a_ticket_sees_all_its_answers(db: sqlite_utils.Database) -> None:
    number, other = asked(db, JAN), asked(db, JAN)
    for text in ("Sprawdzamy.", "Już jest."):
        Tickets(db).answer(number, "adm", text)
    Tickets(db).answer(other, "adm", "Jutro.")
    assert numbers(at(db)) == [other, number, number]
    at(db).opened(JAN, number)
    assert numbers(at(db)) == [other]
    assert at(db).unopened(JAN) == {other}
    mark = at(db).mark()
    at(db).opened(JAN, number)  # again: nobody has to look again for that
    assert at(db).mark() == mark
    Tickets(db).answer(number, "adm", "I ciepła.")
    assert numbers(at(db)) == [number, other]


def test_notices_go_with_their_tickets(db: sqlite_utils.Database) -> None:
    number = asked(db, JAN)
    Tickets(db).answer(number, "adm", "Już jest.")
    mark = at(db).mark()
    Tickets(db).delete(Tickets(db).find(number).id)
    assert numbers(at(db)) == []
    assert at(db).mark() != mark


@pytest.mark.parametrize(
    ("later", "now", "expected"),
    [
        (Later.HOUR, "2026-11-27T23:30+01:00", "2026-11-28T00:30+01:00"),
        (Later.TOMORROW, "2026-11-27T00:30+01:00", "2026-11-28T08:00+01:00"),
        # The clocks are put back in between.
        (Later.TOMORROW, "2026-10-24T12:00+02:00", "2026-10-25T08:00+01:00"),
    ],
)
def test_when_somebody_is_reminded(later: Later, now: str, expected: str) -> None:
    warsaw = ZoneInfo("Europe/Warsaw")
    assert later.after(datetime.fromisoformat(now), warsaw) == datetime.fromisoformat(expected)


def answer_and_die(path: Path, number: int, done: bool) -> None:
    """Answer a ticket, and be killed just before or after that is committed."""
    with closing(open_database(path, ROOMS)) as db:
        with writing(db):
            Tickets(db).answer(number, "adm", "Już jest.", key="form")
            if not done:
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def test_an_answer_that_is_cut_off_has_its_notice_or_neither_is_there(tmp_path: Path) -> None:
    path = tmp_path / "line.db"
    with closing(open_database(path, ROOMS)) as db:
        number = asked(db, JAN)
    for done in (False, True, True):  # the form is sent again by who was not told
        one = multiprocessing.get_context("spawn").Process(
            target=answer_and_die, args=(path, number, done)
        )
        one.start()
        one.join()
        assert one.exitcode == -signal.SIGKILL
        with closing(open_database(path, ROOMS)) as db:
            answers = [one for one in Tickets(db).thread(number) if one.kind is Kind.ANSWER]
            assert len(answers) == done
            assert [one.entry for one in at(db).shown(JAN)] == [one.id for one in answers]
