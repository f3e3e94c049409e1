"""The journal of queues: over a restart, why somebody was not rung, and how long it is kept."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.config import Config
from sipagent.exchange import editing
from sipagent.exchange.queues.expiry import journal
from sipagent.exchange.queues.journal import Arrival, Journal
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.queues.why import why
from sipagent.exchange.schema import exchange
from sipagent.exchange.values import Ref
from sipagent.store.data import Single
from sipagent.store.database import open_database
from tests.exchange.queues.work import ANNA, EWA, Ledger, firm

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Day:
    """A journal, and the time of it in seconds after noon."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self.db = db
        self.at = 0.0
        store: Any = Ledger(db)
        self.journal = Journal(store, lambda: NOON + timedelta(seconds=self.at))

    def comes(self, at: float) -> int:
        self.at = at
        moment = NOON + timedelta(seconds=at)
        arrival = Arrival("Serwis", "c1", "+48600700700", "", moment, 0, 1)
        return self.journal.arrived(arrival)

    def does(self, at: float, member: Ref, state: str, queue: str | None = "Serwis") -> None:
        self.at = at
        self.journal.does(member, state, queue)

    def why(self, at: float, member: Ref = ANNA) -> list[str]:
        moment = NOON + timedelta(seconds=at)
        return why(self.db, "Serwis", member, moment, lambda text: text[17:19])


@pytest.fixture
def day(tmp_path: Path) -> Any:
    with closing(open_database(tmp_path / "line.db", [exchange, queues])) as db:
        editing.replace(db, firm())
        yield Day(db)


def test_why_it_did_not_ring(day: Day) -> None:
    day.does(0, ANNA, "in")
    assert day.why(1) == ["nobody waited in queue Serwis", "user:Anna Nowak was free"]
    call = day.comes(2)
    waits = "1 waited in queue Serwis, the first one since 02"
    offer = day.journal.offered(call, "Serwis", EWA)
    assert day.why(3) == [
        waits,
        "user:Anna Nowak was free",
        "user:Ewa Lis was rung for it from 02 on",
    ]
    assert day.why(3, EWA) == ["user:Ewa Lis was rung for queue Serwis from 02, still"]
    day.does(4, ANNA, "talk", None)
    assert day.why(5) == [waits, "user:Anna Nowak talked in a call of their own since 04"]
    day.does(6, ANNA, "idle", None)
    day.does(7, ANNA, "pause", None)
    assert day.why(8) == [waits, "user:Anna Nowak paused since 07"]
    day.does(9, ANNA, "resume", None)
    day.does(10, ANNA, "out")
    assert day.why(11) == [
        waits,
        "user:Anna Nowak was not logged into queue Serwis since 10",
    ]
    day.at = 12
    day.journal.offer_ended(offer, "missed", 487)
    day.does(12, EWA, "in")
    assert day.why(13, EWA) == [waits, "user:Ewa Lis had just missed a call, at 12"]
    assert day.why(11.5, EWA) == [
        "user:Ewa Lis was rung for queue Serwis from 02, until 12 (missed)"
    ]


def test_what_a_crash_has_left_open_is_closed(day: Day) -> None:
    waits, talks = day.comes(0), day.comes(1)
    day.journal.offered(waits, "Serwis", EWA)
    day.does(2, EWA, "ring")
    day.at = 3
    day.journal.answered(talks, ANNA, 2.0)
    day.does(3, ANNA, "in")
    day.does(3, ANNA, "talk")
    day.at = 60
    before = asyncio.run(day.journal.open())
    assert (before.calls, before.offers) == (2, 1)
    assert before.there == {("Serwis", ANNA)}
    assert before.waits == (("Serwis", 2.0, 1),)
    rows = day.db.execute("SELECT outcome, substr(ended_at, 18, 2) FROM queue_calls ORDER BY id")
    assert rows.fetchall() == [("closed", "00"), ("answered", "03")]
    assert day.db.execute("SELECT outcome FROM queue_offers").fetchall() == [("withdrawn",)]
    last = day.db.execute("SELECT member, state FROM queue_states ORDER BY id DESC LIMIT 2")
    assert sorted(last.fetchall()) == [(str(ANNA), "idle"), (str(EWA), "idle")]


def test_what_is_old_goes_and_what_still_holds_stays(day: Day) -> None:
    call = day.comes(0)
    day.journal.left(call, "abandoned", 1.0)
    waiting = day.comes(1)
    for at, state in enumerate(("in", "pause", "ring", "talk", "resume", "out", "in", "idle")):
        day.does(2 + at, ANNA, state, None if state in ("pause", "resume") else "Serwis")
    expiring = journal(Config())
    later = NOON + timedelta(days=1)
    data = Single(day.db)
    assert sum(expiring.delete(data, later, True)) == 7
    assert sum(expiring.delete(data, later, False)) == 7
    assert day.db.execute("SELECT id FROM queue_calls").fetchall() == [(waiting,)]
    left = day.db.execute("SELECT state FROM queue_states ORDER BY id").fetchall()
    assert left == [("resume",), ("in",)]
