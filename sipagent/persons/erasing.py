"""Erasing one person: room by room, each in one transaction, with a journal that a crash leaves.

Who is to be erased is written down first, with all that names them: a room that is erased later can
still find them when the one that knew is empty. Each room notes in its own transaction that it is
done, and which files no row names any more. So whatever ends the program, the next run goes on
where this one has stopped.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils
import structlog

from sipagent import times
from sipagent.errors import DataError, SetupError
from sipagent.persons.holding import Found, Holding, Kept, alone, whole
from sipagent.persons.mentions import Mentions, indexes
from sipagent.persons.person import Person
from sipagent.store.database import file_of, writing

_MENTIONS = {"pl": "Wzmianki w całej bazie", "en": "Mentions anywhere"}

#: Bytes of a database that are written anew at once: for some seconds a line that runs waits.
_QUICK = 200_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What erasing somebody would do.

    Args:
        person: all that names them and nobody else.
        shared: what names somebody else as well, and so finds nothing.
        found: holding → what is about them.
        kept: what stays, by holding.
        hindered: what has to be changed before.
    """

    person: Person
    shared: Person
    found: Mapping[str, Found]
    kept: Mapping[str, Sequence[Kept]]
    hindered: Sequence[str]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: holding → how much; ``left`` are mentions that a rule of a table keeps."""

    counts: Mapping[str, int]
    left: Sequence[str]
    #: Whether the file of the database was written anew, so that nothing is left in freed pages;
    #: else ``resume`` does that.
    compacted: bool


def all_of(holdings: Sequence[Holding]) -> list[Holding]:
    """Return the holdings of the rooms, and last of all what is mentioned anywhere."""
    never = frozenset(table for one in holdings for table in one.never)
    return [*holdings, Holding(Mentions.name, _MENTIONS, [Mentions(never)])]


def plan(db: sqlite_utils.Database, holdings: Sequence[Holding], named: Person) -> Plan:
    """Return what erasing somebody would do; nothing changes."""
    rooms = all_of(holdings)
    person, shared = alone(rooms, db, whole(rooms, db, named), named)
    found = {one.name: one.find(db, person) for one in rooms}
    kept = {one.name: some for one in rooms if (some := one.kept(db, person))}
    hindered = [why for one in rooms for why in one.hinders(db, person)]
    return Plan(person, shared, found, kept, hindered)


def erase(
    db: sqlite_utils.Database, holdings: Sequence[Holding], person: Person, now: datetime
) -> Erased:
    """Erase somebody, whom a plan has found, in all rooms.

    Raises:
        SetupError: a file or the database refuses; what is left is done by ``resume``.
    """
    _be_thorough(db)
    with writing(db):
        done = db.execute(
            "INSERT INTO person_erasures (began, person) VALUES (?, ?)",
            [times.stored(now, "seconds"), person.written()],
        )
    return _go_on(db, holdings, int(done.lastrowid or 0), _QUICK)


def unfinished(db: sqlite_utils.Database) -> list[int]:
    """Return the erasures that something has cut off."""
    rows = db.execute("SELECT id FROM person_erasures WHERE ended IS NULL ORDER BY id")
    return [number for (number,) in rows.fetchall()]


def resume(db: sqlite_utils.Database, holdings: Sequence[Holding]) -> int:
    """Go on with what was cut off; return how many that were.

    Raises:
        SetupError: as ``erase``.
    """
    _be_thorough(db)
    left = unfinished(db)
    for number in left:
        _go_on(db, holdings, number)
        log.info("a person whose erasure was cut off is erased", erasure=number)
    return len(left)


def _be_thorough(db: sqlite_utils.Database) -> None:
    """Have what is deleted overwritten, and what is written outlast a power cut."""
    for pragma in ("secure_delete = ON", "synchronous = FULL"):
        db.execute(f"PRAGMA {pragma}")


def _go_on(
    db: sqlite_utils.Database, holdings: Sequence[Holding], number: int, largest: int | None = None
) -> Erased:
    """Do what is left of an erasure; a database that is larger is written anew by ``resume``."""
    _unlink(db, number)
    text, done = _noted(db, number)
    left: list[str] = []
    if text is not None:
        person = Person.read(text)
        rooms = all_of(holdings)
        for one in rooms:
            if one.name not in done:
                _erase_room(db, one, person, number)
        ((_, mentions),) = rooms[-1].find(db, person).rows
        left = sorted({f"{row['table']}.{row['column']}" for row in mentions})
        with writing(db):
            db.execute("UPDATE person_erasures SET person = NULL WHERE id = ?", [number])
    _forget_words(db)
    compacted = (largest is None or file_of(db).stat().st_size <= largest) and _compact(db)
    if compacted:
        with writing(db):
            ended = times.stored(datetime.now(UTC), "seconds")
            db.execute("UPDATE person_erasures SET ended = ? WHERE id = ?", [ended, number])
    return Erased(_noted(db, number)[1], left, compacted)


def _erase_room(db: sqlite_utils.Database, room: Holding, person: Person, number: int) -> None:
    # Looked for before: everybody else waits for a transaction.
    found = room.find(db, person)
    files = [str(file.path) for file in found.files]
    with writing(db):
        count = room.erase(db, person, found)
        db.execute(
            "UPDATE person_erasures SET files = ?, done = json_set(done, '$.' || ?, ?) "
            "WHERE id = ?",
            [json.dumps(files), json.dumps(room.name), count, number],
        )
    _unlink(db, number)


def _unlink(db: sqlite_utils.Database, number: int) -> None:
    """Delete the files that no row names any more, and forget their names.

    Raises:
        SetupError: one cannot be deleted; all are tried again by ``resume``.
    """
    (names,) = db.execute("SELECT files FROM person_erasures WHERE id = ?", [number]).fetchone()
    for name in json.loads(names):
        try:
            Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(f"{name} cannot be deleted: {error.strerror}") from error
    with writing(db):
        db.execute("UPDATE person_erasures SET files = '[]' WHERE id = ?", [number])


def _noted(db: sqlite_utils.Database, number: int) -> tuple[str | None, dict[str, int]]:
    row = db.execute("SELECT person, done FROM person_erasures WHERE id = ?", [number]).fetchone()
    if row is None:
        raise DataError(f"there is no erasure {number}")
    return row[0], json.loads(row[1])


def _forget_words(db: sqlite_utils.Database) -> None:
    """Write the indexes of words anew: they keep what was deleted for a time."""
    for name in indexes(db):
        with writing(db):
            db.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')


def _compact(db: sqlite_utils.Database) -> bool:
    """Write the file anew without what was freed before, and empty the log beside it (WAL).

    Return whether both were done: they are not as long as somebody else reads or writes.
    """
    try:
        db.conn.execute("VACUUM")
        (busy, *_) = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        log.warning("the database was not compacted", reason=str(error))
        return False
    return not busy
