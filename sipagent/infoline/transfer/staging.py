"""Temporary tables that hold what was read, before anything touches the real ones.

They live in a file of their own: however long the reading takes, no caller waits for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlite_utils

from sipagent.infoline.transfer.kinds import Kind, Value
from sipagent.infoline.transfer.mistakes import Source

_BATCH = 2000


@dataclass(slots=True)
class _Table:
    insert: str
    waiting: list[tuple[object, ...]] = field(default_factory=list)


class Staging:
    """Rows by kind, with the place where each was read."""

    def __init__(self, db: sqlite_utils.Database, kinds: Sequence[Kind]) -> None:
        self.db = db
        self.sources: list[Source] = []
        #: Kinds of which a CSV file was given: they are replaced for every owner in the import.
        self.whole: set[str] = set()
        self._tables: dict[str, _Table] = {}
        for kind in kinds:
            self._make(kind)
        self.db.execute("CREATE TEMP TABLE replaced (kind, login, PRIMARY KEY (kind, login))")
        self.db.execute("CREATE TEMP TABLE refused (kind, login, PRIMARY KEY (kind, login))")
        self._replaced = _Table("INSERT OR IGNORE INTO temp.replaced VALUES (?, ?)")
        self._refused = _Table("INSERT OR IGNORE INTO temp.refused VALUES (?, ?)")

    def source(self, source: Source) -> int:
        """Register a file; returns the number to add its rows with."""
        self.sources.append(source)
        return len(self.sources) - 1

    def add(self, kind: str, source: int, place: int | str, row: Iterable[Value]) -> None:
        """Take a row, its values in the order of the kind's columns."""
        table = self._tables[kind]
        self._put(table, (source, place, *row))

    def replace(self, kind: str, login: str) -> None:
        """Say that an owner's rows of ``kind`` are all here: others go."""
        self._put(self._replaced, (kind, login))

    def refuse(self, kind: Kind, row: Sequence[Value]) -> None:
        """Say that a row is left out, so that all of its owner's rows of the kind have to be."""
        login = row[kind.names.index("login")] if row and "login" in kind.names else None
        if login is not None:
            self._put(self._refused, (kind.name, login))

    def count(self, kind: str) -> int:
        """Return how many rows of a kind there are."""
        query = f"SELECT count(*) FROM temp.stage_{kind}"
        return int(self.db.execute(query).fetchone()[0])

    def finish(self) -> None:
        """Write what waits, and index it."""
        for table in (*self._tables.values(), self._replaced, self._refused):
            self._flush(table)
        for statement in (
            "CREATE INDEX temp.staged_owners ON stage_owners (login)",
            "CREATE INDEX temp.staged_estates ON stage_estates (manager, estate)",
            "CREATE INDEX temp.staged_premises ON stage_premises (login, premises)",
            "CREATE INDEX temp.staged_accounts ON stage_accounts (login, account)",
            "CREATE INDEX temp.staged_charges ON stage_charges (login, premises)",
        ):
            self.db.execute(statement)

    def drop(self) -> None:
        """Remove the tables."""
        for name in (*(f"stage_{kind}" for kind in self._tables), "replaced", "refused"):
            self.db.execute(f"DROP TABLE temp.{name}")

    def _make(self, kind: Kind) -> None:
        columns = ", ".join(kind.names)
        self.db.execute(
            f"CREATE TEMP TABLE stage_{kind.name} "
            f"(seq INTEGER PRIMARY KEY, source, place, {columns})"
        )
        marks = ", ".join("?" * (len(kind.columns) + 2))
        self._tables[kind.name] = _Table(
            f"INSERT INTO temp.stage_{kind.name} (source, place, {columns}) VALUES ({marks})"
        )

    def _put(self, table: _Table, row: tuple[object, ...]) -> None:
        table.waiting.append(row)
        if len(table.waiting) >= _BATCH:
            self._flush(table)

    def _flush(self, table: _Table) -> None:
        with self.db.atomic():
            self.db.conn.executemany(table.insert, table.waiting)
        table.waiting.clear()
