"""The recording of a meeting: whoever is heard in the room is heard in it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from sipagent import tasks
from sipagent.errors import SipAgentError
from sipagent.exchange.recording.policy import Rule
from sipagent.exchange.recording.tape import Tape
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg

#: Begins a recording, see ``recording.staff.RecordingStaff.begin``.
Begin = Callable[[Leg, Talk, Rule, Sequence[Member]], Awaitable[Tape]]

log = structlog.get_logger(__name__)


class RoomRecording:
    """Records a room until it is closed; a task of its own does it, and keeps nobody waiting.

    Where it cannot be, the log says why, and the meeting goes on.

    Args:
        name: of the room.
        begin: begins it.
    """

    def __init__(self, name: str, begin: Callable[[], Awaitable[Tape]]) -> None:
        self._name = name
        self._begin = begin
        self._heard: Sequence[Member] = ()
        self._changed = asyncio.Event()
        self._over = False
        self._task = tasks.begin(self._run(), f"recording-of-{name}")

    def hear(self, members: Sequence[Member]) -> None:
        """Write what these say from now on."""
        self._heard = members
        self._changed.set()

    async def close(self) -> None:
        """End it; it is kept then."""
        self._over = True
        self._changed.set()
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        try:
            tape = await self._begin()
        except (SipAgentError, OSError) as error:
            log.error("a room cannot be recorded", room=self._name, reason=str(error))
            return
        try:
            while not self._over:
                self._changed.clear()
                tape.hear(self._heard)
                await self._changed.wait()
        finally:
            await tasks.to_the_end(tape.close(), f"keep-{self._name}")
