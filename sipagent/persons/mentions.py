"""Whatever mentions a person in any table: the last place to look, and the proof of the erasure.

Rooms erase what they keep of somebody. What still names them, such as a timeline, a journal, or the
request of a neighbour, is found here in every column of text, whichever room it is of: a table that
is new tomorrow is looked at as well.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlite_utils

from sipagent.persons.holding import HeldFile, Row
from sipagent.persons.person import Person

#: Who is erased stands here until they are.
JOURNAL = "person_erasures"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that may hold text.

    Args:
        table: the table.
        names: the columns.
        filled: those that may not be NULL.
        keys: the columns that tell its rows apart.
    """

    table: str
    names: Sequence[str]
    filled: Collection[str]
    keys: Sequence[str] = ("rowid",)


class Mentions:
    """What is said of somebody where no room looks for it.

    Args:
        never: tables that are left out.
    """

    name = "mentions"

    def __init__(self, never: Collection[str]) -> None:
        self._never = {*never, JOURNAL}

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return where somebody is mentioned, the key of the row, and the words around."""
        teach(db, person)
        return [row for one in _columns(db, self._never) for row in _mentions(db, person, one)]

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return nothing: files are those of rooms."""
        return ()

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Wipe every mention; what a rule of its table keeps is left, and found by ``rows``."""
        teach(db, person)
        tables = {one.table: one for one in _columns(db, self._never)}
        # A row at once: what tells it apart from others may be what is wiped.
        rows = dict.fromkeys((str(row["table"]), str(row["key"])) for row in found)
        for table, key in rows:
            one = tables[table]
            sets = ", ".join(_wiped(one, name) for name in one.names)
            where = " AND ".join(f"{_q(name)} = ?" for name in one.keys)
            change = f"UPDATE OR IGNORE {_q(table)} SET {sets} WHERE {where}"
            db.conn.execute(change, json.loads(key))
        return len(found)


def _mentions(db: sqlite_utils.Database, person: Person, one: Columns) -> Iterator[Row]:
    names, keys = (", ".join(map(_q, some)) for some in (one.names, one.keys))
    sql = f"SELECT {names}, {keys} FROM {_q(one.table)} WHERE mentioned({names})"
    for row in db.conn.execute(sql).fetchall():
        key = json.dumps(row[len(one.names) :])
        for name, value in zip(one.names, row, strict=False):
            if text := person.around(_text(value)):
                yield {"table": one.table, "column": name, "key": key, "text": text}


@dataclass(frozen=True, slots=True)
class Indexed:
    """Text of others that mentions somebody, where an index has its words in another form.

    Args:
        name: of the index.
        columns: that it is made of.
        changed: SQL of the keys of whatever is to be indexed anew; ``mentioned`` is known in it.
        index: indexes what a key names as it is now.
    """

    name: str
    columns: Sequence[Columns]
    changed: str
    index: Callable[[sqlite_utils.Database, int], object]

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return nothing: what mentions somebody anywhere is found as that."""
        return ()

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return nothing: they have none."""
        return ()

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Wipe them out, and have the rest found by what it still says."""
        teach(db, person)
        changed = db.conn.execute(self.changed).fetchall()
        count = 0
        for one in self.columns:
            sets = (_wiped(one, name) for name in one.names)
            where = f"mentioned({', '.join(map(_q, one.names))})"
            change = f"UPDATE {_q(one.table)} SET {', '.join(sets)} WHERE {where}"
            count += db.conn.execute(change).rowcount
        for (key,) in changed:
            self.index(db, key)
        return count


def _wiped(one: Columns, column: str) -> str:
    return f"{_q(column)} = wiped({_q(column)}, {column in one.filled})"


def teach(db: sqlite_utils.Database, person: Person) -> None:
    """Let SQL ask whether values have somebody in them (``mentioned``), and for one without."""

    def mentioned(*values: object) -> bool:
        # One look at a whole row: in a large database that is what takes the time.
        return person.mentioned("\n".join(map(_text, values)))

    def wiped(value: str | bytes | float | None, filled: int) -> str | bytes | float | None:
        text = _text(value)
        if not person.mentioned(text):
            return value
        left = person.wiped(text)
        if not left and not filled:
            return None
        return left.encode() if isinstance(value, bytes) else left

    db.conn.create_function("mentioned", -1, mentioned, deterministic=True)
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
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' "
        "AND type IN ('table', 'virtual') AND name NOT GLOB 'sqlite_*' ORDER BY name"
    ).fetchall()
    for table, without_rowid in tables:
        if table in never or _without_words(db, table):
            continue
        wanted = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)'
        columns = db.conn.execute(wanted, [table]).fetchall()
        texts = [row for row in columns if row[1] in ("TEXT", "BLOB", "ANY", "")]
        if texts:
            filled = {name for name, kind, filled, _ in texts if filled or not kind}
            keys = [name for name, *_, place in columns if place] if without_rowid else ["rowid"]
            yield Columns(table, [name for name, *_ in texts], filled, keys)


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
