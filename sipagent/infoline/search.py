"""Searching owners: by a part of their name or address, by login, number or e-mail address.

What is typed is looked for without regard to capitals and Polish signs; of several words each has
to be somewhere. Owners are listed by their names, page by page, and each page costs the same.
"""

import re
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from sipagent.searching.folding import fold

#: Words that are looked for; the others of a long text are not.
_MOST_WORDS = 6
#: What is written between the digits of a number.
_SEPARATORS = re.compile(r"[\s()./-]+")
_NUMBER = re.compile(r"\+?[0-9]+")

_COLUMNS = """
SELECT owners.id, owners.login, owners.name, owners.folded, owners.blocked, owners.web_access,
       managers.code, estates.id, estates.name, estates.owner_access,
       coalesce((SELECT group_concat(coalesce(nullif(address, ''), name), '; ') FROM
           (SELECT name, address FROM premises WHERE owner_id = owners.id ORDER BY position)), ''),
       coalesce((SELECT group_concat(number, ', ') FROM
           (SELECT number FROM owner_phones WHERE owner_id = owners.id ORDER BY position)), '')
FROM owners
JOIN managers ON managers.id = owners.manager_id
JOIN estates ON estates.id = owners.estate_id
"""
#: In which places a word may be; ``{mine}`` limits premises, of which there are most, to those of a
#: manager. Whose owners are wanted at all, is another condition.
_NAME = "instr(owners.folded, ?)"
_PREMISES = "owners.id IN (SELECT owner_id FROM premises WHERE instr(folded, ?){mine})"
_LOGIN = "instr(owners.login, ?) = 1"
_PHONE = "owners.id IN (SELECT owner_id FROM owner_phones WHERE instr(number, ?))"
_EMAIL = "owners.id IN (SELECT owner_id FROM owner_emails WHERE instr(lower(address), ?))"

#: Where a page ends: name as it is sorted, and id.
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which owners somebody looks for: those of a manager, or of an estate, by ids."""

    text: str = ""
    manager: int | None = None
    estate: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An owner in a list; ``premises`` and ``phones`` are texts of several."""

    id: int
    login: str
    name: str
    folded: str
    blocked: bool
    web_access: bool
    manager: str
    estate: int
    estate_name: str
    estate_open: bool
    premises: str
    phones: str

    @property
    def key(self) -> Key:
        """Where a page ends whose last one this is."""
        return self.folded, self.id


def page(
    db: sqlite_utils.Database, wanted: Wanted, limit: int, after: Key | None = None
) -> list[Found]:
    """Return owners by their names, so many at the most, those after a key."""
    conditions, values = _conditions(wanted)
    if after is not None:
        conditions.append("(owners.folded, owners.id) > (?, ?)")
        values += after
    where = " AND ".join(conditions) or "1"
    rows = db.execute(
        f"{_COLUMNS} WHERE {where} ORDER BY owners.folded, owners.id LIMIT ?", [*values, limit]
    )
    return [_found(row) for row in rows.fetchall()]


def _found(row: tuple[Any, ...]) -> Found:
    key, login, name, folded, blocked, web_access, manager, estate, estate_name, *rest = row
    is_open, premises, phones = rest
    return Found(
        *(key, login, name, folded, bool(blocked), bool(web_access)),
        *(manager, estate, estate_name, bool(is_open), premises, phones),
    )


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for column, key in (("manager_id", wanted.manager), ("estate_id", wanted.estate)):
        if key is not None:
            conditions.append(f"owners.{column} = ?")
            values.append(key)
    manager = [] if wanted.manager is None else [wanted.manager]
    mine = " AND manager_id = ?" if manager else ""
    for places in _places(wanted.text):
        conditions.append(f"({' OR '.join(place.format(mine=mine) for place, _ in places)})")
        for place, value in places:
            values += [value, *(manager if "{mine}" in place else ())]
    return conditions, values


def _places(text: str) -> list[list[tuple[str, str]]]:
    """Return for each word of a text where it may be, and as what."""
    together = _SEPARATORS.sub("", text)
    if _NUMBER.fullmatch(together):
        digits = together.removeprefix("+").removeprefix("00")
        return [[(_LOGIN, together), (_PHONE, digits), (_NAME, text), (_PREMISES, text)]]
    return [_of_word(word) for word in fold(text).split()[:_MOST_WORDS]]


def _of_word(word: str) -> list[tuple[str, str]]:
    if "@" in word:
        return [(_EMAIL, word)]
    return [(_NAME, word), (_PREMISES, word)]
