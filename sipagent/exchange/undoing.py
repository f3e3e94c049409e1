"""Taking changes of the exchange back: entries are again what the journal says they were."""

from collections.abc import Iterable
from typing import Any

import sqlite_utils

from sipagent.errors import DataError
from sipagent.exchange import editing, journal
from sipagent.exchange.difference import Change
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import KINDS, Exchange
from sipagent.store.database import writing


def undo(
    db: sqlite_utils.Database, number: int, *, by: str = "", country: str = "PL"
) -> list[Change]:
    """Take back what was changed at once, and return what that changes.

    It is on record as any change is, and can be taken back as well. Passwords and PINs are on no
    record: an entry that comes back has none.

    Args:
        db: the database.
        number: of the change.
        by: who does it, as ``journal.Noted``.
        country: where a number without prefix belongs.

    Raises:
        DataError: it is not on record, what it changed was changed since, or the exchange would
            not fit together without it.
    """
    with writing(db):
        taken = [one.change for one in journal.of_number(db, number)]
        if not taken:
            raise DataError(f"change {number} is not on record any more")
        for change in filter(_is_renamed, taken):
            name = KINDS[change.kind].key_field
            before = {name: change.fields[name][0]}
            editing.edit(db, change.kind, change.key, before, by=by, country=country)
        found = editing.rewrite(db, lambda there: undone(there.exchange, taken, country), by=by)
    if not found and not any(map(_is_renamed, taken)):
        raise DataError("passwords and PINs are on no record: give another one")
    return found


def undone(there: Exchange, taken: Iterable[Change], country: str = "PL") -> Exchange:
    """Return an exchange without changes that were made to it; names stay as they are.

    Raises:
        DataError: what they changed was changed since.
    """
    for change in taken:
        kind, name = change.kind, KINDS[change.kind].key_field
        key = change.fields[name][0] if _is_renamed(change) else change.key
        found, before = there.find(kind, key), _known(change, 0)
        if (found is None) != (change.what == "removed"):
            raise DataError(f"{_called(change)} was {'added' if found else 'removed'} since")
        if found is None:
            there = there.put(kind, _entry(kind, {**before, name: key}, country))
            continue
        if {one: found.told()[one] for one in before} != _known(change, 1):
            raise DataError(f"{_called(change)} was changed since: take that back first")
        if change.what == "added":
            there = there.without(kind, key)
        else:
            there = there.put(kind, _entry(kind, {**found.model_dump(), **before}, country))
    return there


def _is_renamed(change: Change) -> bool:
    return KINDS[change.kind].key_field in change.fields


def _known(change: Change, which: int) -> dict[str, Any]:
    """Return what fields were (0), or are (1), as far as that is on record."""
    model = KINDS[change.kind]
    there = model.model_fields.keys() - {model.key_field}
    return {name: both[which] for name, both in change.fields.items() if name in there}


def _entry(kind: str, fields: dict[str, Any], country: str) -> Entry:
    return KINDS[kind].model_validate(fields, context={"country": country})


def _called(change: Change) -> str:
    return f"{KINDS[change.kind].what} {change.key}"
