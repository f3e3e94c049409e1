"""A queue on disk: a message is there before anybody is told that it is on its way.

What it holds is written as a file first, then its row is committed; what a crash leaves in between
is a file without a row, which nobody was promised (docs/decisions/005-outbox.md).
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import sqlite_utils
import structlog

from sipagent import times
from sipagent.errors import DataError, SipAgentError
from sipagent.messages.address import masked
from sipagent.messages.files import Files
from sipagent.store.data import Data
from sipagent.store.database import delete_some

Result = TypeVar("Result")

#: Seconds after which a file without a row was left by a program that died.
_STALE = 3600.0
#: Each wait is longer or shorter by up to so much, so that messages do not come in herds.
_JITTER = 0.1
#: Messages that are looked at together.
_BATCH = 20

log = structlog.get_logger(__name__)


class OutboxLimit(SipAgentError):
    """An owner has caused as many messages within the hour as one may."""

    code = "outbox-limit"
    exit_status = 4


class State(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    #: The mail server will never take it.
    REFUSED = "refused"
    #: Nobody has taken it for too long.
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the outbox; times are UTC, ISO 8601 with offset."""

    id: int
    state: State
    created: str
    kind: str
    owner: str
    manager: int | None
    call: str
    recipient: str
    subject: str
    message_id: str
    file: str
    attempts: int
    next_attempt: str
    last_error: str
    #: When it was sent, refused or given up.
    done: str | None
    #: Where it went: the server and its last words, or a file.
    place: str
    #: When an operator had it tried again.
    asked: str | None
    #: How it leaves.
    medium: str


_COLUMNS = ", ".join(Entry.__dataclass_fields__)


class Waits(Protocol):
    """How often messages are tried, and how many there may be."""

    @property
    def first_retry(self) -> int:
        """Seconds before the second attempt."""

    @property
    def longest_retry(self) -> int:
        """Seconds of the longest wait."""

    @property
    def give_up(self) -> int:
        """Hours after which a message that nobody takes is given up."""

    @property
    def per_owner(self) -> int:
        """Messages that one owner may cause within an hour."""


#: Writes what belongs to messages, in the transaction that keeps them.
Beside = Callable[[sqlite_utils.Database], object]
#: A message as it is kept: its row, and what its file holds.
Letter = tuple[dict[str, str | int | None], bytes]
AnyWaits = TypeVar("AnyWaits", bound=Waits)


class Queue(Generic[AnyWaits]):
    """Messages of a medium that wait, and those that are done; safe to use from several threads.

    Args:
        data: with the migrations ``messages``.
        files: directory of the messages.
        settings: limits and waits.
        clock: returns the time.
    """

    #: How its messages leave, what they are handed to, and the task that does so.
    medium, server, sender = "mail", "mail server", "sender"

    def __init__(
        self,
        data: Data,
        files: Path,
        settings: AnyWaits,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._data = data
        self._files = Files(files)
        self._settings = settings
        self.now = clock
        self._wake: Callable[[], None] = lambda: None

    def use(self, settings: AnyWaits) -> None:
        """Take other limits and waits; from any thread."""
        self._settings = settings

    def checked(self, sender: str) -> str:
        """Return whom messages are from, if that can be.

        Raises:
            ConfigError: it cannot.
        """
        return sender

    def on_put(self, wake: Callable[[], None]) -> None:
        """Have something called after each ``put``, in the thread that puts."""
        self._wake = wake

    def due(self, limit: int = _BATCH, *, asked_after: datetime | None = None) -> list[Entry]:
        """Return messages whose time has come, the oldest first.

        Args:
            limit: how many at the most.
            asked_after: only those that an operator has had tried again since.
        """
        now = self.now()
        # A wait that is longer than any can be: the clock was set back.
        never = now + timedelta(seconds=self._settings.longest_retry * (1 + 2 * _JITTER))
        return self._select(
            "state = 'waiting' AND (next_attempt <= ? OR next_attempt > ?) "
            "AND (? IS NULL OR asked > ?) AND medium = ? ORDER BY next_attempt, id LIMIT ?",
            times.stored(now),
            times.stored(never),
            *[asked_after and times.stored(asked_after)] * 2,
            self.medium,
            limit,
        )

    def content(self, entry: Entry) -> bytes:
        """Return the whole e-mail.

        Raises:
            DataError: its file is gone.
            SetupError: its file cannot be read.
        """
        return self._files.read(entry.file)

    def sent(self, entry: Entry, place: str) -> None:
        """Note that a message has gone, and where to."""
        self._done(entry, State.SENT, "", place)
        log.info("message sent", **_facts(entry), place=_private(place, entry))

    def refused(self, entry: Entry, why: str) -> None:
        """Note that a message will never be taken."""
        self._done(entry, State.REFUSED, why)
        log.error("message refused", **_facts(entry), why=_private(why, entry))

    def failed(self, entry: Entry, why: str) -> None:
        """Note that an attempt has failed; there will be another, or there have been enough."""
        now = self.now()
        if self._too_old(entry, now):
            self._done(entry, State.GIVEN_UP, why)
            _tell_given_up(entry, why)
            return
        wait = self.wait_after(entry.attempts)
        self._write(
            lambda db: db.execute(
                "UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_attempt = ? "
                "WHERE id = ?",
                [why, times.stored(now + wait), entry.id],
            )
        )
        seconds = round(wait.total_seconds())
        log.warning("message waits", **_facts(entry), seconds=seconds, why=_private(why, entry))

    def hold(self, why: str) -> None:
        """Note that what is due cannot leave for a reason that is not its own.

        Messages that nobody takes for too long are given up then, tried or not.
        """
        now = self.now()

        def note(db: sqlite_utils.Database) -> list[Entry]:
            db.execute(
                "UPDATE outbox SET last_error = ? "
                "WHERE state = 'waiting' AND next_attempt <= ? AND medium = ?",
                [why, times.stored(now), self.medium],
            )
            waiting = _select(db, "state = 'waiting' AND medium = ?", self.medium)
            old = [one for one in waiting if self._too_old(one, now)]
            for entry in old:
                self._end(db, entry, State.GIVEN_UP, why, attempts=0)
            return old

        for entry in self._write(note):
            _tell_given_up(entry, why)

    def wait_after(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures and one more."""
        settings = self._settings
        seconds = min(settings.first_retry * 2.0 ** min(failures, 30), settings.longest_retry)
        return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))

    def retry(self, ids: Iterable[int] | None = None) -> int:
        """Have messages tried again now: those of ``ids``, or all that are not sent.

        ``mail.give_up`` counts anew from here.

        Raises:
            DataError: one is not there, or is sent.
        """
        now = times.stored(self.now())

        def ask(db: sqlite_utils.Database) -> int:
            unsent = "state <> 'sent'"
            wanted = _select(db, unsent) if ids is None else [entry_of(db, key) for key in ids]
            for entry in wanted:
                if entry.state is State.SENT:
                    raise DataError(f"message {entry.id} is sent already")
                db.execute(
                    "UPDATE outbox SET state = 'waiting', next_attempt = ?, asked = ?, "
                    "done = NULL WHERE id = ?",
                    [now, now, entry.id],
                )
            return len(wanted)

        count = self._write(ask)
        self._wake()
        return count

    def find(self, key: int) -> Entry:
        """Return a message.

        Raises:
            DataError: there is none.
        """
        return self._data.read(partial(entry_of, key=key))

    def listed(
        self,
        *,
        state: State | None = None,
        manager: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Return messages, the latest first.

        Args:
            state: in which they are; None: in any.
            manager: id of the manager whose they are; None: of anybody.
            before: only those with a lower id.
            limit: how many at the most.
        """
        wanted = {"state = ?": state, "manager = ?": manager, "id < ?": before}
        given = {text: value for text, value in wanted.items() if value is not None}
        where = " AND ".join(("1", *given))
        return self._select(f"{where} ORDER BY id DESC LIMIT ?", *given.values(), limit)

    def waiting(self) -> int:
        """Return how many messages are still to be sent."""
        return self.counts()["waiting"]

    def counts(self) -> dict[str, int]:
        """Return how many messages wait, and how many have failed and are still kept."""
        by_state: dict[str, int] = self._data.read(
            lambda db: dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
        )
        failed = sum(by_state.get(state, 0) for state in (State.REFUSED, State.GIVEN_UP))
        return {"waiting": by_state.get(State.WAITING, 0), "failed": failed}

    def delete_before(self, moment: datetime, limit: int | None) -> int:
        """Delete messages that were done before a moment, with their files; return how many.

        So many at the most; without a limit they are only counted.
        """
        old = "state <> 'waiting' AND done < ?"
        if limit is None:
            return self._data.read(
                lambda db: delete_some(db, "outbox", old, [times.stored(moment)], None)
            )

        def forget(db: sqlite_utils.Database) -> list[Entry]:
            entries = _select(db, f"{old} LIMIT ?", times.stored(moment), limit)
            for entry in entries:
                db.execute("DELETE FROM outbox WHERE id = ?", [entry.id])
            return entries

        entries = self._write(forget)
        # A crash in between leaves files without a row: ``sweep`` deletes them.
        self._files.delete(entry.file for entry in entries)
        return len(entries)

    def sweep(self) -> int:
        """Delete files that a crash has left without a row; return how many."""
        known = {entry.file for entry in self._select("1 = 1")}
        left = self._files.strays(known, _STALE)
        self._files.delete(left)
        return len(left)

    def _keep(self, letters: Sequence[Letter], beside: Beside | None = None) -> list[int]:
        """Keep messages, all or none, for as long as it takes; return their ids.

        Args:
            letters: the messages.
            beside: writes what belongs to them; what it fails with is raised, and nothing is kept.

        Raises:
            OutboxLimit: their owner has caused too many within the hour.
            SetupError: the disk is full or cannot be written.
        """
        now = self.now()

        def keep(db: sqlite_utils.Database) -> list[int]:
            self._check_limit(db, [str(row["owner"]) for row, _ in letters], now)
            ids = [self._insert(db, row) for row, _ in letters]
            if beside is not None:
                beside(db)
            return ids

        # Nobody waits for the disk with the database locked: the files come first.
        try:
            for row, content in letters:
                self._files.write(str(row["file"]), content)
            self._files.sync()
            ids = self._write(keep)
        except Exception:
            self._files.delete(str(row["file"]) for row, _ in letters)
            raise
        for key, (row, _) in zip(ids, letters, strict=True):
            log.info("message queued", message=key, kind=row["kind"], recipient=row["recipient"])
        self._wake()
        return ids

    def _check_limit(self, db: sqlite_utils.Database, owners: Sequence[str], now: datetime) -> None:
        hour_ago = times.stored(now - timedelta(hours=1))
        for owner in set(owners) - {""}:
            row = db.execute(
                "SELECT count(*) FROM outbox WHERE owner = ? AND created > ? AND medium = ?",
                [owner, hour_ago, self.medium],
            ).fetchone()
            if row[0] + owners.count(owner) > self._settings.per_owner:
                raise OutboxLimit(
                    f"more than {self._settings.per_owner} messages within an hour for one owner; "
                    "see mail.per_owner and texts.per_number"
                )

    def _insert(self, db: sqlite_utils.Database, row: dict[str, str | int | None]) -> int:
        row = {**row, "medium": self.medium}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        done = db.execute(f"INSERT INTO outbox ({names}) VALUES ({marks})", list(row.values()))
        return int(done.lastrowid or 0)

    def _done(self, entry: Entry, state: State, why: str, place: str = "") -> None:
        self._write(lambda db: self._end(db, entry, state, why, place))

    def _end(
        self,
        db: sqlite_utils.Database,
        entry: Entry,
        state: State,
        why: str,
        place: str = "",
        *,
        attempts: int = 1,
    ) -> None:
        db.execute(
            "UPDATE outbox SET state = ?, attempts = attempts + ?, last_error = ?, place = ?, "
            "done = ? WHERE id = ?",
            [state, attempts, why, place, times.stored(self.now()), entry.id],
        )

    def _too_old(self, entry: Entry, now: datetime) -> bool:
        since = datetime.fromisoformat(entry.asked or entry.created)
        return now - since >= timedelta(hours=self._settings.give_up)

    def _select(self, where: str, *values: object) -> list[Entry]:
        return self._data.read(lambda db: _select(db, where, *values))

    def _write(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        return self._data.write(work, durable=True)


def _select(db: sqlite_utils.Database, where: str, *values: object) -> list[Entry]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {where}", values)
    return [_to_entry(row) for row in rows.fetchall()]


def entry_of(db: sqlite_utils.Database, key: int) -> Entry:
    """Return a message.

    Raises:
        DataError: there is none.
    """
    found = _select(db, "id = ?", key)
    if not found:
        raise DataError(f"there is no message {key}; see: sipagent outbox list")
    return found[0]


def _tell_given_up(entry: Entry, why: str) -> None:
    log.error("message given up", **_facts(entry), why=_private(why, entry))


def _facts(entry: Entry) -> dict[str, object]:
    return {"message": entry.id, "kind": entry.kind, "recipient": entry.recipient}


def _private(text: str, entry: Entry) -> str:
    """Return what a server said for the log: most name the address in it."""
    return re.sub(re.escape(entry.recipient), masked(entry.recipient), text, flags=re.IGNORECASE)


def _to_entry(row: tuple[object, ...]) -> Entry:
    values = dict(zip(Entry.__dataclass_fields__, row, strict=True))
    values["state"] = State(str(values["state"]))
    return Entry(**values)  # type: ignore[arg-type]
