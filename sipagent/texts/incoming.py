"""Texts that come in: on disk before who brings them is told so, and dealt with one by one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils
import structlog

from sipagent import tasks, times
from sipagent.errors import SipAgentError
from sipagent.store.database import delete_some
from sipagent.store.store import Store

#: Characters of a text, and of what names it, at the most.
LONGEST, LONGEST_KEY = 2000, 200
#: Seconds that a text which is just being dealt with gets when the line stops.
_GRACE = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A text that has come.

    Args:
        key: what names it: one with the same key is the same text.
        sender: E.164, as whoever sent it claims: anybody can write another one's number there.
        body: the words.
        recipient: the number that it was sent to; empty: not known.
        id: its number here, 0 where it is not kept yet.
    """

    key: str
    sender: str
    body: str
    recipient: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """A text as lists show it; its words are forgotten once somebody has dealt with it.

    Args:
        id: its number.
        at: when it came, as it is stored.
        sender: E.164.
        recipient: to whom; empty: not known.
        done: when somebody has dealt with it; None: nobody has.
    """

    id: int
    at: str
    sender: str
    recipient: str
    done: str | None


#: Deals with a text; of one that has been begun by a run that died, once more.
Take = Callable[[Incoming], Awaitable[None]]


class Inbox:
    """Keeps texts, and has them dealt with in the order in which they came.

    Args:
        store: with the migrations ``texts``.
        clock: returns the time.
    """

    def __init__(
        self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._clock = clock
        self._news = asyncio.Event()
        self._taking: tasks.Lasting | None = None
        self._stopping = False

    def start(self, take: Take) -> None:
        """Begin to have them dealt with, those first that an earlier run has left."""

        async def work() -> None:
            await self._work(take)

        self._taking = tasks.last(work, "texts")

    async def stop(self) -> None:
        """End; what is not dealt with is after the next start. Safe to call twice."""
        taking, self._taking = self._taking, None
        self._stopping = True
        self._news.set()
        if taking is not None and not await taking.ended(_GRACE):
            await taking.stop()

    async def put(self, text: Incoming) -> bool:
        """Keep a text; return whether it is new.

        Raises:
            SetupError, DataError: as ``store.Store.write``.
        """
        now = times.stored(self._clock())

        def keep(db: sqlite_utils.Database) -> bool:
            done = db.execute(
                "INSERT OR IGNORE INTO incoming_texts (key, at, sender, recipient, body) "
                "VALUES (?, ?, ?, ?, ?)",
                [text.key, now, text.sender, text.recipient, text.body],
            )
            return done.rowcount == 1

        new = await self._store.write(keep, durable=True)
        log.info("a text has come" if new else "a text has come again", caller=text.sender)
        self._news.set()
        return new

    async def _work(self, take: Take) -> None:
        while not self._stopping:
            self._news.clear()
            for text in await self._store.read(_open):
                await self._dealt_with(text, take)
            if not self._stopping:
                await self._news.wait()

    async def _dealt_with(self, text: Incoming, take: Take) -> None:
        try:
            await take(text)
        except SipAgentError as error:
            log.error("a text was not dealt with", text=text.id, reason=str(error))
        # Whatever is in one text, those that come after it are read.
        except Exception:
            log.exception("a text was not dealt with", text=text.id)
        now = times.stored(self._clock())
        done = "UPDATE incoming_texts SET done = ?, body = '' WHERE id = ?"  # it may hold a PIN
        await self._store.write(lambda db: db.execute(done, [now, text.id]))


def latest(db: sqlite_utils.Database, limit: int) -> list[Came]:
    """Return the texts that have come, the latest first."""
    rows = db.execute(
        "SELECT id, at, sender, recipient, done FROM incoming_texts ORDER BY id DESC LIMIT ?",
        [limit],
    )
    return [Came(*row) for row in rows.fetchall()]


def delete_texts(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    """Delete texts that came before a moment; see ``store.database.delete_some``."""
    old = "done IS NOT NULL AND at < ?"
    return delete_some(db, "incoming_texts", old, [times.stored(moment)], limit)


def _open(db: sqlite_utils.Database) -> list[Incoming]:
    rows = db.execute(
        "SELECT key, sender, body, recipient, id FROM incoming_texts WHERE done IS NULL ORDER BY id"
    )
    return [Incoming(*row) for row in rows.fetchall()]
