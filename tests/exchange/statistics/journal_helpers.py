"""A journal of queues to count, without queues and calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlite_utils

from sipagent.exchange.statistics.schema import statistics
from sipagent.records.schema import records
from sipagent.store.database import open_database

WARSAW = ZoneInfo("Europe/Warsaw")
#: A Thursday morning in Warsaw.
MORNING = datetime(2026, 11, 26, 8, tzinfo=UTC)


@contextmanager
def journal(path: Path) -> Iterator[sqlite_utils.Database]:
    """Open a database with the records of calls and the journal of queues."""
    db = open_database(path, [records, statistics])
    try:
        yield db
        db.conn.commit()
    finally:
        db.close()


def text(moment: datetime | None) -> str | None:
    """Return a moment as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None


def wait_in(
    db: sqlite_utils.Database,
    queue: str,
    arrived: datetime = MORNING,
    outcome: str | None = "answered",
    waited: float | None = 10.0,
    *,
    talked: float | None = 60.0,
    wrapped: float | None = 5.0,
    number: str = "+48600100101",
    member: str = "user:Anna Nowak",
    callback_of: int | None = None,
) -> int:
    """Store a call of a queue; return its id. Only answered ones have a member and a talk."""
    answered = arrived + timedelta(seconds=waited or 0) if outcome == "answered" else None
    talk = (member, text(answered), talked, wrapped) if answered else (None,) * 4
    rest = 0.0 if answered is None else (talked or 0.0)
    over = talked is not None if answered else outcome is not None
    ended = arrived + timedelta(seconds=(waited or 0) + rest) if over else None
    row = db.execute(
        "INSERT INTO queue_calls (queue, call, number, name, arrived_at, priority, place, "
        "ended_at, outcome, waited, member, answered_at, talked, wrapped, callback_of) "
        "VALUES (?, '', ?, '', ?, 0, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
        [queue, number, text(arrived), text(ended), outcome, waited, *talk, callback_of],
    )
    return int(row.lastrowid or 0)


def offer(
    db: sqlite_utils.Database,
    call: int,
    outcome: str | None,
    member: str = "user:Anna Nowak",
    at: datetime = MORNING,
    queue: str = "Biuro",
) -> None:
    """Store that a member was rung for a call."""
    db.execute(
        "INSERT INTO queue_offers (queue_call, queue, member, party, offered_at, outcome) "
        "VALUES (?, ?, ?, '', ?, ?)",
        [call, queue, member, text(at), outcome],
    )


def change(
    db: sqlite_utils.Database,
    state: str,
    at: datetime,
    *,
    queue: str | None = "Biuro",
    member: str = "user:Anna Nowak",
    reason: str = "",
) -> None:
    """Store what a member did."""
    db.execute(
        "INSERT INTO queue_states (queue, member, at, state, reason) VALUES (?, ?, ?, ?, ?)",
        [queue, member, text(at), state, reason],
    )


def house_call(
    db: sqlite_utils.Database,
    key: str,
    at: datetime,
    caller: str,
    party: str,
    *,
    answered: bool = True,
    seconds: float = 30.0,
    cost: int | None = None,
    vat: int | None = None,
    payer: str = "",
    trunk: str = "",
    leg_trunk: str = "",
) -> None:
    """Store the record of a call, with a leg that was answered at once or not at all."""
    begin, end = text(at), text(at + timedelta(seconds=seconds))
    db.execute(
        "INSERT OR IGNORE INTO calls "
        "(id, sip_id, started, answered, ended, caller, asserted, called, scenario, trunk) "
        "VALUES (?, ?, ?, ?, ?, ?, 1, '', 'phone', ?)",
        [key, key, begin, begin if answered else None, end, caller, trunk],
    )
    db.execute(
        "INSERT INTO call_legs (call, leg, sip_id, party, began, answered, ended, cost, vat, "
        "payer, trunk) SELECT ?, count(*) + 1, '', ?, ?, ?, ?, ?, ?, ?, ? FROM call_legs "
        "WHERE call = ?",
        [
            *(key, party, begin, begin if answered else None, end, cost, vat, payer, leg_trunk),
            key,
        ],
    )
