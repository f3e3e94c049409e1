"""Mixes of many on real legs: C adds them up, and each has a seat that hears the sum less its own.

``scripts/pjsip/room_mixer.c`` does it; see docs/decisions/056-rooms-are-added-up-once.md.
"""

import asyncio
import ctypes
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import _pjsua2
import pjsua2 as pj

from sipagent.errors import CallError, HungUp
from sipagent.sip import recording
from sipagent.sip.leg import SipLeg
from sipagent.sip.mixer import End, Link, Mixer
from sipagent.sip.players import Player
from sipagent.sip.thread import PjThread, explain
from sipagent.telephony.leg import Clip, Leg
from sipagent.telephony.mix import Mix, Seat

_C = ctypes.CDLL(_pjsua2.__file__)
_C.room_mixer_open.restype = ctypes.c_void_p
_C.room_mixer_quiet.restype = ctypes.c_uint
#: What ``room_mixer_quiet`` returns of somebody who has said nothing yet.
_NEVER = 0xFFFFFFFF
#: A clip that has not ended so long after its length is taken as ended.
_WATCHDOG = 1.0


class Room:
    """Adds up what is said at its seats; lives in the PJSIP thread."""

    def __init__(self) -> None:
        self._room = ctypes.c_void_p()

    def start(self) -> None:
        """Open it.

        Raises:
            CallError: there is no memory.
        """
        self._room.value = _C.room_mixer_open()
        if not self._room:
            raise CallError("there is no memory for another room")

    def seat(self) -> tuple[ctypes.c_void_p, int]:
        """Return one more seat, and its slot of the bridge.

        Raises:
            CallError: there is none.
        """
        seat, slot = ctypes.c_void_p(), ctypes.c_int()
        if status := _C.room_mixer_seat(self._room, ctypes.byref(seat), ctypes.byref(slot)):
            reason = pj.Endpoint.instance().utilStrError(status)
            raise CallError(f"there is no seat in the room: {reason}")
        return seat, slot.value

    def stop(self) -> None:
        """Close it; what there is of it goes with its last seat."""
        if self._room:
            _C.room_mixer_close(self._room)


class Place:
    """A seat of a room, which is an end of the mixer; lives in the PJSIP thread."""

    def __init__(self, mixer: Mixer, room: Room) -> None:
        self._mixer = mixer
        self._room = room
        self._seat: ctypes.c_void_p | None = None
        self._slot = 0

    def start(self) -> None:
        """Take the seat.

        Raises:
            CallError: there is none.
        """
        self._seat, self._slot = self._room.seat()
        self._mixer.add(self, self._slot)

    def quiet(self) -> int:
        """Return for how many milliseconds nothing was said here."""
        return _NEVER if self._seat is None else int(_C.room_mixer_quiet(self._seat))

    def stop(self) -> None:
        """Give it back; nothing where it was never taken."""
        if self._seat is not None:
            self._seat = None
            self._mixer.remove(self)
            _C.pjsua_conf_remove_port(self._slot)


class SipSeat:
    """The place of one leg; keeps the promises of ``telephony.mix.Seat``."""

    def __init__(self, thread: PjThread, mixer: Mixer, leg: End, place: Place) -> None:
        self._thread = thread
        self._mixer = mixer
        self._place = place
        #: Whoever holds is not heard: music of a hold is nobody's word.
        self._says = Link(leg, place)
        self._hears = Link(place, leg)

    async def mute(self, *, on: bool) -> None:
        """Let nobody hear this one, or no longer."""
        await self._thread.run(self._let_say, not on)

    async def quiet(self) -> float | None:
        """Return for how many seconds nothing was said here."""
        quiet = await self._thread.run(self._place.quiet)
        return None if quiet == _NEVER else quiet / 1000

    def start(self, muted: bool) -> None:
        """Let it hear, and be heard; in the PJSIP thread."""
        self._mixer.declare(self._hears)
        self._let_say(not muted)

    def _let_say(self, heard: bool) -> None:
        self._mixer.withdraw(self._says)
        if heard:
            self._mixer.declare(self._says)


class _Playing:
    """A clip that goes to a seat; lives in the PJSIP thread."""

    def __init__(self, thread: PjThread, mixer: Mixer, clip: Clip, place: Place) -> None:
        self._thread = thread
        self._mixer = mixer
        self._clip = clip
        self._place = place
        self._player: Player | None = None
        #: Is done at the end of the clip.
        self.ended: asyncio.Future[None] = thread.loop.create_future()

    def start(self) -> None:
        self._player = Player(self._thread, str(self._clip.path), 0, self._finish)
        self._mixer.add(self._player, self._player.getPortId())
        self._mixer.declare(Link(self._player, self._place))

    def stop(self) -> None:
        if self._player is not None:
            player, self._player = self._player, None
            self._mixer.remove(player)
            self._thread.bury(player)

    def _finish(self, token: int, cut: bool) -> None:
        self._thread.emit(self._end)

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class _Recording:
    """A recorder that hears a seat; lives in the PJSIP thread."""

    def __init__(self, thread: PjThread, mixer: Mixer, path: Path, place: Place) -> None:
        self._thread = thread
        self._mixer = mixer
        self._path = path
        self._place = place
        self._recorder: pj.AudioMediaRecorder | None = None

    def start(self) -> None:
        recorder = pj.AudioMediaRecorder()
        try:
            recorder.createRecorder(str(self._path))
        except pj.Error as error:
            raise CallError(f"{self._path}: cannot record: {explain(error)}") from None
        self._recorder = recorder
        self._mixer.add(recorder, recorder.getPortId())
        self._mixer.declare(Link(self._place, recorder))

    def stop(self) -> None:
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._mixer.remove(recorder)
            self._thread.bury(recorder)


class SipMix:
    """Legs that hear each other; keeps the promises of ``telephony.mix.Mix``.

    Args:
        thread: of PJSIP.
        mixer: where links are declared.
        room: what adds them up.
    """

    def __init__(self, thread: PjThread, mixer: Mixer, room: Room) -> None:
        self._thread = thread
        self._mixer = mixer
        self._room = room

    @asynccontextmanager
    async def seated(self, leg: Leg, *, muted: bool = False) -> AsyncIterator[Seat]:
        """Let a leg hear the others, and be heard, for the length of the block."""
        if not isinstance(leg, SipLeg):
            raise TypeError("a leg on the wire is mixed with its like only")
        if leg.over:
            raise HungUp("the call is over")
        async with self._placed() as place:
            seat = SipSeat(self._thread, self._mixer, leg.end, place)
            await self._thread.run(seat.start, muted)
            yield seat

    async def play(self, clip: Clip) -> None:
        """Let all who are seated hear a clip, from a seat of its own; return at its end."""
        async with self._placed() as place:
            playing = _Playing(self._thread, self._mixer, clip, place)
            async with _begun(self._thread, playing.start, playing.stop):
                await asyncio.wait((playing.ended,), timeout=clip.seconds + _WATCHDOG)

    @asynccontextmanager
    async def recorded(self, path: Path) -> AsyncIterator[None]:
        """Write what all say for the length of the block."""
        async with self._placed() as place:
            recorder = _Recording(self._thread, self._mixer, path, place)
            try:
                async with _begun(self._thread, recorder.start, recorder.stop):
                    yield
            finally:
                await recording.completed(path)

    @asynccontextmanager
    async def _placed(self) -> AsyncIterator[Place]:
        """Have a seat for the length of the block."""
        place = Place(self._mixer, self._room)
        async with _begun(self._thread, place.start, place.stop):
            yield place


class SipMixes:
    """Makes mixes; keeps the promises of ``telephony.mix.Mixes``."""

    def __init__(self, thread: PjThread, mixer: Mixer) -> None:
        self._thread = thread
        self._mixer = mixer

    @asynccontextmanager
    async def mixing(self) -> AsyncIterator[Mix]:
        """Return a mix of nobody yet, for the length of the block."""
        room = Room()
        async with _begun(self._thread, room.start, room.stop):
            yield SipMix(self._thread, self._mixer, room)


@asynccontextmanager
async def _begun(
    thread: PjThread, start: Callable[[], None], stop: Callable[[], None]
) -> AsyncIterator[None]:
    """Start something in the PJSIP thread, and stop it there after the block, however it is left.

    Who is cancelled while it starts leaves nothing: commands keep their order.
    """
    try:
        await thread.run(start)
        yield
    finally:
        thread.post(stop)
