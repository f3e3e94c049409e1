"""What goes on now, asked of the line once for everybody who looks on.

A snapshot has a number; whoever knows an older one is told of the next. Nothing is asked as long
as nobody looks.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from sipagent import tasks
from sipagent.errors import SipAgentError
from sipagent.threads import Threads

#: Seconds between two questions while somebody looks on.
PACE = 1.0
#: What is looked at, by name: a question to the line, or to its records. Each blocks.
Sources = Mapping[str, Callable[[], Any]]
#: A line that is slow to answer holds up no page.
_ASKING = Threads("live", 1, 4)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What went on at a moment.

    Args:
        number: grows with each change.
        answers: source → what it has said; what the line does not know is missing.
        trouble: why the line says nothing; empty where it does.
        drawn: parts of pages that show it, by who sees the same; drawn once for all of them.
    """

    number: int = 0
    answers: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""
    drawn: dict[Hashable, str] = field(default_factory=dict, compare=False)

    @property
    def known(self) -> bool:
        """Whether anything was asked at all."""
        return bool(self.answers or self.trouble)

    @property
    def up(self) -> bool:
        """Whether the line runs."""
        return not self.trouble


class Live:
    """Keeps the latest snapshot.

    Args:
        sources: what is asked, the line itself first; where that does not run, nothing else is.
        pace: seconds between two questions.
        name: of what asks, in the log.
    """

    def __init__(self, sources: Sources, pace: float = PACE, name: str = "panel-live") -> None:
        self._sources = sources
        self._pace = pace
        self._name = name
        # Numbers go on growing after a restart, of which browsers know nothing.
        self._snapshot = Snapshot(int(time.time()))
        self._turn = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()
        self._lookers = 0
        self._polling: tasks.Lasting | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The latest one; from before anybody looked on, where nobody does."""
        return self._snapshot

    def start(self) -> None:
        """Begin to ask, as soon as somebody looks on."""
        self._loop = asyncio.get_running_loop()
        self._polling = tasks.last(self._poll, self._name)

    async def stop(self) -> None:
        """Ask no more."""
        if self._polling is not None:
            await self._polling.stop()

    def look(self) -> Snapshot:
        """Ask now, and return what the line says; for pages, in their threads."""
        return self._take(*self._answers())

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Have the line asked again and again for the length of the block."""
        self._lookers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers:
                self._wanted.clear()

    async def after(self, number: int, seconds: float) -> Snapshot | None:
        """Return the snapshot after one that is known; None: nothing has changed for so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self._snapshot.known or self._snapshot.number <= number:
                    await self._changed.wait()
        except TimeoutError:
            return None
        return self._snapshot

    async def _poll(self) -> None:
        while True:
            await self._wanted.wait()
            self._take(*await _ASKING.run(self._answers))
            await asyncio.sleep(self._pace)

    def _answers(self) -> tuple[dict[str, Any], str]:
        answers: dict[str, Any] = {}
        for name, asked in self._sources.items():
            try:
                answers[name] = asked()
            except SipAgentError as error:
                if not answers:
                    return {}, str(error)
                log.debug("a part of what goes on is not known", source=name, reason=str(error))
        return answers, ""

    def _take(self, answers: Mapping[str, Any], trouble: str) -> Snapshot:
        """Keep what the line has said, from any thread; return the snapshot of it."""
        with self._turn:
            before = self._snapshot
            if (answers, trouble) == (before.answers, before.trouble):
                return before
            self._snapshot = Snapshot(before.number + 1, answers, trouble)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._tell)
            return self._snapshot

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
