"""What a room keeps of persons: how it is found, given out, and erased."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlite_utils

from sipagent.persons.person import Person

#: A row of a table: column → value.
Row = Mapping[str, object]
#: How a list of a person's values is written in the SQL of ``Table``, such as ``{numbers}``.
_LISTS = {
    name: f"(SELECT value FROM json_each(:{name}))"
    for name in ("logins", "users", "people", "names", "numbers", "emails", "parties")
}
#: A room that others find in the export, with what it is called in each language.
Title = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is about somebody.

    Args:
        path: where it is.
        name: what it is called in an export.
        content: yields what it holds, where that is not what is on the disk, such as of a sealed
            one.
    """

    path: Path
    name: str
    content: Callable[[], Iterable[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays although somebody is to be erased.

    Args:
        count: how much.
        rule: what says that it has to be kept, in each language.
        until: the last day on which it has to; empty: nobody can say.
    """

    count: int
    rule: Title
    until: str = ""


class Part(Protocol):
    """Some of what a room keeps; a table of the database mostly."""

    @property
    def name(self) -> str:
        """What it is called in an export."""

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return what is about somebody, as it may be given to them."""

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return the files that are."""

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Erase it within a transaction, but for the files; return how much that was.

        Done again, it finds nothing.

        Args:
            db: the database, which everybody else waits for meanwhile.
            person: who is erased.
            found: what ``rows`` has returned just before.
        """


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table that are about somebody.

    Args:
        name: of the table.
        where: SQL that is true of them; ``{numbers}`` and so on stand for what names the person.
        becomes: column → SQL of what stays of it; None: the row is deleted. Without any column the
            row stays as it is: another part sees to it.
        hides: columns that are nobody's to see, such as hashes.
        held: returns the files of a row.
    """

    name: str
    where: str
    becomes: Mapping[str, str] | None = None
    hides: frozenset[str] = frozenset()
    held: Callable[[Row], Iterable[HeldFile]] | None = None

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return them."""
        return [
            {name: value for name, value in row.items() if name not in self.hides}
            for row in self._all(db, person)
        ]

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return their files."""
        held = self.held
        return [] if held is None else [file for row in self._all(db, person) for file in held(row)]

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Delete them, or leave of them what says nothing of anybody."""
        if self.becomes == {}:
            return 0
        change = f"DELETE FROM {self.name}"
        if self.becomes is not None:
            sets = ", ".join(f"{name} = {sql}" for name, sql in self.becomes.items())
            change = f"UPDATE {self.name} SET {sets.format_map(_LISTS)}"
        done = db.conn.execute(f"{change} WHERE {self._where}", person.values)
        return int(done.rowcount)

    def _all(self, db: sqlite_utils.Database, person: Person) -> list[dict[str, object]]:
        found = db.conn.execute(f"SELECT * FROM {self.name} WHERE {self._where}", person.values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @property
    def _where(self) -> str:
        return self.where.format_map(_LISTS)


def _nobody(db: sqlite_utils.Database, person: Person) -> Person:
    return Person()


def _nothing(db: sqlite_utils.Database, person: Person) -> Sequence[Kept]:
    return ()


def _free(db: sqlite_utils.Database, person: Person) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Holding:
    """What one room keeps of persons.

    Args:
        name: of it in an export, and in the log.
        title: what people call it, in each language.
        parts: of it, in the order in which they are erased.
        knows: returns what the room knows of a person whom somebody has named otherwise.
        others: returns what of a person is somebody else's as well, such as a telephone of two.
        kept: returns what stays.
        hinders: yields a sentence for whatever has to be changed before.
        never: tables in which nothing is changed, whatever they mention.
    """

    name: str
    title: Title
    parts: Sequence[Part] = ()
    knows: Callable[[sqlite_utils.Database, Person], Person] = _nobody
    others: Callable[[sqlite_utils.Database, Person], Person] = _nobody
    kept: Callable[[sqlite_utils.Database, Person], Sequence[Kept]] = _nothing
    hinders: Callable[[sqlite_utils.Database, Person], Iterable[str]] = _free
    never: frozenset[str] = frozenset()

    def find(self, db: sqlite_utils.Database, person: Person) -> "Found":
        """Return all that it keeps of somebody."""
        return Found(
            [(part.name, part.rows(db, person)) for part in self.parts],
            [file for part in self.parts for file in part.files(db, person)],
        )

    def erase(self, db: sqlite_utils.Database, person: Person, found: "Found") -> int:
        """Erase what was found within a transaction, but for files; return how much that was."""
        parts = zip(self.parts, found.rows, strict=True)
        return sum(part.erase(db, person, rows) for part, (_, rows) in parts)


@dataclass(frozen=True, slots=True)
class Found:
    """What a room keeps of somebody: rows by the names of its parts, and files."""

    rows: Sequence[tuple[str, Sequence[Row]]]
    files: Sequence[HeldFile]

    def by_name(self) -> dict[str, list[Row]]:
        """Return the rows, those of equal names together."""
        found: dict[str, list[Row]] = {}
        for name, rows in self.rows:
            if rows:
                found.setdefault(name, []).extend(rows)
        return found

    def __len__(self) -> int:
        """Return how many rows there are."""
        return sum(len(rows) for _, rows in self.rows)


def whole(holdings: Sequence[Holding], db: sqlite_utils.Database, person: Person) -> Person:
    """Return somebody with all that the rooms know of them."""
    while True:
        more = person
        for one in holdings:
            more = more | one.knows(db, more)
        if more == person:
            return person
        person = more


def alone(
    holdings: Sequence[Holding], db: sqlite_utils.Database, person: Person, named: Person
) -> tuple[Person, Person]:
    """Return somebody without what is somebody else's as well, and what that is.

    What was named itself counts, whoever else has it.
    """
    shared = Person()
    for one in holdings:
        shared = shared | one.others(db, person)
    shared = (shared & person) - named
    return person - shared, shared
