"""Who is logged into which queue, and who pauses: state of the line, which outlasts a restart.

Members are there until they log out; who is no member is there once they have logged in. A pause is
for all queues. Commands and phones change this; the line sees it within a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.exchange import editing, reading, writing
from sipagent.exchange.model import Exchange
from sipagent.exchange.queues.events import Presences
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.reaching.handling import Handling
from sipagent.exchange.rows import party
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref
from sipagent.store import database

#: Why the line has paused a member by itself, and why nothing rings at a user's.
MISSED_CALLS, DND = "missed-calls", "do-not-disturb"


class Unfit(DataError):
    """Somebody cannot be logged in or paused so; the text says why."""

    code = "unfit"


@dataclass(frozen=True, slots=True)
class Logins:
    """Who differs from the lists of members, and who pauses for which reason.

    Args:
        there: (queue, member) → whether they are logged in.
        pauses: member → why.
    """

    there: Mapping[tuple[str, Ref], bool] = field(default_factory=dict)
    pauses: Mapping[Ref, str] = field(default_factory=dict)

    def of(self, queue: Queue) -> list[Ref]:
        """Return who is logged into a queue, in its order; guests come last."""
        listed = [Ref.of(one.who) for one in queue.members]
        there = [one for one in listed if self.there.get((queue.name, one), True)]
        guests = [
            member
            for (name, member), there in sorted(self.there.items())
            if there and name == queue.name and member not in listed
        ]
        return [*there, *guests]

    def paused(self, handlings: Mapping[str, Handling]) -> dict[Ref, str]:
        """Return who takes no calls, and why; also who does not want to be disturbed."""
        quiet = {Ref(Kind.USER, user): DND for user, one in handlings.items() if one.dnd}
        return {**quiet, **self.pauses}

    def presences(self, exchange: Exchange, handlings: Mapping[str, Handling]) -> Presences:
        """Return who is there for which queue."""
        queues = {one.name: one for one in exchange.queues}
        away = {member for member, why in self.pauses.items() if why == MISSED_CALLS}
        there = {name: self.of(queue) for name, queue in queues.items()}
        paused = self.paused(handlings)
        return Presences(queues, there, frozenset(paused), frozenset(away))


def load(db: sqlite_utils.Database) -> Logins:
    """Return them as they are kept."""
    there = {
        (queue, Ref(Kind(kind), name)): bool(here)
        for queue, kind, name, here in db.execute(
            "SELECT queues.name, members.kind, members.name, there FROM queue_logins "
            "JOIN parties AS queues ON queues.id = queue_id "
            "JOIN parties AS members ON members.id = party_id"
        ).fetchall()
    }
    pauses = {
        Ref(Kind(kind), name): reason
        for kind, name, reason in db.execute(
            "SELECT kind, name, reason FROM queue_pauses JOIN parties ON parties.id = party_id"
        ).fetchall()
    }
    return Logins(there, pauses)


def log_in(db: sqlite_utils.Database, queue: str, member: str, *, there: bool) -> tuple[Queue, Ref]:
    """Log somebody in or out, and return the queue and who it is.

    Args:
        db: the database.
        queue: name or internal number.
        member: internal number or short code, or ``user:NAME`` and the like.
        there: whether they are there from now on.

    Raises:
        Unfit: the queue is for its members only, or it is nobody who could be rung.
        DataError: there is no such queue, or member.
    """
    with database.writing(db):
        exchange = reading.load(db).exchange
        entry = editing.existing(exchange, "queues", queue)
        assert isinstance(entry, Queue)
        who = _member(exchange, member)
        listed = any(Ref.of(one.who) == who for one in entry.members)
        if not listed and not (entry.anyone and who.kind is Kind.USER):
            raise Unfit(f"{who} is no member of queue {entry.name}")
        writing.next_version(db)
        key = party(db, Ref(Kind.QUEUE, entry.name)), party(db, who)
        if there == listed:
            db.execute("DELETE FROM queue_logins WHERE queue_id = ? AND party_id = ?", [*key])
        else:
            db.execute(
                "INSERT OR REPLACE INTO queue_logins VALUES (?, ?, ?, ?)",
                [*key, int(there), _now()],
            )
    return entry, who


def pause(db: sqlite_utils.Database, member: str, reason: str) -> Ref:
    """Let somebody take no calls of queues for a while, and return who it is.

    Raises:
        DataError: there is nobody like that.
    """
    with database.writing(db):
        exchange = reading.load(db).exchange
        who = _member(exchange, member)
        writing.next_version(db)
        db.execute(
            "INSERT OR REPLACE INTO queue_pauses VALUES (?, ?, ?)", [party(db, who), reason, _now()]
        )
    return who


def resume(db: sqlite_utils.Database, member: str) -> Ref:
    """Let somebody take calls of queues again, and return who it is.

    Raises:
        DataError: there is nobody like that.
    """
    with database.writing(db):
        exchange = reading.load(db).exchange
        who = _member(exchange, member)
        writing.next_version(db)
        db.execute("DELETE FROM queue_pauses WHERE party_id = ?", [party(db, who)])
    return who


def _member(exchange: Exchange, text: str) -> Ref:
    """Return who is meant, who is there and can be rung."""
    who = Ref.of(editing.meant(exchange, text))
    if who.kind not in (Kind.USER, Kind.OUTSIDE):
        raise Unfit(f"{who} is nobody who answers calls of queues")
    return Ref(who.kind, editing.existing(exchange, FIELDS[who.kind], who.name).key)


def _now() -> str:
    return times.stored(datetime.now(UTC))
