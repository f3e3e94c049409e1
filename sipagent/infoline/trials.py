"""Test calls: a number of staff counts as an owner's until midnight, and goes by itself then.

It stands apart from the owner's own numbers, so that it is in no export, and no import takes it for
one that the owner has given.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import sqlite_utils

from sipagent import times
from sipagent.access.lockout import Kind, pardon
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.infoline.model import Owner
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class Trial:
    """A number (E.164) that counts as an owner's until a moment."""

    number: str
    until: datetime


def allow(
    db: sqlite_utils.Database,
    owner: Owner,
    number: str,
    *,
    now: datetime,
    zone: tzinfo,
    country: str = "PL",
) -> Trial:
    """Let a number count as an owner's until the midnight that comes next.

    It is free to call at once: what it failed before is forgotten.

    Args:
        db: with the migrations of the infoline.
        owner: whose balance may be heard then.
        number: as somebody writes it.
        now: the time, with its offset.
        zone: whose midnight it is.
        country: where a number without prefix belongs (ISO 3166).

    Raises:
        DataError: it is no number.
    """
    trial = Trial(_number(number, country), _midnight(now, zone))
    with writing(db):
        db.execute("DELETE FROM owner_trials WHERE until <= ?", [_text(now)])
        db.execute(
            "INSERT OR REPLACE INTO owner_trials (owner_id, number, until) VALUES (?, ?, ?)",
            [owner.id, trial.number, _text(trial.until)],
        )
        pardon(db, Kind.NUMBER, trial.number)
    return trial


def end(db: sqlite_utils.Database, owner: Owner, number: str, country: str = "PL") -> str:
    """Let a number count no longer, and return it; nothing happens where it does not count.

    Raises:
        DataError: it is no number.
    """
    clean = _number(number, country)
    with writing(db):
        db.execute("DELETE FROM owner_trials WHERE owner_id = ? AND number = ?", [owner.id, clean])
    return clean


def running(db: sqlite_utils.Database, owner: Owner, now: datetime) -> list[Trial]:
    """Return the numbers that count as an owner's for the rest of the day."""
    rows = db.execute(
        "SELECT number, until FROM owner_trials WHERE owner_id = ? AND until > ? ORDER BY number",
        [owner.id, _text(now)],
    ).fetchall()
    return [Trial(number, datetime.fromisoformat(until)) for number, until in rows]


def allowed(db: sqlite_utils.Database, owner: Owner, number: str, now: datetime) -> bool:
    """Whether a number counts as an owner's for the rest of the day."""
    return any(one.number == number for one in running(db, owner, now))


def _number(text: str, country: str) -> str:
    try:
        return to_e164(text, country)
    except ValueError as error:
        raise DataError(str(error)) from None


def _midnight(now: datetime, zone: tzinfo) -> datetime:
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).date()
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


def _text(moment: datetime) -> str:
    return times.stored(moment, "seconds")
