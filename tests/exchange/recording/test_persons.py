"""Recorded conversations of a person: sealed ones are opened for them, and go with their key."""

from contextlib import closing
from pathlib import Path

import pytest

from sipagent.config import Config, PathsSection, RecordingSection
from sipagent.exchange.recording.persons import recordings
from sipagent.exchange.recording.schema import recording
from sipagent.persons.person import Person
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.exchange.recording.samples import voices
from tests.panel.recordings import KEY, keep, write_key

pytestmark = pytest.mark.unit

ANNA = Person.of(users=["Anna Nowak"])


def test_a_sealed_one_is_opened_for_them_and_goes_with_key_and_words(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    config = Config(
        paths=PathsSection(recordings=folder),
        recording=RecordingSection(key_file=write_key(tmp_path)),
    )
    with closing(open_database(tmp_path / "x.db", [records, recording])) as db:
        db.execute(
            "INSERT INTO calls (id, sip_id, started, asserted, called, scenario) "
            "VALUES ('call0001', '', '2026-11-26', 0, '', '')"
        )
        keep(db, folder, said="Winda stoi.", user="Anna Nowak")
        keep(db, folder, said="Brama też.", user="Ewa Lis")
        db.conn.commit()
        holding = recordings(config)
        found = holding.find(db, ANNA)
        ((_, (row,)),) = found.rows
        assert row["transcript"] == "Winda stoi."
        assert "key" not in row
        (file,) = found.files
        assert file.content is not None
        wav = b"".join(file.content())
        assert wav.startswith(b"RIFF")
        assert wav.endswith(voices(2.5)[-100:])
        assert holding.erase(db, ANNA, found) == 1
        assert db.execute("SELECT transcript FROM recordings").fetchall() == [("Brama też.",)]
        assert db.execute("SELECT count(*) FROM recording_words").fetchone() == (1,)
        uses = db.execute("SELECT who, what FROM recording_uses").fetchall()
        assert uses == [("erasure", "deleted")]
        assert KEY not in (tmp_path / "x.db").read_bytes()
