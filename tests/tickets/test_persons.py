"""Tickets of a person who is erased: what was asked goes, that it was asked stays."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.config import Config, PathsSection
from sipagent.persons import erasing
from sipagent.persons.person import ERASED, Person
from sipagent.persons.schema import persons
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.model import Asker, AskerKind, Filter, Voice, Way
from sipagent.tickets.persons import asked
from sipagent.tickets.schema import tickets
from sipagent.tickets.sweeping import strays
from sipagent.tickets.tickets import Tickets

pytestmark = pytest.mark.unit

HER = Asker(AskerKind.OWNER, "100001", "Anna Żak", "+48600100101", "anna@example.org", manager=1)
NEXT = Asker(AskerKind.OWNER, "100002", "Bogdan Lis", "+48600100102", "b@example.org", manager=1)
PERSON = Person.of(
    logins=["100001"], names=[HER.name], numbers=[HER.phone], emails=[HER.email], people=["ewa"]
)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def filled(config: Config, db: sqlite_utils.Database) -> Tickets:
    """Keep a ticket of hers, and one of a neighbour who mentions her."""
    paths = config.paths
    kept = Tickets(db, lambda: NOW)
    files = Attachments(paths.attachments, 5, 10_000).keep([Offered("umowa.txt", b"Umowa z gminy")])
    paths.recordings.mkdir()
    (paths.recordings / "c.wav").write_bytes(b"RIFF")
    voice = Voice("c.wav", 4.2, transcript="Kapie z sufitu.")
    first = kept.open(HER, Way.PHONE, "Przeciek", "Kapie", files=files, voice=voice)
    kept.change(first, "ewa", assignee="ewa", subject="Przeciek w łazience")
    kept.answer(first, "ewa", "Przyjdzie hydraulik.")
    kept.open(NEXT, Way.MAIL, "Hałas", "Sąsiadka Anna Żak (600 100 101) hałasuje w nocy.")
    return kept


def test_what_was_asked_goes_and_that_it_was_stays(tmp_path: Path) -> None:
    config = Config(
        paths=PathsSection(attachments=tmp_path / "files", recordings=tmp_path / "sound")
    )
    with closing(open_database(tmp_path / "x.db", [tickets, persons])) as db:
        kept = filled(config, db)
        found = kept.find(101)
        holding = asked(config.paths)
        held = holding.find(db, PERSON)
        assert {"tickets", "ticket_entries", "ticket_files"} <= held.by_name().keys()
        assert {one.name for one in held.files} == {"1-umowa.txt", "c.wav"}
        erased = erasing.erase(db, [holding], PERSON, NOW)
        assert erased.left == []
        after, thread = kept.find(101), kept.thread(101)
        same = ("number", "status", "importance", "way", "created", "answered", "solved")
        assert [getattr(after, name) for name in same] == [getattr(found, name) for name in same]
        assert after.asker == Asker(AskerKind.OWNER, "", ERASED, manager=1)
        assert {one.text for one in thread} == {ERASED}
        assert [one.voice.seconds for one in thread if one.voice] == [4.2]
        assert not any(one.files for one in thread)
        assert [list(folder.iterdir()) for folder in (tmp_path / "files", tmp_path / "sound")] == [
            [],
            [],
        ]
        # The neighbour's ticket is found by the rest of its words, and not by her.
        assert kept.thread(102)[0].text == f"Sąsiadka {ERASED} () hałasuje w nocy."
        assert [one.number for one in kept.listed(Filter(words="hałasować"))] == [102]
        assert [kept.listed(Filter(words=word)) for word in ("Żak", "łazienka", "sufit")] == [
            []
        ] * 3
    told = b"".join(path.read_bytes() for path in tmp_path.glob("x.db*")).lower()
    names = ("600100101", "600 100 101", "anna@", "żak", "kapie", "hydraulik", "łazienc")
    assert [name for name in names if name.encode() in told] == []


async def test_attachments_of_nothing_are_swept_up_after_a_day(tmp_path: Path) -> None:
    config = Config(paths=PathsSection(attachments=tmp_path / "files"))
    files = Attachments(tmp_path / "files", 5, 10_000)
    with closing(open_database(tmp_path / "x.db", [tickets])) as db:
        (named,) = files.keep([Offered("a.txt", b"named")])
        Tickets(db).open(HER, Way.PANEL, "Z plikiem", "", files=[named])
        files.keep([Offered("b.txt", b"stray")])
        for days, dry_run, there in ((0, True, 2), (1, False, 2), (0, False, 1)):
            late = datetime.now(UTC) - timedelta(days=days) + timedelta(seconds=1)
            (count,) = strays(config).delete(Single(db), late, dry_run)
            assert count == (days == 0)
            assert len(list((tmp_path / "files").iterdir())) == there
