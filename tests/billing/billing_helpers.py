"""Call records to bill, without making calls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlite_utils

from sipagent.config import Config, LineSection, RetentionSection
from sipagent.config_billing import BillingSection

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


def config(*, zone: str = "Europe/Warsaw", days: int = 365, **tariff: Any) -> Config:
    """Return settings with a tariff of 10 grosze a call and 29 a minute, or another one."""
    return Config(
        billing=BillingSection(**{"per_call": 10, "per_minute": 29, **tariff}),
        line=LineSection(timezone=zone),
        retention=RetentionSection(calls=days),
    )


def record(
    db: sqlite_utils.Database,
    started: datetime = NOON,
    seconds: float | None = 60.0,
    *,
    manager: int | None = 1,
    owner: str | None = "100001",
    ended: bool = True,
) -> str:
    """Store a call, not answered where ``seconds`` is None; return its id."""
    key = f"call-{db['calls'].count:04}"
    answered = None if seconds is None else started + timedelta(seconds=1)
    end = (answered or started) + timedelta(seconds=seconds or 0)
    db.execute(
        "INSERT INTO calls (id, sip_id, started, answered, ended, asserted, called, scenario) "
        "VALUES (?, ?, ?, ?, ?, 1, 'line', 'infolinia')",
        [key, key, _text(started), _text(answered), _text(end if ended else None)],
    )
    for name, value in (("owner", owner), ("manager", manager)):
        if value is not None:
            db.execute("INSERT INTO call_labels VALUES (?, ?, ?)", [key, name, str(value)])
    db.conn.commit()
    return key


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
