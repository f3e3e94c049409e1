"""Reading call records: lists, one call with its timeline, and its export."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.records.legs import LegRow, seconds_between
from sipagent.records.schema import MANAGER, OWNER
from sipagent.store.database import delete_some

#: What ``call_of`` reads, of a row of ``calls``.
COLUMNS = (
    "id, sip_id, started, answered, ended, caller, asserted, called, scenario, language, "
    "ended_by, outcome, sip_code, quality, trunk, verstat, "
    "(SELECT sum(cost) FROM call_legs WHERE call = id), "
    "(SELECT json_group_object(name, value) FROM call_labels WHERE call = id)"
)
_LABELLED = "id IN (SELECT call FROM call_labels WHERE name = ? AND value = ?)"
_LEG = ", ".join(field.name for field in fields(LegRow))


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as it is stored; times are UTC, ISO 8601 with offset."""

    id: str
    sip_id: str
    started: str
    answered: str | None
    ended: str | None
    caller: str | None
    asserted: int
    called: str
    scenario: str
    language: str | None
    ended_by: str | None
    outcome: str | None
    sip_code: int | None
    #: How its audio arrived, as JSON; None for a call without any.
    quality: str | None
    #: Name of the trunk that it came over; empty for a direct caller.
    trunk: str
    #: What the trunk said of its check of the number, such as ``TN-Validation-Passed``.
    verstat: str | None
    #: What its legs have cost together, in grosze without VAT; None where nobody knows.
    cost: int | None
    #: What the line has said of it, such as whose call it was.
    labels: Mapping[str, str]

    @property
    def seconds(self) -> float | None:
        """Length from the answer to the end; None for a call that is live or was not answered."""
        return seconds_between(self.answered, self.ended)

    @property
    def owner(self) -> str | None:
        """Login that got in."""
        return self.labels.get(OWNER)

    @property
    def manager(self) -> int | None:
        """Id of the owner's manager."""
        return int(self.labels[MANAGER]) if MANAGER in self.labels else None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a timeline, ``at_ms`` milliseconds after the call came in."""

    at_ms: int
    kind: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One SIP message of a call; ``leg`` 0 is the caller's, those after it are second legs."""

    leg: int
    at: datetime
    sent: bool
    peer: str
    transport: str
    text: str


class History:
    """The calls of the past, and those that are live."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def calls(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        caller: str | None = None,
        labels: Mapping[str, str] | None = None,
        outcome: str | None = None,
        besides: str | None = None,
        limit: int = 50,
    ) -> list[CallRow]:
        """Return calls, the latest first.

        Args:
            since: those that came in at this time or later.
            until: those that came in before this time.
            caller: calling number in E.164.
            labels: those that have all of them.
            outcome: how it went, such as ``done`` or ``failed``.
            besides: what they have not called.
            limit: how many at the most; -1 for all.
        """
        wishes = {
            "started >= ?": _text(since),
            "started < ?": _text(until),
            "caller = ?": caller,
            "outcome = ?": outcome,
            "called <> ?": besides,
        }
        given: list[tuple[str, tuple[str, ...]]] = [
            (wish, (value,)) for wish, value in wishes.items() if value is not None
        ]
        given += [(_LABELLED, label) for label in (labels or {}).items()]
        where = f"WHERE {' AND '.join(wish for wish, _ in given)} " if given else ""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM calls {where}ORDER BY started DESC, id DESC LIMIT ?",
            (*itertools.chain.from_iterable(values for _, values in given), limit),
        )
        return [call_of(row) for row in rows]

    def call(self, name: str, *, besides: str | None = None) -> CallRow:
        """Return the call of an id, of the beginning of one, or the ``last`` call.

        Args:
            name: which.
            besides: what the last one has not called.

        Raises:
            DataError: there is none, or several begin like this.
        """
        last = name == "last"
        found = self.calls(besides=besides, limit=1) if last else self._beginning_with(name)
        if not found:
            raise DataError(f"there is no call {name!r}; sipagent calls list shows them")
        if len(found) > 1 and found[0].id != name:
            raise DataError(f"several calls begin with {name!r}; write more of the id")
        return found[0]

    def of_id(self, call: str) -> CallRow | None:
        """Return the call of an id; None: there is none."""
        row = self._db.execute(f"SELECT {COLUMNS} FROM calls WHERE id = ?", (call,)).fetchone()
        return None if row is None else call_of(row)

    def open_calls(self, limit: int) -> list[CallRow]:
        """Return calls that are not over, the oldest first; so many at the most."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM calls WHERE ended IS NULL ORDER BY started, id LIMIT ?",
            (limit,),
        )
        return [call_of(row) for row in rows]

    def count_open(self) -> int:
        """Return how many calls are not over."""
        return int(self._db.execute("SELECT count(*) FROM calls WHERE ended IS NULL").fetchone()[0])

    def timeline(self, call: str) -> list[EventRow]:
        """Return the events of a call, in order."""
        rows = self._db.execute(
            "SELECT at_ms, kind, details FROM call_events WHERE call = ? ORDER BY seq", (call,)
        )
        return [EventRow(at, kind, json.loads(details)) for at, kind, details in rows]

    def legs(self, call: CallRow) -> list[LegRow]:
        """Return the legs of a call, the caller's first."""
        own = LegRow(
            leg=0,
            sip_id=call.sip_id,
            party=call.caller,
            began=call.started,
            answered=call.answered,
            ended=call.ended,
            sip_code=call.sip_code,
            quality=call.quality,
        )
        rows = self._db.execute(
            f"SELECT {_LEG} FROM call_legs WHERE call = ? ORDER BY leg", (call.id,)
        )
        return [own, *(LegRow(*row) for row in rows)]

    def trace(self, call: CallRow) -> list[MessageRow]:
        """Return the SIP messages of a call and of its second legs, in order."""
        legs = {leg.sip_id: leg.leg for leg in reversed(self.legs(call))}
        rows = self._db.execute(
            "SELECT sip_id, at, sent, peer, transport, text FROM sip_messages "
            f"WHERE sip_id IN ({', '.join('?' * len(legs))}) ORDER BY at, id",
            tuple(legs),
        )
        return [
            MessageRow(legs[sip_id], datetime.fromisoformat(at), bool(sent), *rest)
            for sip_id, at, sent, *rest in rows
        ]

    def _beginning_with(self, name: str) -> list[CallRow]:
        """Return two calls at the most; a whole id comes first, for it is the shortest."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM calls WHERE id >= ? AND id < ? || '~' ORDER BY id LIMIT 2",
            (name, name),
        )
        return [call_of(row) for row in rows]


def delete_calls(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete calls that ended before a moment, with their timelines; return how many.

    So many at the most; without a limit they are only counted.
    """
    # A call begins before it ends, and by its beginning it is found without reading them all.
    return delete_some(
        db, "calls", "started < ? AND ended < ?", [_text(moment), _text(moment)], limit
    )


def delete_messages(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete SIP messages from before a moment; return how many.

    So many at the most; without a limit they are only counted.
    """
    return delete_some(db, "sip_messages", "at < ?", [_text(moment)], limit)


def export(
    call: CallRow, timeline: Sequence[EventRow] = (), legs: Sequence[LegRow] = ()
) -> dict[str, Any]:
    """Return a call, its legs and its timeline as JSON values."""
    return {
        "call": {
            **asdict(call),
            "owner": call.owner,
            "manager": call.manager,
            "asserted": bool(call.asserted),
            "seconds": call.seconds,
            "quality": call.quality and json.loads(call.quality),
        },
        "legs": [_leg(leg) for leg in legs],
        "timeline": [_event(event) for event in timeline],
    }


def call_of(row: Sequence[Any]) -> CallRow:
    """Return the call of a row of ``COLUMNS``."""
    *columns, labels = row
    return CallRow(*[*columns, json.loads(labels)])


def _leg(leg: LegRow) -> dict[str, Any]:
    return {
        **asdict(leg),
        "rang": leg.rang,
        "talked": leg.talked,
        "quality": leg.quality and json.loads(leg.quality),
    }


def _event(event: EventRow) -> dict[str, Any]:
    head = {"at_ms": event.at_ms, "kind": event.kind}
    return {**head, **event.details, **head}


def _text(moment: datetime | None) -> str | None:
    return times.stored(moment) if moment else None
