"""A dictation: what a far end says is written until it has said it, or has said enough."""

from pathlib import Path
from typing import Protocol

from sipagent.errors import SetupError
from sipagent.sip import recording
from sipagent.sip.ear import Ear
from sipagent.telephony.leg import Detail, Stop

#: Seconds between two looks at the level of what is written.
_LOOK = 0.1
#: A recording that lacks more seconds than this could not be written.
_LACKING = 2.0


class Speaker(Protocol):
    """The leg of who dictates, as far as that matters."""

    def clock(self) -> float:
        """Return seconds that go on only while the far end does not hold."""

    async def start_recording(self, path: Path) -> None:
        """Write what the far end says to a WAV file."""

    async def stop_recording(self) -> None:
        """Close that file."""

    async def level(self) -> int:
        """Return the level of what the far end sends just now, 0 (silence) to 100."""

    async def next_key(self, seconds: float | None = None) -> str:
        """Return the next key; see ``telephony.leg.Leg``."""

    def note(self, kind: str, **details: Detail) -> None:
        """Write an event into the call's timeline."""


async def taken(
    leg: Speaker, path: Path, *, longest: float, silence: float, first: float, end: str
) -> Stop:
    """Take a dictation, and return what has ended it; see ``telephony.leg.Leg.record``.

    Raises:
        HungUp: the call ended first; the file is complete all the same.
        SetupError: the disk is full; what could be written is there.
    """
    began = leg.clock()
    leg.note("record", file=path.name)
    stop: Stop | None = None
    try:
        await leg.start_recording(path)
        stop = await _ended(leg, longest, silence, first, end)
    finally:
        lasted = leg.clock() - began
        await leg.stop_recording()
        seconds = await recording.completed(path)
        leg.note("record-end", seconds=round(seconds, 3), stop=stop and stop.value)
    if lasted - seconds > _LACKING:
        raise SetupError(
            f"{path}: only {seconds:.1f} of {lasted:.1f} s were recorded; is the disk full?"
        )
    return stop


async def _ended(leg: Speaker, longest: float, silence: float, first: float, end: str) -> Stop:
    """Return when one of the ends of a dictation has come."""
    ear = Ear()
    began = leg.clock()
    while True:
        elapsed = leg.clock() - began
        ear.feed(await leg.level(), elapsed)
        if await _pressed(leg, end):
            return Stop.KEY
        if ear.silent_for(elapsed) >= silence or (elapsed >= first and not ear.heard):
            return Stop.SILENCE
        if elapsed >= longest:
            return Stop.LENGTH


async def _pressed(leg: Speaker, end: str) -> bool:
    """Wait for the next look; return whether a key of ``end`` has come, others are dropped."""
    try:
        return await leg.next_key(_LOOK) in end
    except TimeoutError:
        return False
