"""Chats as they go on: who hears of them, who types, whose windows are open, and when they end.

What must not be lost is in the database before anybody hears of it; here is only what a panel that
is started again learns anew within seconds.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import sqlite_utils
import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.ending import end
from sipagent.helpdesk.chat.model import Author, Chat, Ending
from sipagent.helpdesk.chat.rules import fate
from sipagent.helpdesk.support import Support
from sipagent.store.data import Data
from sipagent.threads import Threads

#: What events show is looked up here: strangers hold up no page of the staff.
CHATS = Threads("chats", 4, 2000)
#: Seconds after which a browser that heard nothing is told that the panel is still there.
BREATH = 15.0
#: Seconds between two looks at which windows are open, and which chats end by that.
_ROUND = 5.0

Key = TypeVar("Key", int, str)

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Hearer:
    """Somebody who is told of chats; in the loop.

    Args:
        changed: which of them have changed, since this was emptied.
        typed: in which of them the other side has pressed a key since then.
    """

    changed: set[int] = field(default_factory=set)
    typed: set[int] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def hears(self, seconds: float) -> bool:
        """Return whether anything has happened, as soon as it has, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        return self.woken.is_set()

    def taken(self) -> tuple[set[int], set[int]]:
        """Return which chats have changed, and in which somebody has typed; forget both."""
        self.woken.clear()
        found = self.changed, self.typed
        self.changed, self.typed = set(), set()
        return found


class LiveChats:
    """What goes on in chats beside the database.

    Args:
        data: the database.
        config: how long is waited, and where the line is.
        support: when somebody is there.
    """

    def __init__(self, data: Data, config: Config, support: Support) -> None:
        self._data = data
        self._zone = config.line.zone
        self._settings = config.helpdesk.chat
        self._support = support
        self._loop: asyncio.AbstractEventLoop | None = None
        #: By chat; None: of those who hear of all.
        self._hearers: dict[int | None, set[Hearer]] = {}
        self._windows, self._desks = Counter[int](), Counter[str]()
        self._since = datetime.now(UTC)
        self._rounds: tasks.Lasting | None = None

    def start(self) -> None:
        """Begin to look after chats."""
        self._loop = asyncio.get_running_loop()
        self._rounds = tasks.last(self._go_rounds, "panel-chats")

    async def stop(self) -> None:
        """End it."""
        if self._rounds is not None:
            await self._rounds.stop()

    # Telling each other

    def tell(self, *chats: int) -> None:
        """Tell whoever hears of chats that they have changed; from any thread.

        Whoever hears of all of them looks at who is there, too.
        """
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told, chats)

    def types(self, chat: int, author: Author) -> None:
        """Tell the other side of a chat that somebody types; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._typed, chat, author)

    @contextlib.contextmanager
    def hearing(self, chat: int | None = None) -> Iterator[Hearer]:
        """Be told of a chat for the length of the block; None: of all of them."""
        hearer = Hearer()
        self._hearers.setdefault(chat, set()).add(hearer)
        try:
            yield hearer
        finally:
            self._hearers[chat].discard(hearer)
            if not self._hearers[chat]:
                del self._hearers[chat]

    def _told(self, chats: Collection[int]) -> None:
        every: set[Hearer] = self._hearers.get(None, set())
        for hearer in every.union(*(self._hearers.get(chat, ()) for chat in chats)):
            hearer.changed.update(chats)
            hearer.woken.set()

    def _typed(self, chat: int, author: Author) -> None:
        for hearer in self._hearers.get(None if author is Author.VISITOR else chat, ()):
            hearer.typed.add(chat)
            hearer.woken.set()

    # Who is there

    @contextlib.contextmanager
    def window(self, chat: int) -> Iterator[None]:
        """Know that a visitor's window is open for the length of the block."""
        with _counted(self._windows, chat):
            yield

    @contextlib.contextmanager
    def desk(self, agent: str) -> Iterator[None]:
        """Know that an agent's desk is open for the length of the block."""
        with _counted(self._desks, agent):
            yield

    def open(self, chat: int) -> bool:
        """Whether a visitor's window is open now."""
        return chat in self._windows

    # Ending

    def end(self, chat: int, ending: Ending, now: datetime) -> None:
        """End a chat, where it goes on, and tell all; blocks."""
        self._end(chat, now, lambda _: ending)

    async def _go_rounds(self) -> None:
        while True:
            windows, desks = list(self._windows), list(self._desks)
            await CHATS.run(self.look_round, datetime.now(UTC), windows, desks)
            await asyncio.sleep(_ROUND)

    def look_round(self, now: datetime, windows: Collection[int], desks: Collection[str]) -> None:
        """Note which windows and desks are open, and end what has come to its end; blocks."""
        if windows or desks:
            self._data.write(lambda db: _seen(db, windows, desks, now))
        decide = partial(
            fate,
            now=now,
            settings=self._settings,
            is_open=self._support.open_at(now),
            since=self._since,
        )
        for chat in self._data.read(lambda db: Chats(db).live()):
            if decide(chat) is not None:
                self._end(chat.id, now, decide)

    def _end(self, chat: int, now: datetime, decide: Callable[[Chat], Ending | None]) -> None:
        """End a chat as is decided of it at that moment, when nobody can say anything more."""

        def work(db: sqlite_utils.Database) -> tuple[Ending | None, list[int]]:
            found = Chats(db).find(chat)
            how = decide(found) if found.live else None
            if how is not None:
                end(db, chat, how, now, self._zone)
            return how, Chats(db).waiting()

        how, waiting = self._data.write(work, durable=True)
        if how is not None:
            log.info("a chat has ended", chat=chat, ending=how.value)
            self.tell(chat, *waiting)


def _seen(
    db: sqlite_utils.Database, windows: Iterable[int], desks: Iterable[str], now: datetime
) -> None:
    Chats(db).seen(windows, now)
    Agents(db).seen(desks, now)


@contextlib.contextmanager
def _counted(counter: "Counter[Key]", key: Key) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
