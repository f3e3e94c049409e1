"""Taking changes of the exchange back: entries are again what the journal says they were."""

from collections.abc import Iterable
from typing import Any

import sqlite_utils

from sipagent.errors import DataError
from sipagent.exchange import editing, journal
from sipagent.exchange.difference import Change
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import KINDS, Exchange
from sipagent.exchange.reading import load
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
        renamed = [one for one in taken if _is_renamed(one)]
        others = [one for one in taken if not _is_renamed(one)]
        for change in renamed:  # whoever refers to them goes on doing so
            _require_as_left(load(db).exchange, change)
            name = KINDS[change.kind].key_field
            before = {**_known(change, 0), name: change.fields[name][0]}
            editing.edit(db, change.kind, change.key, before, by=by, country=country)
        found = editing.rewrite(db, lambda there: undone(there.exchange, others, country), by=by)
    if not found and not renamed:
        raise DataError("passwords and PINs are on no record: give another one")
    return [*(_back(one) for one in renamed), *found]


def undone(there: Exchange, taken: Iterable[Change], country: str = "PL") -> Exchange:
    """Return an exchange without changes that were made to it, in which nobody got another name.

    Raises:
        DataError: what they changed was changed since.
    """
    for change in taken:
        kind, key, before = change.kind, change.key, _known(change, 0)
        found = _require_as_left(there, change)
        if change.what == "added":
            there = there.without(kind, key)
        else:
            left = {KINDS[kind].key_field: key} if found is None else found.model_dump()
            there = there.put(kind, _entry(kind, {**left, **before}, country))
    return there


def _require_as_left(there: Exchange, change: Change) -> Entry | None:
    """Return the entry of a change, which is as that has left it; None: it was removed.

    Raises:
        DataError: it was changed since.
    """
    called = f"{KINDS[change.kind].what} {change.key}"
    found = there.find(change.kind, change.key)
    if (found is None) != (change.what == "removed"):
        raise DataError(f"{called} was {'added' if found else 'removed'} since")
    if found is not None:
        told, left = found.told(), _known(change, 1)
        if {name: told[name] for name in left} != left:
            raise DataError(f"{called} was changed since: take that back first")
    return found


def _is_renamed(change: Change) -> bool:
    return KINDS[change.kind].key_field in change.fields


def _back(change: Change) -> Change:
    """Return the change that takes another one back, which has given an entry another name."""
    key = change.fields[KINDS[change.kind].key_field][0]
    return Change("changed", change.kind, key, {
        name: (new, old) for name, (old, new) in change.fields.items()
    })  # fmt: skip


def _known(change: Change, which: int) -> dict[str, Any]:
    """Return what fields were (0), or are (1), as far as that is on record."""
    model = KINDS[change.kind]
    there = model.model_fields.keys() - {model.key_field}
    return {name: both[which] for name, both in change.fields.items() if name in there}


def _entry(kind: str, fields: dict[str, Any], country: str) -> Entry:
    return KINDS[kind].model_validate(fields, context={"country": country})
