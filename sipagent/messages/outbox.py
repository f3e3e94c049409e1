"""The outbox: a message is on disk before anybody is told that it is on its way.

The e-mail is written as a file first, then its row is committed; what a crash leaves in between
is a file without a row, which nobody was promised (docs/decisions/005-outbox.md).
"""

import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.config import MailSection
from sipagent.errors import DataError, SetupError, SipAgentError
from sipagent.messages.message import Message, compose
from sipagent.store.database import writing

#: Seconds after which a file without a row was left by a program that died.
_STALE = 3600.0
#: Each wait is longer or shorter by up to so much, so that messages do not come in herds.
_JITTER = 0.1

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
    done: str | None


_COLUMNS = ", ".join(Entry.__dataclass_fields__)


class Outbox:
    """Messages that wait, and those that are done; safe to use from several threads.

    Args:
        db: a connection with the migrations ``messages``.
        files: directory of the e-mails.
        settings: limits and waits.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        files: Path,
        settings: MailSection,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._files = files
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        # A commit is on the disk when it returns, even if the power goes the moment after.
        db.execute("PRAGMA synchronous = FULL")

    def put(self, *messages: Message) -> list[int]:
        """Keep messages, all or none, for as long as it takes; return their ids.

        Raises:
            OutboxLimit: their owner has caused too many within the hour.
            SetupError: the disk is full or cannot be written.
            DataError: an address is none.
        """
        now = self._clock()
        written: list[Path] = []
        try:
            with self._lock, writing(self._db):
                self._check_limit(messages, now)
                rows = [self._write(message, now, written) for message in messages]
                self._sync_directory()
                ids = [self._insert(row) for row in rows]
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        for key, message in zip(ids, messages, strict=True):
            log.info("message queued", message=key, kind=message.kind, recipient=message.to)
        return ids

    def due(self, limit: int = 20) -> list[Entry]:
        """Return messages whose time has come, the oldest first."""
        return self._select(
            "state = 'waiting' AND next_attempt <= ? ORDER BY next_attempt, id LIMIT ?",
            _text(self._clock()),
            limit,
        )

    def content(self, entry: Entry) -> bytes:
        """Return the whole e-mail.

        Raises:
            SetupError: its file cannot be read.
        """
        path = self._files / entry.file
        try:
            return path.read_bytes()
        except OSError as error:
            raise SetupError(f"{path}: message {entry.id} is lost: {error.strerror}") from error

    def sent(self, entry: Entry) -> None:
        """Note that a message has gone."""
        self._done(entry, State.SENT, "")
        log.info("message sent", message=entry.id, kind=entry.kind, recipient=entry.recipient)

    def refused(self, entry: Entry, why: str) -> None:
        """Note that a message will never be taken."""
        self._done(entry, State.REFUSED, why)
        log.error(
            "message refused", message=entry.id, kind=entry.kind, recipient=entry.recipient, why=why
        )

    def failed(self, entry: Entry, why: str) -> None:
        """Note that an attempt has failed; there will be another, or there have been enough."""
        now = self._clock()
        age = now - datetime.fromisoformat(entry.created)
        if age >= timedelta(hours=self._settings.give_up):
            self._done(entry, State.GIVEN_UP, why)
            log.error(
                "message given up",
                message=entry.id,
                kind=entry.kind,
                recipient=entry.recipient,
                why=why,
            )
            return
        wait = self._wait(entry.attempts)
        with self._lock, writing(self._db):
            self._db.execute(
                "UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_attempt = ? "
                "WHERE id = ?",
                [why, _text(now + wait), entry.id],
            )
        seconds = round(wait.total_seconds())
        log.warning("message waits", message=entry.id, kind=entry.kind, seconds=seconds, why=why)

    def retry(self, ids: Iterable[int] | None = None) -> int:
        """Have messages tried again now: those of ``ids``, or all that are not sent.

        Raises:
            DataError: one is not there, or is sent.
        """
        with self._lock, writing(self._db):
            wanted = [self.find(key) for key in ids] if ids is not None else self._unsent()
            for entry in wanted:
                if entry.state is State.SENT:
                    raise DataError(f"message {entry.id} is sent already")
                self._db.execute(
                    "UPDATE outbox SET state = 'waiting', next_attempt = ?, done = NULL "
                    "WHERE id = ?",
                    [_text(self._clock()), entry.id],
                )
        return len(wanted)

    def find(self, key: int) -> Entry:
        """Return a message.

        Raises:
            DataError: there is none.
        """
        found = self._select("id = ?", key)
        if not found:
            raise DataError(f"there is no message {key}; see: sipagent outbox list")
        return found[0]

    def listed(self, *, state: State | None = None, limit: int = 100) -> list[Entry]:
        """Return messages, the latest first."""
        return self._select(
            "(? IS NULL OR state = ?) ORDER BY id DESC LIMIT ?", state, state, limit
        )

    def waiting(self) -> int:
        """Return how many messages are still to be sent."""
        with self._lock:
            row = self._db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()
        return int(row[0])

    def delete_before(self, moment: datetime, *, dry_run: bool = False) -> int:
        """Delete messages that were done before a moment, with their files; return how many."""
        old = self._select("state <> 'waiting' AND done < ?", _text(moment))
        if not dry_run:
            with self._lock, writing(self._db):
                for entry in old:
                    self._db.execute("DELETE FROM outbox WHERE id = ?", [entry.id])
            self._unlink(entry.file for entry in old)
        return len(old)

    def sweep(self) -> int:
        """Delete files that a crash has left without a row; return how many."""
        if not self._files.is_dir():
            return 0
        known = {entry.file for entry in self._select("1 = 1")}
        oldest = time.time() - _STALE
        left = [
            path.name
            for path in self._files.iterdir()
            if path.name not in known and path.stat().st_mtime < oldest
        ]
        self._unlink(left)
        return len(left)

    def _check_limit(self, messages: tuple[Message, ...], now: datetime) -> None:
        hour_ago = _text(now - timedelta(hours=1))
        for owner in {message.owner for message in messages if message.owner}:
            row = self._db.execute(
                "SELECT count(*) FROM outbox WHERE owner = ? AND created > ?", [owner, hour_ago]
            ).fetchone()
            wanted = sum(message.owner == owner for message in messages)
            if row[0] + wanted > self._settings.per_owner:
                raise OutboxLimit(
                    f"more than {self._settings.per_owner} messages within an hour for one owner; "
                    "see mail.per_owner"
                )

    def _write(
        self, message: Message, now: datetime, written: list[Path]
    ) -> dict[str, str | int | None]:
        """Write the e-mail to disk; return its row."""
        unique = f"{int(now.timestamp()):x}.{secrets.token_hex(8)}"
        message_id = f"<{unique}@{self._settings.sender.rpartition('@')[2]}>"
        path = self._files / f"{unique}.eml"
        try:
            content = compose(
                message,
                message_id=message_id,
                made=now,
                sender=self._settings.sender,
                sender_name=self._settings.sender_name,
            )
        except (ValueError, IndexError, UnicodeError) as error:
            raise DataError(f"{message.to!r} is no e-mail address: {error}") from None
        written.append(path)
        try:
            self._files.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(path, content)
        except OSError as error:
            raise SetupError(
                f"{path}: the message cannot be kept: {error.strerror}; make room, or see "
                "paths.outbox"
            ) from error
        return {
            "created": _text(now),
            "kind": message.kind,
            "owner": message.owner,
            "manager": message.manager,
            "call": message.call,
            "recipient": message.to,
            "subject": message.subject,
            "message_id": message_id,
            "file": path.name,
            "next_attempt": _text(now),
        }

    def _insert(self, row: dict[str, str | int | None]) -> int:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        done = self._db.execute(
            f"INSERT INTO outbox ({names}) VALUES ({marks})", list(row.values())
        )
        return int(done.lastrowid or 0)

    def _sync_directory(self) -> None:
        handle = os.open(self._files, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _done(self, entry: Entry, state: State, why: str) -> None:
        with self._lock, writing(self._db):
            self._db.execute(
                "UPDATE outbox SET state = ?, attempts = attempts + 1, last_error = ?, done = ? "
                "WHERE id = ?",
                [state, why, _text(self._clock()), entry.id],
            )

    def _unsent(self) -> list[Entry]:
        return self._select("state <> 'sent'")

    def _unlink(self, names: Iterable[str]) -> None:
        for name in names:
            (self._files / name).unlink(missing_ok=True)

    def _wait(self, attempts: int) -> timedelta:
        settings = self._settings
        seconds = min(settings.first_retry * 2.0 ** min(attempts, 30), settings.longest_retry)
        return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))

    def _select(self, where: str, *values: object) -> list[Entry]:
        with self._lock:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {where}", values)
            return [_to_entry(row) for row in rows.fetchall()]


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that only this user may read, and return when it is on the disk.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _to_entry(row: tuple[object, ...]) -> Entry:
    values = dict(zip(Entry.__dataclass_fields__, row, strict=True))
    values["state"] = State(str(values["state"]))
    return Entry(**values)  # type: ignore[arg-type]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
