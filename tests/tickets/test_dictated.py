"""Tickets that are spoken: from a draft to the words; and those of older databases."""

from pathlib import Path

import pytest
import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError
from sipagent.store.database import open_database, writing
from sipagent.tickets import schema
from sipagent.tickets.dictated import Dictated
from sipagent.tickets.model import Filter, Kind, Status, Voice
from sipagent.tickets.tickets import Tickets
from tests.tickets.test_tickets import ANNA, NOW, numbers

pytestmark = pytest.mark.unit


@pytest.fixture
def db(tmp_path: Path) -> sqlite_utils.Database:
    return open_database(tmp_path / "line.db", [schema.tickets])


@pytest.fixture
def dictated(db: sqlite_utils.Database) -> Dictated:
    return Dictated(db, lambda: NOW)


def submitted(dictated: Dictated, recording: str = "c1.wav") -> int:
    return dictated.submit(dictated.draft(ANNA, recording, "c1"), 8.5)


def test_a_draft_has_no_number_and_is_not_listed(
    dictated: Dictated, db: sqlite_utils.Database
) -> None:
    draft = dictated.draft(ANNA, "c1.wav", "c1")
    (found,) = dictated.drafts()
    assert (found.ticket.id, found.ticket.number, found.voice) == (draft, 0, Voice("c1.wav"))
    assert not Tickets(db).listed(Filter())
    assert not dictated.waiting()


def test_numbers_are_short_and_in_order(dictated: Dictated, db: sqlite_utils.Database) -> None:
    assert [submitted(dictated), submitted(dictated), submitted(dictated)] == [101, 102, 103]
    ticket = Tickets(db).find(102)
    assert (ticket.status, ticket.call, ticket.asker) == (Status.NEW, "c1", ANNA)
    assert numbers(Tickets(db)) == [103, 102, 101]
    assert not dictated.drafts()


def test_submitting_twice_gives_the_same_number(dictated: Dictated) -> None:
    draft = dictated.draft(ANNA, "c1.wav", "c1")
    assert dictated.submit(draft, 1.0) == dictated.submit(draft, 2.0) == 101
    assert dictated.waiting()[0].voice.seconds == 1.0


def test_a_discarded_draft_is_gone_and_a_ticket_cannot_be_discarded(
    dictated: Dictated, db: sqlite_utils.Database
) -> None:
    draft = dictated.draft(ANNA, "c1.wav", "c1")
    dictated.discard(draft)
    assert not dictated.drafts()
    with pytest.raises(DataError, match="there is no draft"):
        dictated.submit(draft, 1.0)
    kept = dictated.draft(ANNA, "c1.wav", "c1")
    dictated.submit(kept, 1.0)
    dictated.discard(kept)
    assert Tickets(db).find(101)


def test_what_waits_for_words(dictated: Dictated, db: sqlite_utils.Database) -> None:
    submitted(dictated)
    submitted(dictated)
    first, second = dictated.waiting()
    dictated.transcribed(first.entry, Transcription.DONE, "Cieknie woda z żółtej rury.")
    assert [one.entry for one in dictated.waiting()] == [second.entry]
    assert Tickets(db).find(101).heading == "Cieknie woda z żółtej rury."
    assert numbers(Tickets(db), words="zoltej") == [101]
    Tickets(db).delete(second.ticket.id)
    dictated.transcribed(second.entry, Transcription.FAILED)  # nobody minds


OLD = """
INSERT INTO tickets (id, number, state, created, updated, manager, manager_name, estate, owner,
    owner_name, premises, phone, call, language, email, reply_to, recording, seconds,
    transcription, transcript)
VALUES (?, ?, ?, '2026-01-01T00:00:00+00:00', '2026-01-02T00:00:00+00:00', 1, 'Zarządca',
    'Lipowa', '100001', 'Anna', ?, ?, 'c1', 'pl', 'biuro@example.org', ?, 'c.wav', 4.5, ?, ?)
"""
NOTE = "INSERT INTO ticket_notes (ticket, at, author, text) VALUES (?, '2026-01-02', ?, ?)"


def test_requests_of_older_databases_are_taken_over_with_their_numbers(tmp_path: Path) -> None:
    """Whatever they were in the middle of, and however they ended."""
    path = tmp_path / "old.db"
    db = open_database(path, [])
    with writing(db):
        schema.tickets.apply(db, stop_before="one_place")
        for row in (
            (1, 107, "open", "M4", None, "", "waiting", ""),
            (2, 108, "answered", "", "+48600100101", "a@example.org", "done", "Źródło"),
            (3, 109, "closed", "", None, "", "failed", ""),
            (4, None, "draft", "", None, "", "waiting", ""),
        ):
            db.execute(OLD, row)
        db.execute("INSERT INTO deleted_tickets VALUES (120)")
        for note in (
            (2, "administration", "Hydraulik będzie jutro."),
            (3, "owner", "Dalej cieknie."),
            (3, "administration", "Będziemy jutro."),
            (3, "system", "upomnienie"),
            (3, "administration", "naprawione"),
        ):
            db.execute(NOTE, note)
    db.close()
    db = open_database(path, [schema.tickets])
    kept, dictated = Tickets(db), Dictated(db)
    assert [(one.number, one.status.value) for one in kept.listed(Filter())] == [
        *((109, "closed"), (108, "waiting"), (107, "new")),
    ]
    assert kept.find(107).asker.about == "Lipowa; M4"
    assert (kept.find(108).asker.phone, kept.find(107).asker.phone) == ("+48600100101", "")
    assert [one.ticket.id for one in dictated.drafts()] == [4]
    assert [one.ticket.number for one in dictated.waiting()] == [107]
    assert kept.thread(108)[0].voice == Voice("c.wav", 4.5, Transcription.DONE, "Źródło")
    assert (kept.find(108).answered, kept.find(108).solved) == ("2026-01-02", None)
    assert kept.find(109).solved == "2026-01-02T00:00:00+00:00"
    assert [(one.kind, one.who, one.text) for one in kept.thread(109)[1:]] == [
        (Kind.QUESTION, "Anna", "Dalej cieknie."),
        (Kind.ANSWER, "Zarządca", "Będziemy jutro."),
        (Kind.EVENT, "Zarządca", "upomnienie"),
        (Kind.NOTE, "Zarządca", "naprawione"),
    ]
    assert numbers(kept, words="zrodlo") == [108]
    assert submitted(dictated) == 121
    db.close()
