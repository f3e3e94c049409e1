"""What a caller hears who waits in a queue, and which keys say something there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog

from sipagent.errors import SpeechError
from sipagent.exchange.queues import asking
from sipagent.exchange.queues.model import Queue
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.tones import Tones
from sipagent.speech.words import Digits
from sipagent.telephony.leg import Leg, Prompt

PLACE, WAITING, MINUTES, MINUTE = (
    f"queue.{what}" for what in ("place", "waiting", "minutes", "less-than-a-minute")
)
LEAVE, CALL_BACK = "queue.leave-key", "queue.callback-key"
#: What is said to who is to be called back.
KEPT = "queue.callback-kept"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: the place from 1, how many wait, and minutes to go (None: unknown)."""

    place: int
    waiting: int
    minutes: int | None = None


def lines() -> Iterable[Line]:
    """Return everything that is said to who waits, and to who answers."""
    yield line(PLACE, fields=["place"])
    yield line(WAITING, fields=["count"])
    yield line(MINUTES, fields=["minutes"])
    yield line(MINUTE)
    yield line(LEAVE, fields=["digit"])
    yield line(CALL_BACK, fields=["digit"])
    yield line(KEPT)
    yield from asking.lines()


class Hearing:
    """One caller who waits.

    Args:
        call: the caller, answered.
        talk: of the call.
        queue: for which they wait.
        standing: returns where they stand now.
        call_back: asks at which number they are to be called back; returns whether they are.
    """

    def __init__(
        self,
        call: Leg,
        talk: Talk,
        queue: Queue,
        standing: Callable[[], Standing],
        call_back: Callable[[], Awaitable[bool]],
    ) -> None:
        self._call = call
        self._talk = talk
        self._queue = queue
        self._standing = standing
        self._call_back = call_back
        #: The lowest number of minutes that was told: an estimate never rises.
        self._told: int | None = None
        self._turn = 0

    async def left(self) -> bool:
        """Let them hear music and where they stand until they leave; return whether by the key
        for that: they are to be called back otherwise.

        Raises:
            HungUp: they are gone.
        """
        queue = self._queue
        if queue.greeting and (said := await self._announcement(queue.greeting)) is not None:
            await self._say(said)
        music = await self._music()
        while True:
            key = await self._listened(music, queue.announce or None)
            if key is not None:
                if key == queue.leave_key:
                    return True
                if await self._call_back():
                    return False
                continue
            for words in self._words():  # each is made once, and not for every place and number
                await self._say(words)
            if queue.between:
                name = queue.between[self._turn % len(queue.between)]
                self._turn += 1
                if (said := await self._announcement(name)) is not None:
                    await self._say(said)

    async def _listened(self, music: Prompt, seconds: float | None) -> str | None:
        """Play music for so long (None: for ever); return a key that means something."""
        wanted = {self._queue.leave_key, self._queue.callback_key} - {""}
        clock = asyncio.get_running_loop().time
        until = None if seconds is None else clock() + seconds
        async with self._call.playing(music):
            while True:
                left = None if until is None else max(until - clock(), 0.0)
                try:
                    key = await self._call.next_key(left)
                except TimeoutError:
                    return None
                if key in wanted:
                    return key

    def _words(self) -> Iterator[Said]:
        """Yield what is said of where they stand, and which keys there are."""
        talk, queue, standing = self._talk, self._queue, self._standing()
        for told in queue.tells:
            match told:
                case "place":
                    yield talk(PLACE, place=standing.place)
                case "waiting":
                    yield talk(WAITING, count=standing.waiting)
                case "time":
                    yield from self._time(standing.minutes)
        if queue.leave_key:
            yield talk(LEAVE, digit=Digits(queue.leave_key))
        if queue.callback_key:
            yield talk(CALL_BACK, digit=Digits(queue.callback_key))

    def _time(self, minutes: int | None) -> Iterator[Said]:
        if minutes is None or (self._told is not None and minutes > self._told):
            return
        self._told = minutes
        yield self._talk(MINUTES, minutes=minutes) if minutes else self._talk(MINUTE)

    async def _music(self) -> Prompt:
        own = self._queue.music
        said = await self._announcement(own) if own else None
        return said or self._talk.service(Tones).music

    async def _announcement(self, name: str) -> Said | None:
        return await self._talk.service(Announcements).said(self._talk, name)

    async def _say(self, words: Said) -> None:
        """Say it; that it cannot be rendered ends nobody's waiting."""
        try:
            await self._call.say(words)
        except SpeechError as error:
            log.warning("not said", call_id=self._call.id, prompt=words.key, reason=str(error))
