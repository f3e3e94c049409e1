"""Tickets: opened whichever way, answered, changed, found; nothing of it twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.store.database import open_database
from sipagent.tickets.model import (
    Asker,
    AskerKind,
    Attachment,
    Change,
    Filter,
    Importance,
    Kind,
    Status,
    Way,
)
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANNA = Asker(
    kind=AskerKind.OWNER,
    ref="100001",
    name="Anna Źdźbło",
    phone="+48600100101",
    email="anna@example.org",
    manager=1,
    about="Wspólnota Lipowa; Mieszkanie 4",
)
JAN = Asker(AskerKind.USER, "jan", "Jan", email="jan@example.org")


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    database = open_database(tmp_path / "line.db", [tickets])
    yield database
    database.close()


@pytest.fixture
def desk(db: sqlite_utils.Database, clock: Clock) -> Tickets:
    return Tickets(db, clock)


def numbers(desk: Tickets, **wanted: object) -> list[int]:
    return [one.number for one in desk.listed(Filter(**wanted))]  # type: ignore[arg-type]


def test_a_ticket_is_opened_with_its_first_entry(desk: Tickets) -> None:
    file = Attachment("plan.png", "ab12.png", "image/png", 2048)
    assert desk.open(ANNA, Way.PAGE, " Cieknie \n kran ", "W kuchni.", files=[file]) == 101
    assert desk.open(JAN, Way.PANEL, "", "Telefon nie dzwoni", importance=Importance.HIGH) == 102
    ticket = desk.find(101)
    assert (ticket.status, ticket.importance, ticket.way) == (
        Status.NEW,
        Importance.NORMAL,
        Way.PAGE,
    )
    assert (ticket.heading, ticket.words, ticket.asker) == ("Cieknie kran", "W kuchni.", ANNA)
    assert (ticket.answered, ticket.solved) == (None, None)
    assert desk.find(102).heading == "Telefon nie dzwoni"
    (entry,) = desk.thread(101)
    assert (entry.kind, entry.who, entry.text) == (Kind.QUESTION, "Anna Źdźbło", "W kuchni.")
    assert [replace(one, id=0) for one in entry.files] == [file]
    assert desk.changes(101) == []
    with pytest.raises(DataError, match="a ticket needs a subject or a text"):
        desk.open(JAN, Way.PANEL, " ", "\n")
    with pytest.raises(DataError, match="there is no ticket 7; see: sipagent tickets list"):
        desk.find(7)


def test_answers_notes_and_replies_make_a_thread_and_a_history(desk: Tickets, clock: Clock) -> None:
    desk.open(ANNA, Way.PAGE, "Kran", "Cieknie.")
    clock.on(hours=1)
    desk.note(101, "ewa", "To ten sam kran co w maju.")
    desk.change(101, "ewa", assignee="ewa", status=Status.WORK)
    desk.answer(101, "ewa", "Hydraulik będzie jutro.", way="mail", message_id="<a@example.net>")
    assert desk.find(101).status is Status.WAITING
    clock.on(hours=1)
    desk.answer(101, "ewa", "Naprawione.", status=Status.SOLVED)
    solved = desk.find(101)
    assert (solved.answered, solved.solved) == (
        "2026-11-23T13:00:00+00:00",
        "2026-11-23T14:00:00+00:00",
    )
    desk.reply(101, "Dalej cieknie.", way=Way.MAIL)
    again = desk.find(101)
    assert (again.status, again.solved, again.version) == (Status.WORK, None, 6)
    assert [one.kind.value for one in desk.thread(101)] == [
        *("question", "note", "answer", "answer", "question"),
    ]
    assert Kind.NOTE not in [one.kind for one in desk.thread(101, notes=False)]
    at = "2026-11-23T13:00:00+00:00"
    assert desk.changes(101)[:3] == [
        Change(at, "ewa", "status", "new", "work"),
        Change(at, "ewa", "assignee", "", "ewa"),
        Change(at, "ewa", "status", "work", "waiting"),
    ]
    assert [(one.who, one.after) for one in desk.changes(101)[3:]] == [
        *(("ewa", "solved"), ("Anna Źdźbło", "work")),
    ]


def test_what_nobody_works_on_is_new_again_when_its_asker_speaks(desk: Tickets) -> None:
    desk.open(ANNA, Way.PAGE, "Kran", "Cieknie.")
    desk.change(101, "ewa", status=Status.CLOSED)
    desk.reply(101, "Dalej cieknie.")
    assert desk.find(101).status is Status.NEW
    before = desk.find(101)
    desk.change(101, "ewa", status=Status.NEW, subject="Kran")
    assert desk.find(101) == before  # what is the same is no change
    for become in (desk.change, partial(desk.answer, text="Jutro.")):
        with pytest.raises(DataError, match="never becomes a draft"):
            become(101, "ewa", status=Status.DRAFT)
    assert desk.find(101) == before
    for add in (desk.answer, desk.note):
        with pytest.raises(DataError, match=r"an empty (answer|note) is not kept"):
            add(101, "ewa", " ")
    with pytest.raises(DataError, match="an empty question is not kept"):
        desk.reply(101, "\n")


def test_a_mail_and_a_form_are_taken_once(desk: Tickets) -> None:
    mail, form = "<1@example.org>", "f00d"
    assert desk.open(ANNA, Way.MAIL, "Kran", "x", message_id=mail) == 101
    assert desk.open(ANNA, Way.MAIL, "Kran", "x", message_id=mail) == 101
    assert desk.open(JAN, Way.PANEL, "Telefon", "x", key=form) == 102
    assert desk.open(JAN, Way.PANEL, "Telefon", "x", key=form) == 102
    first = desk.reply(101, "Halo?", message_id="<2@example.org>")
    assert desk.reply(101, "Halo?", message_id="<2@example.org>") == first
    assert desk.answer(101, "ewa", "Tak?", key="a") == desk.answer(101, "ewa", "Tak?", key="a")
    assert desk.note(101, "ewa", "Hm.", key="b") == desk.note(101, "ewa", "Hm.", key="b")
    assert len(desk.thread(101)) == 4
    assert desk.find(101).version == 4
    assert desk.by_mail(["<9@x>", "<2@example.org>", ""]) == 101
    assert desk.by_mail(["<9@x>"]) is None


def test_lists_have_filters(desk: Tickets, clock: Clock) -> None:
    desk.open(ANNA, Way.PHONE, "Kran", "Cieknie.")
    clock.on(days=1)
    desk.open(JAN, Way.PANEL, "Telefon", "Nie dzwoni.", importance=Importance.URGENT)
    desk.open(replace(ANNA, manager=2, ref="100002"), Way.MAIL, "Winda", "Stoi.")
    desk.change(102, "ewa", assignee="ewa", status=Status.WORK)
    assert numbers(desk) == [103, 102, 101]
    assert numbers(desk, before=103, limit=1) == [102]
    assert numbers(desk, statuses=[Status.WORK, Status.SOLVED]) == [102]
    assert numbers(desk, importances=[Importance.URGENT]) == [102]
    assert numbers(desk, ways=[Way.PHONE, Way.MAIL]) == [103, 101]
    assert numbers(desk, assignee="ewa") == [102]
    assert numbers(desk, assignee="") == [103, 101]
    assert numbers(desk, manager=2) == [103]
    assert numbers(desk, unmanaged=True) == [102]
    assert numbers(desk, asker=(AskerKind.OWNER, "100001")) == [101]
    assert numbers(desk, since=NOW + timedelta(hours=1)) == [103, 102]
    assert numbers(desk, until=NOW + timedelta(hours=1)) == [101]


def test_words_are_found_whatever_their_signs_wherever_they_are(desk: Tickets) -> None:
    desk.open(ANNA, Way.PAGE, "Źle działa dzwonek", "Żółty kabel wystaje z łóżka.")
    desk.open(JAN, Way.PANEL, "Dzwonek", "Nie słychać.")
    desk.note(102, "ewa", "Proszę sprawdzić bezpiecznik.")
    assert numbers(desk, words="zolty lozka") == [101]
    assert numbers(desk, words="ŻÓŁTY") == [101]
    assert numbers(desk, words="dzwon") == [102, 101]
    assert numbers(desk, words="łóżkiem kabli") == [101]
    assert numbers(desk, words="dzwonkami") == [102, 101]
    assert numbers(desk, words="zdzblo dzwonek") == [101]
    assert numbers(desk, subject="dzwonek") == [102, 101]
    assert numbers(desk, subject="kabel") == []
    assert numbers(desk, who="zdzblo") == numbers(desk, who="lipowej") == [101]
    assert numbers(desk, who="kabel") == []
    assert numbers(desk, words="bezpiecznik") == [102]
    assert numbers(desk, words="bezpiecznik", notes=False) == []
    desk.change(102, "ewa", subject="Domofon")
    assert numbers(desk, words="domofon") == [102]
    assert numbers(desk, subject="dzwonek") == [101]
    for hostile in ('"', "*", "x OR", "_", "words:", "NEAR(", "-", "'; DROP", "(" * 9):
        assert numbers(desk, words=hostile) == []


def test_a_deleted_ticket_leaves_nothing_and_its_number_is_not_given_again(
    desk: Tickets, db: sqlite_utils.Database
) -> None:
    desk.open(ANNA, Way.PAGE, "Kran", "x", files=[Attachment("a.png", "a", "image/png", 1)])
    desk.change(101, "ewa", status=Status.CLOSED)
    desk.delete(desk.find(101).id)
    for table in ("tickets", "ticket_entries", "ticket_files", "ticket_changes", "ticket_words"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert desk.open(ANNA, Way.PAGE, "Kran", "x") == 102
