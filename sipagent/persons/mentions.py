"""Whatever mentions a person in any table: the last place to look, and the proof of the erasure.

Rooms erase what they keep of somebody. What still names them, such as a timeline, a journal, or the
request of a neighbour, is found here in every column of text, whichever room it is of: a table that
is new tomorrow is looked at as well.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlite_utils

from sipagent.persons.holding import HeldFile, Row
from sipagent.persons.person import Person

#: Who is erased stands here until they are.
JOURNAL = "person_erasures"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that may hold text; those that are ``filled`` may not be NULL."""

    table: str
    names: Sequence[str]
    filled: Collection[str]


class Mentions:
    """What is said of somebody where no room looks for it.

    Args:
        never: tables that are left out.
    """

    name = "mentions"

    def __init__(self, never: Collection[str]) -> None:
        self._never = {*never, JOURNAL}

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return where somebody is mentioned, and the words around."""
        return list(self._found(db, person))

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return nothing: files are those of rooms."""
        return ()

    def erase(self, db: sqlite_utils.Database, person: Person) -> int:
        """Wipe every mention; what a rule of its table keeps is left, and found by ``rows``."""
        return wipe(db, person, _columns(db, self._never))

    def _found(self, db: sqlite_utils.Database, person: Person) -> Iterator[Row]:
        teach(db, person)
        for one in _columns(db, self._never):
            for name in one.names:
                where = f"SELECT {_q(name)} FROM {_q(one.table)} WHERE mentioned({_q(name)})"
                for (value,) in db.conn.execute(where).fetchall():
                    text = person.around(_text(value))
                    yield {"table": one.table, "column": name, "text": text}


def wipe(db: sqlite_utils.Database, person: Person, columns: Iterable[Columns]) -> int:
    """Wipe somebody out of columns; return in how many rows."""
    teach(db, person)
    done = 0
    for one in columns:
        sets = (f"{_q(name)} = wiped({_q(name)}, {name in one.filled})" for name in one.names)
        some = " OR ".join(f"mentioned({_q(name)})" for name in one.names)
        change = f"UPDATE OR IGNORE {_q(one.table)} SET {', '.join(sets)} WHERE {some}"
        done += db.conn.execute(change).rowcount
    return done


def teach(db: sqlite_utils.Database, person: Person) -> None:
    """Let SQL ask whether a value has somebody in it (``mentioned``), and for it without them."""

    def mentioned(value: object) -> bool:
        return person.mentioned(_text(value))

    def wiped(value: str | bytes | float | None, filled: int) -> str | bytes | float | None:
        text = _text(value)
        if not person.mentioned(text):
            return value
        left = person.wiped(text)
        if not left and not filled:
            return None
        return left.encode() if isinstance(value, bytes) else left

    db.conn.create_function("mentioned", 1, mentioned, deterministic=True)
    db.conn.create_function("wiped", 2, wiped, deterministic=True)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return ""
    return value if isinstance(value, str) else ""


def _columns(db: sqlite_utils.Database, never: Collection[str]) -> Iterator[Columns]:
    """Yield the tables with columns of text: real ones, and indexes of words that keep them."""
    tables = db.conn.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') "
        "AND name NOT GLOB 'sqlite_*' ORDER BY name"
    ).fetchall()
    for (table,) in tables:
        if table in never or _without_words(db, table):
            continue
        info = db.conn.execute('SELECT name, type, "notnull" FROM pragma_table_info(?)', [table])
        columns = [row for row in info.fetchall() if row[1] in ("TEXT", "BLOB", "ANY", "")]
        if columns:
            names = [name for name, *_ in columns]
            yield Columns(
                table, names, {name for name, kind, filled in columns if filled or not kind}
            )


def _without_words(db: sqlite_utils.Database, table: str) -> bool:
    """Whether a table is an index that keeps no words of its own: triggers follow its source."""
    (sql,) = db.conn.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [table]).fetchone()
    return "VIRTUAL" in sql and "content" in sql.partition("(")[2]


def indexes(db: sqlite_utils.Database) -> list[str]:
    """Return the indexes of words (FTS5)."""
    found = db.conn.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%USING fts5%'"
    )
    return [name for (name,) in found.fetchall()]


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
