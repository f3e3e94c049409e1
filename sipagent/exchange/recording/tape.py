"""One recording while it goes on: who is heard, what is noted, and how it comes to its file."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import structlog

from sipagent import tasks
from sipagent.errors import SipAgentError
from sipagent.exchange.recording.files import PlainWriter, SealedWriter, repaired, sound_of
from sipagent.exchange.recording.kept import EVENT, Beginning, Recordings
from sipagent.exchange.recording.peaks import peaks
from sipagent.exchange.recording.seats import Seats, names
from sipagent.exchange.recording.spool import Spool, Spooled
from sipagent.store.store import Store
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.recorder import Recorder
from sipagent.threads import FILES, Overloaded

Result = TypeVar("Result")

#: Seconds between two looks at what has come.
_LOOK = 1.0

log = structlog.get_logger(__name__)


class Tape(Protocol):
    """A recording that goes on."""

    @property
    def number(self) -> int:
        """By which it is known."""

    def hear(self, members: Sequence[Member]) -> None:
        """Write what these say from now on; of nobody, silence."""

    def note(self, kind: str, details: str = "") -> None:
        """Write down what happens now (``recording_events``)."""

    async def close(self) -> None:
        """End it; what there is of it is kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recording is written: its file, and the key of that; None: it is not sealed."""

    path: Path
    key: bytes | None


class StoredTape:
    """A recording on its way to a file, and its row.

    Args:
        store: with the migrations ``recording``.
        place: where it is written.
    """

    def __init__(self, store: Store, place: Place) -> None:
        self.number = 0
        self._store = store
        self._place = place
        self._spool = Spool(place.path.name)
        self._recorder: Recorder | None = None
        self._recording = contextlib.AsyncExitStack()
        self._seats = Seats()
        self._began = 0.0
        self._closing = asyncio.Event()
        self._draining: asyncio.Task[None] | None = None

    async def open(self, leg: Leg, what: Beginning) -> None:
        """Begin; the recorder first, for what is said meanwhile waits in memory.

        Raises:
            SipAgentError, OSError: it cannot be; nothing is left of it.
        """
        try:
            recorder = leg.recorder(self._spool.path)
            self._recorder = await self._recording.enter_async_context(recorder)
            self._began = asyncio.get_running_loop().time()
            self.number = await self._store.write(lambda db: Recordings(db).begin(what))
            self._spool.writer = await FILES.run(self._writer)
        except BaseException:
            await tasks.to_the_end(self._give_up(), f"give-up-{self._place.path.name}")
            raise
        self._draining = tasks.begin(self._drain(), f"recording-{self.number}")

    def hear(self, members: Sequence[Member]) -> None:
        """Write what these say from now on."""
        left, right = self._seats.seated(members)
        assert self._recorder is not None, "it is open"
        self._recorder.hear([one.leg for one in left], [one.leg for one in right])
        if members:
            self.note("hears", f"{names(left)} | {names(right)}")
        else:
            self.note("nobody")

    def note(self, kind: str, details: str = "") -> None:
        """Write down what happens now."""
        at = round(asyncio.get_running_loop().time() - self._began, 3)
        self._store.post(EVENT, (self.number, at, kind, details))

    async def close(self) -> None:
        """End it, and write down what there is of it."""
        self._closing.set()
        if self._draining is not None:
            await self._draining
        spooled = await self._stopped()
        if spooled.missing:
            self.note("lost", f"{spooled.missing:.0f} s")
        await settle(self._store, self.number, self._place, spooled.missing)

    async def _drain(self) -> None:
        """Bring what has come to the file, now and then; one thread at a time does."""
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._closing.wait()
            try:
                await FILES.run(self._spool.drain)
            except SipAgentError as error:  # too many wait for files: the next look takes more
                log.warning("a recording waits", recording=self.number, reason=str(error))

    def _writer(self) -> PlainWriter | SealedWriter:
        path, key = self._place.path, self._place.key
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return PlainWriter(path) if key is None else SealedWriter(path, key)

    async def _stopped(self) -> Spooled:
        """Let nothing more come, and give the memory back."""
        try:
            await self._recording.aclose()
        except (SipAgentError, OSError) as error:  # what has come is kept all the same
            log.warning("a recorder has failed", recording=self.number, reason=str(error))
        return await _done(self._spool.close)

    async def _give_up(self) -> None:
        await self._stopped()
        with contextlib.suppress(OSError):  # there is no place for it
            await FILES.run(lambda: self._place.path.unlink(missing_ok=True))
        if self.number:
            await self._store.write(lambda db: Recordings(db).end(self.number, 0.0, 0.0, b""))


async def _done(work: Callable[[], Result]) -> Result:
    """Return what becomes of what must not be left out, however much waits for files."""
    while True:
        try:
            return await FILES.run(work)
        except Overloaded:
            await asyncio.sleep(_LOOK)


async def settle(store: Store, number: int, place: Place, missing: float = 0.0) -> float:
    """Write down how long a recording is, and how loud; return its seconds.

    Also of one that a killed program has left.
    """
    seconds, found = await _done(partial(_measured, place))
    await store.write(lambda db: Recordings(db).end(number, seconds, missing, found))
    log.info("recording kept", recording=number, seconds=round(seconds, 1), missing=missing)
    return seconds


def _measured(place: Place) -> tuple[float, bytes]:
    """Return the seconds and the peaks of a file; one without any sound is deleted."""
    seconds = repaired(place.path, place.key)
    if not seconds:
        place.path.unlink(missing_ok=True)
        return 0.0, b""
    return seconds, peaks(sound_of(place.path, place.key))
