"""The users of an exchange as a CSV file, out and in."""

from collections.abc import Mapping
from typing import Any

import sqlite_utils

from sipagent.errors import DataError
from sipagent.exchange import editing, lists
from sipagent.exchange.difference import Change
from sipagent.exchange.model import Exchange, User, in_order
from sipagent.exchange.reading import Stored
from sipagent.exchange.rules import mistakes
from sipagent.exchange.values import plain
from sipagent.money import amount, plain_amount
from sipagent.sheet import csv_text

#: The columns, and which of them a file has to have.
COLUMNS = (
    "name", "number", "email", "mobile", "role", "rights", "shown", "language", "daily_minutes",
    "daily_international", "daily_amount", "calls_at_once", "recorded", "listening_tone",
)  # fmt: skip
_NEEDED = frozenset({"name", "number"})
#: Those that may say nothing. An empty cell of another one is as a column that is missing: what it
#: would say stays as it is, and is as usual of who is new.
_MAY_BE_EMPTY = frozenset(
    {"email", "mobile", "rights", "shown", "daily_minutes", "daily_international", "daily_amount",
     "calls_at_once"}
)  # fmt: skip
_TRUTHS = {"yes": True, "no": False, "": False}


def written(exchange: Exchange) -> str:
    """Return the list of all users; it says nothing of PINs and phones."""
    return csv_text(COLUMNS, (_cells(one) for one in exchange.users))


def take(
    db: sqlite_utils.Database,
    text: str,
    place: str,
    *,
    dry_run: bool = False,
    by: str = "",
    country: str = "PL",
) -> list[Change]:
    """Add the users of a list, and change those who are there; return what that changes.

    Who is not in the list stays.

    Args:
        db: the database.
        text: the list, with commas or semicolons between its columns.
        place: what mistakes call it.
        dry_run: whether only to say what it would change.
        by: who does it, as ``journal.Noted``.
        country: where a number without prefix belongs.

    Raises:
        DataError: one line a mistake, each with its place; nothing is changed.
    """

    def plan(there: Stored) -> Exchange:
        before = {one.name: one for one in there.exchange.users}

        def made(row: lists.Row) -> User:
            return _user(row, before, country)

        found = lists.entries(text, place, COLUMNS, _NEEDED, made)
        users = in_order({**before, **{one.name: one for one in found.values()}}.values())
        after = there.exchange.model_copy(update={"users": users})
        _require_fit(after, {one.name: line for line, one in found.items()}, place)
        return after

    return editing.rewrite(db, plan, dry_run=dry_run, by=by)


def _require_fit(after: Exchange, lines: Mapping[str, int], place: str) -> None:
    """Check that users fit to what is there.

    Raises:
        DataError: they do not; each mistake is told at the line of who is meant, where it has one.
    """
    wrong = []
    for one in mistakes(after):
        kind, at, *_ = one.keys
        key = after.entries(str(kind))[int(at)].key if kind == "users" else ""
        wrong.append(f"{place}:{lines[key]}: {one.sentence}" if key in lines else one.sentence)
    if wrong:
        raise DataError("\n".join(wrong))


def _user(row: lists.Row, before: Mapping[str, User], country: str) -> User:
    there = before.get(plain(row["name"]))
    fields: dict[str, Any] = {} if there is None else there.model_dump()
    for name, text in row.items():
        if text or name in _MAY_BE_EMPTY:
            fields[name] = _value(name, text)
    return User.model_validate(fields, context={"country": country})


def _value(name: str, text: str) -> object:
    """Return the value of a cell.

    Raises:
        ValueError: it is none.
    """
    match name:
        case "rights":
            return tuple(one.strip() for one in text.split(",") if one.strip())
        case "daily_amount" if text:
            return amount(text)
        case "listening_tone":
            if text.lower() not in _TRUTHS:
                raise ValueError(f"listening_tone: {text!r} is neither yes nor no")
            return _TRUTHS[text.lower()]
    return text


def _cells(user: User) -> list[object]:
    values = user.model_dump()
    values["rights"] = ", ".join(user.rights)
    values["listening_tone"] = "yes" if user.listening_tone else "no"
    if user.daily_amount is not None:
        values["daily_amount"] = plain_amount(user.daily_amount)
    return [values[name] for name in COLUMNS]
