"""Messages in boxes go when they are old, with their recordings; so do greetings of nobody."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent import retention
from sipagent.config import Config
from sipagent.dictation.desk import Transcription
from sipagent.domains import composed
from sipagent.exchange import editing
from sipagent.exchange.reading import version
from sipagent.exchange.voicemail import greetings
from sipagent.exchange.voicemail.messages import HEARD, State, VoiceMessages
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.telephony.party import Caller
from tests.exchange.voicemail.post import WITH_BOX

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ROOMS = (*composed().migrations, messages, records)


def settings(folder: Path) -> Config:
    paths = {"recordings": folder / "rec", "outbox": folder / "outbox"}
    return Config().model_copy(update={"paths": Config().paths.model_copy(update=paths)})


def leave(folder: Path, name: str, days: int, *, told: bool = True, missed: bool = False) -> None:
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        kept = VoiceMessages(db, lambda: NOW - timedelta(days=days))
        key = kept.draft("Anna", Caller("+48600700700"), name, "pl", f"{name}.wav")
        if missed:
            kept.miss(key)
        else:
            kept.keep(key, 3.0)
            (folder / "rec" / f"{name}.wav").write_bytes(b"x")
        if told:
            kept.transcribed(key, Transcription.DONE, "Proszę oddzwonić.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A line with a box and messages of several ages."""
    (tmp_path / "rec").mkdir()
    with closing(open_database(tmp_path / "line.db", ROOMS)) as db:
        editing.replace(db, WITH_BOX)
    leave(tmp_path, "old", 91)
    leave(tmp_path, "old-missed", 91, missed=True)
    leave(tmp_path, "old-untold", 91, told=False)
    leave(tmp_path, "young", 89)
    return tmp_path


async def run(folder: Path, *, dry_run: bool = False) -> int:
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        deleted = await retention.run(
            Single(db), settings(folder), composed(), NOW, dry_run=dry_run
        )
    return deleted["voicemail"]


def there(folder: Path) -> list[str]:
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        return [one.call for one in VoiceMessages(db).listed(states=(*HEARD, State.MISSED))]


def files(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "rec").iterdir())


async def test_what_is_old_and_was_told_of_goes(folder: Path) -> None:
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        before = version(db)
    assert await run(folder) == 2
    assert there(folder) == ["old-untold", "young"]
    assert files(folder) == ["old-untold", "young"]
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        assert version(db) > before, "lamps are asked again"


async def test_a_dry_run_deletes_nothing(folder: Path) -> None:
    assert await run(folder, dry_run=True) == 2
    assert len(there(folder)) == 4
    assert files(folder) == ["old", "old-untold", "young"]


async def test_a_recording_that_cannot_be_deleted_keeps_its_message(folder: Path) -> None:
    (folder / "rec/old.wav").unlink()
    (folder / "rec/old.wav").mkdir()
    with pytest.raises(retention.Kept, match=r"old\.wav cannot be deleted") as kept:
        await run(folder)
    assert kept.value.deleted["voicemail"] == 1
    assert there(folder) == ["old", "old-untold", "young"]


async def test_a_greeting_goes_with_its_box(folder: Path) -> None:
    (folder / "rec/greeting.wav").write_bytes(b"x")
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        greetings.begin(db, "greeting.wav")
        greetings.set_greeting(db, "Anna", "greeting.wav")
        greetings.begin(db, "just-being-spoken.wav")
        db.execute("UPDATE spoken_greetings SET created = '2020' WHERE recording = 'greeting.wav'")
        db.conn.commit()
    assert await run(folder) == 2
    assert "greeting" in files(folder)
    with closing(open_database(folder / "line.db", ROOMS)) as db:
        editing.replace(db, WITH_BOX.model_copy(update={"boxes": (), "numbers": ()}))
    assert await run(folder) == 1
    assert files(folder) == ["old-untold", "young"]
