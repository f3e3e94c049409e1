"""The line's own leg of a call that it makes by itself: its record hangs on it, nobody is there."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import NoReturn

from sipagent.errors import CallError, HungUp
from sipagent.telephony.leg import (
    Conceal,
    Detail,
    Leg,
    NoTimeline,
    Prompt,
    Referral,
    Stop,
    Timeline,
)
from sipagent.telephony.outcome import Cause, Ended, Status
from sipagent.telephony.party import Caller
from sipagent.telephony.quality import Quality
from sipagent.telephony.recorder import Recorder


class OwnLeg:
    """Waits for those whom the line rings, as a caller would; keeps the promises of ``Leg``.

    Nobody listens there and nobody speaks: what is said is heard by nobody, and no key ever comes.
    It is answered once somebody has taken the call, and over when the line hangs up.

    Args:
        id: of the call.
        caller: who has wanted it, as the record shows them.
    """

    #: Nothing was called at this line, and nothing is on the wire.
    called = trunk = sip_id = moved_to = ""
    refers = alerting = holds = False
    codecs: Sequence[str] = ()
    quality: Quality | None = None
    #: What is measured of a call that comes in.
    refused = False
    setup = first_words = length = None

    def __init__(self, id: str, caller: Caller) -> None:
        self.id = id
        self.caller = caller
        self.timeline: Timeline = NoTimeline()
        self._ended = asyncio.Event()
        #: Whether somebody has taken the call.
        self.answered = False
        self.outcome: Ended | None = None

    @property
    def over(self) -> bool:
        """Whether the line has hung up."""
        return self._ended.is_set()

    async def ring(self) -> None:
        """Let nobody hear it ring."""
        self._check()

    async def answer(self) -> None:
        """Note that somebody has taken the call."""
        self._check()
        if not self.answered:
            self.answered = True
            self.note("answer")

    def prefer(self, codecs: Sequence[str]) -> None:
        """Have no codec."""

    async def connected(self) -> None:
        """Be there."""
        self._check()

    async def progressed(self) -> None:
        """Be there."""
        self._check()

    async def audible(self) -> None:
        """Never be heard."""
        await self._never()

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Say nothing to nobody."""
        self._check()

    async def ask(
        self,
        prompt: Prompt | None,
        *,
        digits: int = 1,
        end: str = "",
        commands: str = "",
        first: float = 5.0,
        between: float = 3.0,
    ) -> str:
        """Get no answer."""
        self._check()
        return ""

    async def pause(self, seconds: float) -> None:
        """Wait."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._never()

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        """Refuse to record nobody."""
        raise CallError("nobody is there to be recorded")

    @contextlib.asynccontextmanager
    async def playing(self, prompt: Prompt) -> AsyncIterator[None]:
        """Play nothing."""
        self._check()
        yield

    @contextlib.asynccontextmanager
    async def joined(self, other: Leg) -> AsyncIterator[None]:
        """Let nobody hear the other one."""
        self._check()
        yield

    @contextlib.asynccontextmanager
    async def hearing(self, other: Leg) -> AsyncIterator[None]:
        """Hear nobody."""
        self._check()
        yield

    @contextlib.asynccontextmanager
    async def recorder(self, path: Path) -> AsyncIterator[Recorder]:
        """Refuse to record by nobody."""
        raise CallError("nobody is there to be recorded")
        yield

    async def next_key(self, seconds: float | None = None) -> str:
        """Wait for a key that never comes."""
        async with asyncio.timeout(seconds):
            await self._never()

    async def press(self, digit: str) -> None:
        """Press keys for nobody."""
        self._check()

    async def refer(self, uri: str) -> AsyncGenerator[Status, None]:
        """Refuse to be sent elsewhere."""
        self._check()
        yield Status(501, "nobody is there")

    async def next_referral(self) -> Referral:
        """Wait for what is never asked."""
        await self._never()

    def tell(self, referral: Referral, code: int) -> None:
        """Tell nobody."""

    async def hold_turned(self) -> None:
        """Wait for what never happens."""
        await self._never()

    async def sends(self, within: float) -> bool:
        """Send nothing."""
        self._check()
        return False

    def conceal(self, keys: Conceal) -> None:
        """Have no keys."""

    async def hangup(self, reason: str = "normal", cause: Cause | None = None) -> None:
        """Be over, and let all know who wait for that."""
        if not self.over:
            self.note("hangup", reason=reason)
            self.outcome = Ended("agent", 200 if self.answered else 487, reason)
            self._ended.set()

    async def refuse(self, code: int) -> None:
        """Be over."""
        await self.hangup("refused")

    async def wait_over(self) -> None:
        """Return when it is over."""
        await self._ended.wait()

    def note(self, kind: str, **details: Detail) -> None:
        """Write into the call's timeline."""
        self.timeline.note(kind, details)

    async def _never(self) -> NoReturn:
        await self._ended.wait()
        raise HungUp("the call is over")

    def _check(self) -> None:
        if self.over:
            raise HungUp("the call is over")
