"""Recordings as they are kept: rows, words, peaks, files for others, and what is deleted."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sqlite_utils

from sipagent.config import Config
from sipagent.errors import DataError, SetupError
from sipagent.exchange.recording import words
from sipagent.exchange.recording.expiry import conversations
from sipagent.exchange.recording.export import Format, export
from sipagent.exchange.recording.files import SECOND, sound_of
from sipagent.exchange.recording.kept import Recordings
from sipagent.exchange.recording.peaks import POINTS, peaks
from sipagent.exchange.recording.played import Played
from sipagent.exchange.recording.schema import recording
from sipagent.exchange.recording.uses import Use, uses
from sipagent.store.data import Single
from sipagent.store.database import open_database
from tests.exchange.recording.samples import BEGINNING, recorded, seconds_of, voices

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with closing(open_database(tmp_path / "line.db", [recording])) as found:
        yield found


def kept_at(db: sqlite_utils.Database, folder: Path, *days: int) -> list[int]:
    """Keep a recording of so many days ago each."""
    numbers = []
    for ago in days:
        moment = NOW - timedelta(days=ago)
        kept = Recordings(db, partial(lambda at: at, moment))
        name = f"call-{ago}.sealed"
        number = kept.begin(replace(BEGINNING, file=name, key=b"sealed key"))
        (folder / name).write_bytes(b"sealed")
        kept.end(number, 2.5, 0.0, b"")
        numbers.append(number)
    return numbers


def test_a_recording_is_there_from_its_first_second(db: sqlite_utils.Database) -> None:
    kept = Recordings(db, lambda: NOW)
    number = kept.begin(BEGINNING)
    assert [one.id for one in kept.going_on()] == [number]
    with pytest.raises(DataError, match="still goes on"):
        kept.whole(number)
    kept.end(number, 61.0, 2.0, b"\x01\x02")
    assert not kept.going_on()
    one = kept.whole(number)
    assert (one.seconds, one.missing, one.number) == (61.0, 2.0, "+48221000200")
    assert kept.peaks(number) == b"\x01\x02"
    assert kept.listed(user="Anna Nowak") == [one]
    assert not kept.listed(user="Jan Kowal")
    with pytest.raises(DataError, match="sipagent recordings list"):
        kept.find(99)


def test_what_was_done_with_it_outlives_it(db: sqlite_utils.Database) -> None:
    kept = Recordings(db, lambda: NOW)
    number = kept.begin(BEGINNING)
    kept.end(number, 1.0, 0.0, b"")
    one = kept.find(number)
    kept.used(one, "anna", Use.EXPORTED)
    kept.delete(one, "retention")
    assert [(use.who, use.what) for use in uses(db, number)] == [
        ("anna", Use.EXPORTED),
        ("retention", Use.DELETED),
    ]


def test_what_was_done_is_kept_as_long_as_calls_are(db: sqlite_utils.Database) -> None:
    number = Recordings(db).begin(BEGINNING)
    for ago in (400, 300):
        kept = Recordings(db, partial(lambda at: at, NOW - timedelta(days=ago)))
        kept.used(kept.find(number), f"{ago} days ago", Use.EXPORTED)
    _, expiring = conversations(Config())
    moment = NOW - timedelta(days=expiring.days)
    assert sum(expiring.delete(Single(db), moment, True)) == 1
    assert len(uses(db)) == 2
    assert sum(expiring.delete(Single(db), moment, False)) == 1
    assert [use.who for use in uses(db)] == ["300 days ago"]


def test_what_is_deleted_is_not_in_the_database_any_more(tmp_path: Path) -> None:
    """Deletion is real: neither the key of the file nor its words are left on the disk."""
    path, key, said = tmp_path / "line.db", b"the sealed key of a file", "tajna umowa"
    with closing(open_database(path, [recording])) as db:
        kept = Recordings(db)
        number = kept.begin(replace(BEGINNING, key=key))
        kept.end(number, 1.0, 0.0, b"")
        words.keep(db, number, said)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert key in path.read_bytes()
        assert said.encode() in path.read_bytes()
        moment = datetime.now(UTC) + timedelta(days=1)
        assert sum(conversations(Config())[0].delete(Single(db), moment, False)) == 1
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        left = b"".join(file.read_bytes() for file in tmp_path.glob("line.db*"))
    assert key not in left
    assert said.encode() not in left
    assert b"tajna" not in left


@pytest.mark.parametrize(("days", "gone"), [(30, 2), (90, 1), (0, 0)])
def test_they_are_kept_for_the_days_that_are_set(
    db: sqlite_utils.Database, tmp_path: Path, days: int, gone: int
) -> None:
    numbers = kept_at(db, tmp_path, 100, 40, 20)
    settings = Config.model_validate(
        {"retention": {"conversations": days}, "paths": {"recordings": str(tmp_path)}}
    )
    expiring, _ = conversations(settings)
    assert expiring.days == days
    moment = NOW - timedelta(days=days or 10_000)
    assert sum(expiring.delete(Single(db), moment, True)) == gone
    assert len(Recordings(db).listed()) == 3, "they were only counted"
    assert sum(expiring.delete(Single(db), moment, False)) == gone
    assert [one.id for one in Recordings(db).listed()] == numbers[gone:]
    assert len(list(tmp_path.glob("*.sealed"))) == 3 - gone
    for number in numbers[:gone]:
        assert [use.who for use in uses(db, number)] == ["retention"]


def test_one_that_goes_on_is_not_deleted_however_old(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    number = Recordings(db, lambda: NOW - timedelta(days=100)).begin(BEGINNING)
    expiring, _ = conversations(Config())
    assert sum(expiring.delete(Single(db), NOW, False)) == 0
    assert Recordings(db).find(number)


# --------------------------------------------------------------------------------------- words


@dataclass(frozen=True)
class Said:
    text: str


def test_marks_and_endings_do_not_have_to_be_typed(db: sqlite_utils.Database) -> None:
    kept = Recordings(db)
    numbers = [kept.begin(replace(BEGINNING, file=f"{n}.wav")) for n in range(3)]
    words.keep(db, numbers[0], "0:00 Anna: Łódź, żółta faktura za wrzesień.")
    words.keep(db, numbers[1], "0:00 Anna: Nie zapłaciłem faktury.")
    words.keep(db, numbers[2], "")

    def found(text: str) -> list[int]:
        return [one.recording.id for one in words.search(db, text, 10)]

    assert found("lodz") == found("ŁÓDŹ") == found("zolta faktura") == [numbers[0]]
    assert found("faktur") == [numbers[1], numbers[0]], "the latest first"
    assert found("zaplac") == [numbers[1]]
    assert found("faktura nie") == []
    assert found("") == found('" OR *') == []
    (one,) = words.search(db, "wrzes", 10)
    assert "żółta faktura za wrzesień" in one.around
    words.keep(db, numbers[0], "0:00 Anna: Nic ważnego.")
    assert found("lodz") == [], "what was written down anew is found by its new words"


async def test_both_parties_are_written_down_minute_by_minute(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    number = recorded(Recordings(db), tmp_path / "recordings")
    one = Recordings(db).find(number)
    heard = []

    async def transcribe(path: Path, language: str) -> Said:
        """Look at it from another process, as Whisper's is one."""
        look = "import soundfile, sys; found = soundfile.info(sys.argv[1]); "
        look += "print(found.channels, found.frames, found.samplerate)"
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", look, str(path)), stdout=asyncio.subprocess.PIPE
        )
        heard.append(((await done.communicate())[0].decode().split(), language))
        return Said(f"słowa {len(heard)}")

    silence = [bytes(SECOND)] * 120
    sound = [*silence, *seconds_of(voices(3.0)), *seconds_of(voices(1.0, right=0.0))]
    text = await words.write_down(one, sound, transcribe)
    assert text.splitlines() == [
        "2:00 +48600100200: słowa 1",
        "2:00 Anna Nowak <101>: słowa 2",
    ]
    assert heard == [(["1", "32000", "8000"], "pl")] * 2
    assert await words.write_down(one, silence, transcribe) == ""


# ------------------------------------------------------------------------- peaks, other formats


def test_peaks_tell_how_loud_each_channel_is() -> None:
    loud_left = voices(1.0, right=0.0)
    found = np.frombuffer(peaks([bytes(SECOND), loud_left]), np.uint8).reshape(-1, 2)
    assert len(found) == 20
    assert not found[:10].any()
    assert (found[10:, 0] > 50).all()
    assert not found[10:, 1].any()
    assert peaks([]) == b""


def test_a_long_recording_has_no_more_peaks_than_can_be_drawn() -> None:
    found = peaks([bytes(SECOND)] * 4000)
    assert len(found) <= 2 * POINTS


@pytest.mark.parametrize("name", ["call.wav", "call.opus", "call.ogg", "call.mp3", "CALL.WAV"])
def test_other_programs_can_play_it(db: sqlite_utils.Database, tmp_path: Path, name: str) -> None:
    recorded(Recordings(db), tmp_path, seconds=3.0)
    target = tmp_path / "out" / name
    export(sound_of(tmp_path / BEGINNING.file, None), target, Format.of(target))
    samples, rate = soundfile.read(target)
    assert samples.shape[1] == 2
    assert len(samples) / rate == pytest.approx(3.0, abs=0.2)
    middle = samples[rate : 2 * rate]
    loudest = [np.abs(np.fft.rfft(middle[:, side])).argmax() for side in (0, 1)]
    assert loudest == pytest.approx([400, 900], abs=2)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in target.parent.iterdir()] == [name]


def test_a_format_that_there_is_not_and_a_place_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"ends in \.wav, \.opus or \.mp3"):
        Format.of(tmp_path / "call.flac")
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be written"):
        export([voices(1.0)], tmp_path / "file" / "call.wav", Format.WAV)


def test_what_cannot_be_read_to_its_end_leaves_no_file(tmp_path: Path) -> None:
    def damaged() -> Iterator[bytes]:
        yield voices(1.0)
        raise DataError("second 1 was changed")

    with pytest.raises(DataError):
        export(damaged(), tmp_path / "call.wav", Format.WAV)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("link", [True, False])
def test_what_a_neighbour_has_put_there_is_neither_followed_nor_filled(
    tmp_path: Path, link: bool
) -> None:
    beside, theirs = tmp_path / ".call.wav.part", tmp_path / "theirs"
    theirs.write_text("kept")
    theirs.chmod(0o644)
    if link:
        beside.symlink_to(theirs)
    else:
        beside.hardlink_to(theirs)
    export([voices(1.0)], tmp_path / "call.wav", Format.WAV)
    assert theirs.read_text() == "kept"
    assert (tmp_path / "call.wav").stat().st_mode & 0o777 == 0o600


def test_any_part_of_it_is_a_part_of_a_wav_file(db: sqlite_utils.Database, tmp_path: Path) -> None:
    recorded(Recordings(db), tmp_path, seconds=2.5)
    whole = (tmp_path / BEGINNING.file).read_bytes()
    played = Played(tmp_path / BEGINNING.file, None)
    assert played.size == len(whole)
    for first, last in ((0, len(whole) - 1), (0, 43), (40, 50), (32_043, 32_044), (64_100, 70_000)):
        assert b"".join(played.part(first, last)) == whole[first : last + 1]
    with pytest.raises(SetupError, match="cannot be read"):
        Played(tmp_path / "gone.wav", None)


def test_it_is_heard_once_however_many_parts_a_browser_asks_for(db: sqlite_utils.Database) -> None:
    number = Recordings(db).begin(BEGINNING)
    for who, minute in (("anna", 0), ("anna", 1), ("jan", 2), ("anna", 14), ("anna", 20)):
        kept = Recordings(db, partial(lambda at: at, NOW + timedelta(minutes=minute)))
        kept.heard(kept.find(number), who)
    assert [(use.who, use.at[14:16]) for use in uses(db, number)] == [
        ("anna", "00"),
        ("jan", "02"),
        ("anna", "20"),
    ]
