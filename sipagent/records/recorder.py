"""Writing call records while calls go on: never in their way, and nothing lost by a crash."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.records.legs import KINDS, SECOND_LEG, LegRow, Legs
from sipagent.records.schema import REFUSED
from sipagent.records.trace import Trace
from sipagent.store.store import Store
from sipagent.store.writer import Value
from sipagent.text import cleaned

Detail = str | int | float | bool | None

#: Columns of a call's row that become known while it goes on.
_LATER = frozenset(
    {"answered", "ended", "language", "ended_by", "outcome", "sip_code", "mos", "quality"}
)
_LEG = ", ".join(("call", *(field.name for field in fields(LegRow))))
_LEG_MARKS = ", ".join("?" * (len(fields(LegRow)) + 1))
#: Details that a secret event does not show.
_PRESSED = ("digit", "digits")
_HIDDEN = "•"
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallStart:
    """What is known when an INVITE comes in; ``caller`` is E.164, None for a hidden number."""

    id: str
    sip_id: str
    caller: str | None
    asserted: bool
    called: str
    scenario: str
    #: Name of the trunk that it comes over; empty for a direct caller.
    trunk: str = ""
    #: What the trunk says of its check of the number, such as ``TN-Validation-Passed``.
    verstat: str | None = None


class CallRecord:
    """The record of one call; takes its timeline, from one thread."""

    def __init__(self, store: Store, start: CallStart, trace: Trace) -> None:
        self._store = store
        self._trace = trace
        self._id = start.id
        self._began = time.monotonic()
        self._started = datetime.now(UTC)
        self._seq = 0
        self._legs = Legs()

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event that happens now; never blocks, never raises.

        A key pressed in secret (``secret`` is true in the details) is stored as a dot.
        """
        at_ms = round((time.monotonic() - self._began) * 1000)
        self._seq += 1
        shown, text = _written(kind, details)
        self._store.post(
            "INSERT INTO call_events (call, seq, at_ms, kind, details) VALUES (?, ?, ?, ?, ?)",
            (self._id, self._seq, at_ms, kind, text),
            droppable=True,
        )
        if kind == "answer":
            self.update(answered=self._now())
        elif kind == SECOND_LEG:
            self._trace.follow(str(shown.get("sip_id", "")))
        if kind in KINDS and (leg := self._legs.take(kind, shown, self._now())) is not None:
            self._write_leg(leg)

    def update(self, **columns: Value) -> None:
        """Set columns of the call's row, such as ``language``.

        Raises:
            ValueError: there is no such column, or it is none that changes.
        """
        if strange := columns.keys() - _LATER:
            raise ValueError(f"a call's row has no {', '.join(sorted(strange))} to set")
        if columns:
            names = ", ".join(f"{name} = ?" for name in columns)
            values = (*columns.values(), self._id)
            self._store.post(f"UPDATE calls SET {names} WHERE id = ?", values)

    def label(self, name: str, value: str | int) -> None:
        """Say something of the call that it can be found by, such as whose it is."""
        self._store.post(
            "INSERT OR REPLACE INTO call_labels (call, name, value) VALUES (?, ?, ?)",
            (self._id, name, str(value)),
        )

    def measured(self, mos: float | None, quality: Mapping[str, Detail]) -> None:
        """Write how its audio arrived: its score, and the whole of it for the export."""
        self.update(mos=mos, quality=_encode(quality))

    async def close(self, ended_by: str, outcome: str, sip_code: int) -> None:
        """Write how the call ended, and return once that is committed (or the disk is stuck)."""
        self.end(ended_by, outcome, sip_code)
        await self._store.written()

    def end(self, ended_by: str, outcome: str, sip_code: int) -> None:
        """Write how the call ended, and do not wait."""
        ended = self._now()
        for leg in self._legs.over(ended):
            self._write_leg(leg)
        self.update(ended=ended, ended_by=ended_by, outcome=outcome, sip_code=sip_code)

    @property
    def started(self) -> str:
        """When the INVITE came in, as it is stored."""
        return times.stored(self._started)

    def _write_leg(self, leg: LegRow) -> None:
        self._store.post(
            f"INSERT OR REPLACE INTO call_legs ({_LEG}) VALUES ({_LEG_MARKS})",
            (self._id, *astuple(leg)),
        )

    def _now(self) -> str:
        """Return the time by the clock that cannot jump, as it is stored."""
        passed = timedelta(seconds=time.monotonic() - self._began)
        return times.stored(self._started + passed)


class Recorder:
    """Writes the records of all calls, never in the way of one.

    Args:
        store: with the migrations ``records``.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        #: Takes SIP messages, and keeps those of calls.
        self.trace = Trace(store)

    async def recover(self) -> int:
        """Close the rows of calls that a crash cut off; return how many there were.

        To be called before the first call of this run: each row without an end is taken for one
        of a run that died.

        Raises:
            SetupError, DataError: the database refuses to be written.
        """
        return await self._store.write(_close_lost)

    async def open(self, start: CallStart) -> CallRecord:
        """Return the record of a new call once its row is committed (or the disk is stuck)."""
        record = self._begin(start)
        try:
            await self._store.written()
        except asyncio.CancelledError:
            record.end("shutdown", "shutdown", 0)
            raise
        return record

    def refuse(self, start: CallStart, code: int, reason: str) -> None:
        """Write the whole record of a call that was refused at once, and do not wait."""
        record = self._begin(start)
        record.note(REFUSED, {"code": code, "reason": reason})
        record.end("agent", REFUSED, code)

    def _begin(self, start: CallStart) -> CallRecord:
        """Write the row of a new call, and do not wait."""
        record = CallRecord(self._store, start, self.trace)
        row = {**_cleaned(vars(start)), "started": record.started}
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self._store.post(f"INSERT INTO calls ({names}) VALUES ({marks})", tuple(row.values()))
        self.trace.follow(start.sip_id)
        return record

    async def written(self) -> None:
        """Return once everything so far is committed (or the disk is stuck)."""
        await self._store.written()


def _close_lost(db: sqlite_utils.Database) -> int:
    lost = db.execute(
        "SELECT id, started, (SELECT max(at_ms) FROM call_events WHERE call = id) "
        "FROM calls WHERE ended IS NULL"
    ).fetchall()
    for call, started, last in lost:
        ended = times.stored(datetime.fromisoformat(started) + timedelta(milliseconds=last or 0))
        db.execute(
            "UPDATE calls SET ended = ?, ended_by = 'crash', outcome = 'crash' WHERE id = ?",
            (ended, call),
        )
        db.execute("UPDATE call_legs SET ended = ? WHERE call = ? AND ended IS NULL", (ended, call))
    return len(lost)


def concealed(details: Mapping[str, Detail]) -> dict[str, Detail]:
    """Return the details of an event as they may be kept: without keys pressed in secret."""
    shown = _cleaned(details)
    if shown.pop("secret", False):
        shown.update({name: _HIDDEN for name in _PRESSED if name in shown})
    return shown


def _cleaned(details: Mapping[str, Detail]) -> dict[str, Detail]:
    """Return details without control characters: some of them were sent by strangers."""
    return {
        name: cleaned(value) if isinstance(value, str) else value
        for name, value in dict(details).items()
    }


def _written(kind: str, details: Mapping[str, Detail]) -> tuple[dict[str, Detail], str]:
    """Return details that may be kept, and as JSON; a faulty note has none, the event stays."""
    try:
        shown = concealed(details)
        return shown, _encode(shown)
    except (TypeError, ValueError, RecursionError) as error:
        _log.error("details of an event %r cannot be stored: %s", kind, error)
        return {}, "{}"
