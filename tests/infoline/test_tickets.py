"""Tickets: from the first dictated word to the answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError
from sipagent.infoline.tickets import Request, State, Tickets, tickets
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUEST = Request(
    manager=1,
    manager_name="Zarządca",
    estate="Wspólnota Lipowa",
    owner="100001",
    owner_name="Anna",
    premises="Mieszkanie 4",
    phone="+48600100101",
    call="c1",
    language="pl",
    email="biuro@example.org",
    reply_to="anna@example.org",
    recording="c1.wav",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    database = open_database(tmp_path / "line.db", [tickets])
    yield database
    database.close()


@pytest.fixture
def desk(db: sqlite_utils.Database) -> Tickets:
    return Tickets(db, lambda: NOW)


def submitted(desk: Tickets) -> int:
    return desk.submit(desk.draft(REQUEST), 8.5)


def test_a_draft_has_no_number_and_is_not_listed(desk: Tickets) -> None:
    desk.draft(REQUEST)
    assert [draft.number for draft in desk.drafts()] == [None]
    assert not desk.listed()
    assert not desk.waiting()


def test_numbers_are_short_and_in_order(desk: Tickets) -> None:
    assert [submitted(desk), submitted(desk), submitted(desk)] == [101, 102, 103]
    ticket = desk.find(102)
    assert (ticket.state, ticket.seconds, ticket.request) == (State.OPEN, 8.5, REQUEST)
    assert [one.number for one in desk.listed()] == [103, 102, 101]
    assert not desk.drafts()


def test_submitting_twice_gives_the_same_number(desk: Tickets) -> None:
    draft = desk.draft(REQUEST)
    assert desk.submit(draft, 1.0) == desk.submit(draft, 2.0) == 101


def test_a_discarded_draft_is_gone_and_a_ticket_cannot_be_discarded(desk: Tickets) -> None:
    draft = desk.draft(REQUEST)
    desk.discard(draft)
    assert not desk.drafts()
    with pytest.raises(DataError, match="there is no draft"):
        desk.submit(draft, 1.0)
    kept = desk.draft(REQUEST)
    desk.submit(kept, 1.0)
    desk.discard(kept)
    assert desk.find(101)


def test_what_waits_for_words(desk: Tickets) -> None:
    submitted(desk)
    submitted(desk)
    first, second = desk.waiting()
    desk.transcribed(first.id, Transcription.DONE, "Cieknie woda.")
    assert [one.id for one in desk.waiting()] == [second.id]
    assert desk.find(101).transcript == "Cieknie woda."


def test_answering_and_closing(desk: Tickets) -> None:
    submitted(desk)
    desk.note(101, "administration", "Hydraulik będzie jutro.", State.ANSWERED)
    desk.note(101, "administration", "Naprawione.", State.CLOSED)
    assert [note.text for note in desk.notes(101)] == ["Hydraulik będzie jutro.", "Naprawione."]
    assert desk.find(101).state is State.CLOSED
    assert not desk.listed(states=[State.OPEN])
    with pytest.raises(DataError, match="there is no ticket 7; see: sipagent tickets list"):
        desk.note(7, "administration", "?", State.CLOSED)


def test_tickets_of_one_owner(desk: Tickets) -> None:
    submitted(desk)
    assert len(desk.listed(owner="100001")) == 1
    assert not desk.listed(owner="100002")


def test_old_recordings_and_words_go_but_the_ticket_stays(desk: Tickets) -> None:
    submitted(desk)
    ticket = desk.find(101)
    desk.transcribed(ticket.id, Transcription.DONE, "Cieknie woda.")
    assert not desk.recorded_before(NOW, 0, 100)
    later = NOW + timedelta(days=1)
    assert [one.id for one in desk.recorded_before(later, 0, 100)] == [ticket.id]
    desk.forget_recording(ticket.id)
    assert not desk.recorded_before(later, 0, 100)
    assert desk.forget_words(later, None) == 1
    assert desk.find(101).transcript
    assert desk.forget_words(later, 100) == 1
    assert desk.find(101).transcript == ""
