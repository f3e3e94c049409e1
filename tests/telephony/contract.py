"""A leg and its far end, as the fake and as a call on the wire: one script moves both.

The script is the one of ``FakeLeg``. On the wire an endpoint calls itself, and the calling leg does
what the script says at the moments that the script means.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Clip, Detail, Leg, Stop
from sipagent.telephony.script import Act, Leave, Press, Silence, Speak

RATE = 8000
#: The level of a tone that is heard, 0 to 100.
_LOUD = 20


@dataclass(frozen=True)
class Tone:
    """A tone as a prompt and as its own clip."""

    path: Path
    seconds: float
    key: str
    text: str = "tone"

    async def clip(self) -> Clip:
        """Return itself."""
        return self

    def meanwhile(self) -> None:
        """Nobody has to wait for it."""


def tone(folder: Path, key: str, seconds: float) -> Tone:
    """Make a tone of that length."""
    path = folder / f"{key}.wav"
    times = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 440 * times), RATE, subtype="PCM_16")
    return Tone(path, seconds, key)


def end_of(leg: Leg) -> tuple[str, int]:
    """Return by whom a leg was ended, and with which SIP code."""
    assert leg.over
    assert leg.outcome is not None
    return leg.outcome.by, leg.outcome.code


@dataclass(frozen=True)
class Noted:
    """An event of the leg's timeline."""

    kind: str
    details: Mapping[str, Detail]


class Meeting(Protocol):
    """A leg that has come in, with what a test can see of it and of its far end."""

    @property
    def leg(self) -> Leg:
        """The leg."""

    @property
    def notes(self) -> list[Noted]:
        """Its timeline so far."""

    def clock(self) -> float:
        """Return the seconds of its time."""

    async def told(self, keys: str) -> None:
        """Return once just these keys have come to the far end."""

    async def hears(self, other: Any) -> bool:
        """Whether the far end hears the one of another meeting of the same kind."""

    async def asks(self, target: str) -> list[int]:
        """Let the far end send REFER, and return what it is told, to the final code."""


#: Makes a leg whose far end follows a script.
Meet = Callable[[Sequence[Act]], AbstractAsyncContextManager[Meeting]]


class FakeMeeting:
    """The fake, which follows scripts by itself."""

    def __init__(self, script: Sequence[Act]) -> None:
        self.leg = FakeLeg(script)

    @property
    def notes(self) -> list[Noted]:
        """See Meeting."""
        return [Noted(event.kind, event.details) for event in self.leg.timeline]

    def clock(self) -> float:
        """See Meeting."""
        return self.leg.now

    async def told(self, keys: str) -> None:
        """See Meeting."""
        assert self.leg.pressed == keys

    async def hears(self, other: "FakeMeeting") -> bool:
        """See Meeting."""
        return other.leg in (*self.leg.partners, *self.leg.overheard)

    async def asks(self, target: str) -> list[int]:
        """See Meeting."""
        if not self.leg.refers_to(target):
            return [603]
        while not (self.leg.told and self.leg.told[-1][1] >= 200):
            await asyncio.sleep(0)
        return [code for _, code in self.leg.told]


@asynccontextmanager
async def fake(script: Sequence[Act]) -> AsyncIterator[Meeting]:
    """Meet the fake."""
    yield FakeMeeting(script)


class WireMeeting:
    """A real leg, and the calling one at its far end.

    It is the timeline of both, which tells the far end when the moments of the script are.
    """

    def __init__(self, leg: SipLeg, call: SipLeg, folder: Path) -> None:
        self.leg = leg
        self.notes: list[Noted] = []
        self.clock = asyncio.get_running_loop().time
        #: Whether the leg waits for a key that has not come.
        self.waits = asyncio.Event()
        self._call = call
        self._folder = folder
        self._told: list[Noted] = []
        leg.timeline = Written(self.notes, self._noted)
        call.timeline = Written(self._told)

    async def told(self, keys: str) -> None:
        """See Meeting."""
        digits: list[Detail] = []
        while "".join(map(str, digits)) != keys:
            await asyncio.sleep(0.01)
            digits = [note.details["digit"] for note in self._told if note.kind == "digit"]

    async def hears(self, other: "WireMeeting") -> bool:
        """See Meeting."""
        sound = tone(self._folder, "sound", 1.5)
        sounding = asyncio.create_task(other._call.play(sound.path, sound.seconds))
        loudest = 0
        while not sounding.done():
            loudest = max(loudest, await self._call.level())
            await asyncio.sleep(0.02)
        await sounding
        return loudest > _LOUD

    async def asks(self, target: str) -> list[int]:
        """See Meeting; that it is taken (100) is no news."""
        codes = []
        async with contextlib.aclosing(self._call.refer(f"sip:{target}@127.0.0.1")) as statuses:
            async for code, _ in statuses:
                codes += [code] if code > 100 else []
                if code >= 200:
                    break
        return codes

    async def follow(self, script: Sequence[Act]) -> None:
        """Let the far end do it all, and then listen in silence."""
        with contextlib.suppress(HungUp):
            await self._call.connected()
            for act in script:
                await self._do(act)

    async def _do(self, act: Act) -> None:
        match act:
            case Speak():
                await self._speak(act)
            case Silence():
                await self._moment(None)
            case Leave(during=during):
                await self._moment(during)
                await self._call.hangup()
            case Press(keys=keys, during=during):
                await self._press(keys, during)
            case str(keys):
                await self._press(keys, None)

    async def _press(self, keys: str, during: str | None) -> None:
        await self._moment(during)
        for key in keys:
            await self._call.press(key)

    async def _moment(self, during: str | None) -> None:
        """Wait for the middle of a prompt, or until a key is waited for."""
        if during is not None:
            await self._happened("prompt", during)
        else:
            await self.waits.wait()
            self.waits.clear()

    async def _speak(self, act: Speak) -> None:
        await self._happened("record")
        spoken = tone(self._folder, "spoken", act.seconds)
        await self._call.play(spoken.path, spoken.seconds)
        match act.then:
            case Stop.KEY:
                await self._call.press("#")
            case None:
                await self._call.hangup()

    async def _happened(self, kind: str, key: str | None = None) -> None:
        while not any(note.kind == kind and note.details.get("key") == key for note in self.notes):
            await asyncio.sleep(0.01)

    def _noted(self, note: Noted) -> None:
        if note.kind == "digit":
            self.waits.clear()


@dataclass(frozen=True)
class Written:
    """A timeline as a list; ``told`` hears of each event, too."""

    notes: list[Noted]
    told: Callable[[Noted], None] = lambda note: None

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """See Timeline."""
        self.notes.append(Noted(kind, details))
        self.told(self.notes[-1])


@asynccontextmanager
async def wire(
    folder: Path, patch: Callable[[type[SipLeg], str, object], None]
) -> AsyncIterator[Meet]:
    """Yield what makes real legs; ``patch`` replaces a method for the length of a test."""
    meetings: list[WireMeeting] = []
    next_key = SipLeg.next_key

    async def watched(leg: SipLeg, seconds: float | None = None) -> str:
        for meeting in meetings:
            if meeting.leg is leg and not leg._keys.ahead:
                meeting.waits.set()
        return await next_key(leg, seconds)

    patch(SipLeg, "next_key", watched)
    came: asyncio.Queue[SipLeg] = asyncio.Queue()
    settings = SipSection(address="127.0.0.1", port=0, max_calls=8, trusted=("127.0.0.1",))
    endpoint = Endpoint(settings, on_call=came.put_nowait)

    @asynccontextmanager
    async def meet(script: Sequence[Act]) -> AsyncIterator[Meeting]:
        call = await endpoint.dial(f"sip:infolinia@127.0.0.1:{endpoint.port}")
        meeting = WireMeeting(await came.get(), call, folder)
        meetings.append(meeting)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(meeting.follow(script))
            yield meeting
            following.cancel()

    await endpoint.start()
    try:
        yield meet
    finally:
        await endpoint.stop()
