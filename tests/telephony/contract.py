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
from typing import Protocol

import numpy as np
import soundfile

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.telephony.fake import Act, FakeLeg, Leave, Press, Silence, Speak
from sipagent.telephony.leg import Clip, Detail, Leg, Stop

RATE = 8000


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


@dataclass(frozen=True)
class Noted:
    """An event of the leg's timeline."""

    kind: str
    details: Mapping[str, Detail]


class Meeting(Protocol):
    """A leg that has come in, with what a test can see of it."""

    @property
    def leg(self) -> Leg:
        """The leg."""

    @property
    def notes(self) -> list[Noted]:
        """Its timeline so far."""

    def clock(self) -> float:
        """Return the seconds of its time."""


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


@asynccontextmanager
async def fake(script: Sequence[Act]) -> AsyncIterator[Meeting]:
    """Meet the fake."""
    yield FakeMeeting(script)


class WireMeeting:
    """A real leg; also its timeline, which tells the far end when its moments are."""

    def __init__(self, leg: SipLeg) -> None:
        self.leg = leg
        self.notes: list[Noted] = []
        #: Whether the leg waits for a key that has not come.
        self.waits = asyncio.Event()
        self.clock = asyncio.get_running_loop().time
        leg.timeline = self

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """See Timeline."""
        self.notes.append(Noted(kind, details))
        if kind == "digit":
            self.waits.clear()

    async def noted(self, kind: str, key: str | None = None) -> None:
        """Return once there is such an event."""
        while not any(note.kind == kind and note.details.get("key") == key for note in self.notes):
            await asyncio.sleep(0.01)


class FarEnd:
    """The calling leg, which does what a script says."""

    def __init__(self, call: SipLeg, meeting: WireMeeting, folder: Path) -> None:
        self._call = call
        self._meeting = meeting
        self._folder = folder

    async def follow(self, script: Sequence[Act]) -> None:
        """Do it all, and then listen in silence."""
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
            await self._meeting.noted("prompt", during)
        else:
            await self._meeting.waits.wait()
            self._meeting.waits.clear()

    async def _speak(self, act: Speak) -> None:
        await self._meeting.noted("record")
        # What is ended by its length goes on beyond it.
        spoken = tone(self._folder, "spoken", act.seconds)
        await self._call.play(spoken.path, spoken.seconds)
        match act.then:
            case Stop.KEY:
                await self._call.press("#")
            case None:
                await self._call.hangup()


def wire(folder: Path, patch: Callable[[type[SipLeg], str, object], None]) -> Meet:
    """Return what makes real legs; ``patch`` replaces a method for the length of a test."""
    meetings: list[WireMeeting] = []
    next_key = SipLeg.next_key

    async def watched(leg: SipLeg, seconds: float | None = None) -> str:
        for meeting in meetings:
            if meeting.leg is leg and not leg._keys:
                meeting.waits.set()
        return await next_key(leg, seconds)

    patch(SipLeg, "next_key", watched)

    @asynccontextmanager
    async def meet(script: Sequence[Act]) -> AsyncIterator[Meeting]:
        came: asyncio.Future[SipLeg] = asyncio.get_running_loop().create_future()
        settings = SipSection(address="127.0.0.1", port=0, max_calls=4, trusted=("127.0.0.1",))
        endpoint = Endpoint(settings, on_call=came.set_result)
        await endpoint.start()
        try:
            call = await endpoint.dial(f"sip:infolinia@127.0.0.1:{endpoint.port}")
            meeting = WireMeeting(await came)
            meetings.append(meeting)
            async with asyncio.TaskGroup() as group:
                following = group.create_task(FarEnd(call, meeting, folder).follow(script))
                yield meeting
                following.cancel()
        finally:
            await endpoint.stop()

    return meet
