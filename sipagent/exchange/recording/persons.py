"""Recorded conversations as they are about a person; sealed ones are opened for them."""

from collections.abc import Iterable, Iterator, Sequence

import sqlite_utils

from sipagent.config import Config
from sipagent.exchange.recording.export import Format, in_memory
from sipagent.exchange.recording.files import sound_of
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.opening import opened
from sipagent.persons.holding import HeldFile, Holding, Row, Table
from sipagent.persons.person import Person
from sipagent.records.schema import OWNER

#: Who has deleted a recording because its person was erased.
ERASURE = "erasure"

#: A voice cannot be taken out of a conversation: it goes as a whole.
_ABOUT = f"""
number IN {{numbers}} OR user IN {{users}}
OR call IN (SELECT id FROM calls WHERE caller IN {{numbers}} OR called IN {{numbers}})
OR call IN (SELECT call FROM call_labels WHERE name = '{OWNER}' AND value IN {{logins}})
"""
_BLOCK = 1 << 16


def recordings(config: Config) -> Holding:
    """Return the recorded conversations of persons."""
    return Holding(
        "recordings",
        {"pl": "Nagrania rozmów", "en": "Recorded conversations"},
        [_Recordings(config)],
    )


class _Recordings:
    """Recordings on which somebody is heard."""

    name = "recordings"

    def __init__(self, config: Config) -> None:
        self._config = config
        self._table = Table("recordings", _ABOUT, hides=frozenset({"key", "peaks"}))

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return them, with their words."""
        return self._table.rows(db, person)

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return their files, each to be heard by whoever gets it."""
        return [self._file(one) for one in self._kept(db, person)]

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Forget them with their keys and words, which stays on record."""
        kept = self._kept(db, person)
        for one in kept:
            Recordings(db).delete(one, ERASURE)
        return len(kept)

    def _kept(self, db: sqlite_utils.Database, person: Person) -> list[Kept]:
        return [Recordings(db).find(int(str(row["id"]))) for row in self.rows(db, person)]

    def _file(self, one: Kept) -> HeldFile:
        def content() -> Iterable[bytes]:
            return _wav(self._config, one)

        path = self._config.paths.recordings / one.file
        return HeldFile(path, f"{one.id}.wav", content)


def _wav(config: Config, one: Kept) -> Iterator[bytes]:
    with in_memory(sound_of(*opened(config, one)), Format.WAV) as file:
        while block := file.read(_BLOCK):
            yield block
