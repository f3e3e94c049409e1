"""What is kept of each time that somebody listens in: who, whom, how, from when and until when."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Protocol

import sqlite_utils

from sipagent import times
from sipagent.exchange.listening.paths import Mode
from sipagent.expiry import in_batches
from sipagent.store.data import Data
from sipagent.store.database import delete_some
from sipagent.store.store import Store


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody listens to somebody else, in one call and in one way.

    Args:
        listener: the user who does.
        whom: who is listened to, as records show them.
        call: id of the record of the call that is heard.
        by_call: id of the record of the listener's own call.
        mode: how.
    """

    listener: str
    whom: str
    call: str
    by_call: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class KeptUse:
    """A use as it is kept: times are UTC; ``ended`` is None while it goes on."""

    listener: str
    whom: str
    call: str
    by_call: str
    mode: str
    began: str
    ended: str | None


class Uses(Protocol):
    """Keeps them."""

    async def begin(self, use: Use) -> None:
        """Write that one begins, and return once that is on the disk.

        Raises:
            SipAgentError: it cannot be written, and so nobody may listen.
        """

    def end(self, by_call: str) -> None:
        """Write that the one of a listener's call is over, if there is one, and do not wait."""


class StoredUses:
    """Keeps them in the database.

    Args:
        store: with the migrations ``listening``.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, use: Use) -> None:
        """See ``Uses``."""
        await self._store.write(lambda db: _begin(db, use, _now()), durable=True)

    def end(self, by_call: str) -> None:
        """See ``Uses``."""
        self._store.post(
            "UPDATE listens SET ended = ? WHERE by_call = ? AND ended IS NULL", (_now(), by_call)
        )

    async def recover(self) -> None:
        """End those that a crash has cut off: they lasted no longer than the call that was heard.

        To be called once its record has an end.
        """
        await self._store.write(_recovered)


def uses(db: sqlite_utils.Database, since: datetime | None, limit: int) -> list[KeptUse]:
    """Return those that have begun since a moment, the latest first."""
    rows = db.execute(
        "SELECT listener, whom, call, by_call, mode, began, ended FROM listens "
        "WHERE began >= ? ORDER BY began DESC, id DESC LIMIT ?",
        ["" if since is None else times.stored(since), limit],
    )
    return [KeptUse(*row) for row in rows.fetchall()]


def uses_before(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    """Delete what is older than a moment, see ``expiry.Expiring.delete``."""
    return in_batches(_delete, data, moment, dry_run)


def _begin(db: sqlite_utils.Database, use: Use, now: str) -> None:
    db.execute(
        "INSERT INTO listens (listener, whom, call, by_call, mode, began) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [*astuple(use), now],
    )


def _recovered(db: sqlite_utils.Database) -> None:
    db.execute(
        "UPDATE listens SET ended = max(began, ifnull("
        "(SELECT ended FROM calls WHERE calls.id = by_call), began)) WHERE ended IS NULL"
    )


def _delete(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return delete_some(db, "listens", "began < ?", [times.stored(moment)], limit)


def _now() -> str:
    return times.stored(datetime.now(UTC))
