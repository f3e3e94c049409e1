"""Chats that are over: finding them by who, when and what was said, and what they show in sum."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlite_utils

from sipagent.helpdesk.chat.chats import SELECT, chat_of
from sipagent.helpdesk.chat.model import Chat
from sipagent.searching.asking import asked
from sipagent.searching.folding import fold, folded


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; what is empty is not.

    Args:
        words: all of them, or their beginnings, in what was said.
        who: a part of the name of the visitor, of the number, or of the address.
        agent: who had it last.
        ending: how it ended.
        since: a time (UTC, as stored) from which it began.
        until: a time before which it began.
    """

    words: str = ""
    who: str = ""
    agent: str = ""
    ending: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What chats show in sum; times are seconds, None where there are none.

    Args:
        chats: how many there were.
        answered: how many of them were answered in the chat.
        tickets: how many went on as tickets.
        first_answer: how long it took on average until one was first answered.
        length: how long those were on average that were answered.
    """

    chats: int
    answered: int
    tickets: int
    first_answer: float | None
    length: float | None


def found(
    db: sqlite_utils.Database, sought: Sought, limit: int, before: int | None = None
) -> list[Chat]:
    """Return chats that are over, the latest first.

    Args:
        db: with the tables of ``schema``.
        sought: what is looked for.
        limit: how many at the most.
        before: only those with lower numbers.
    """
    where, values = _where(sought)
    if before is not None:
        where, values = f"{where} AND id < ?", [*values, before]
    rows = db.execute(f"{SELECT} WHERE {where} ORDER BY id DESC LIMIT ?", [*values, limit])
    return [chat_of(row) for row in rows.fetchall()]


def figures(db: sqlite_utils.Database, sought: Sought) -> Figures:
    """Return what the chats that are found show in sum."""
    where, values = _where(sought)
    took, lasted = _seconds("answered", "began"), _seconds("ended", "began")
    row = db.execute(
        f"SELECT count(*), count(answered), count(ticket), avg({took}), "
        f"avg(CASE WHEN answered IS NOT NULL THEN {lasted} END) FROM chats WHERE {where}",
        values,
    ).fetchone()
    return Figures(*row)


def _seconds(later: str, earlier: str) -> str:
    return f"(julianday({later}) - julianday({earlier})) * 86400.0"


def _where(sought: Sought) -> tuple[str, Sequence[object]]:
    parts: list[tuple[str, Sequence[object]]] = [("ended IS NOT NULL", ())]
    if words := asked(sought.words, ("pl", "en")).match(unfinished=True):
        said = (
            "id IN (SELECT chat_id FROM chat_messages WHERE id IN "
            "(SELECT rowid FROM chat_words WHERE chat_words MATCH ?))"
        )
        parts.append((said, [words]))
    if sought.who:
        columns = ("name", "phone", "email", "ref")
        any_of = " OR ".join(f"instr({folded(one)}, ?)" for one in columns)
        parts.append((f"({any_of})", [fold(sought.who)] * len(columns)))
    for column in ("agent", "ending"):
        if value := getattr(sought, column):
            parts.append((f"{column} = ?", [value]))
    if sought.since:
        parts.append(("began >= ?", [sought.since]))
    if sought.until:
        parts.append(("began < ?", [sought.until]))
    values = [value for _, some in parts for value in some]
    return " AND ".join(part for part, _ in parts), values
