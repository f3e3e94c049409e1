"""A leg without a network: the far end follows a script, and time passes at once.

It keeps the promises of ``sipagent.telephony.leg.Leg``; the tests and the simulator run
scenarios on it.
"""

import asyncio
import contextlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Sequence,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.telephony.digits import DigitCollector
from sipagent.telephony.fake_recorder import FakeRecorder
from sipagent.telephony.leg import Conceal, Detail, Leg, Prompt, Referral, Stop
from sipagent.telephony.outcome import Cause, Ended, Status
from sipagent.telephony.party import Caller
from sipagent.telephony.quality import Quality
from sipagent.telephony.script import Act, Leave, Press, Script, write_tone

Result = TypeVar("Result")

#: Seconds that one key press takes.
_PRESS = 0.3


async def at_once(seconds: float) -> None:
    """Let time pass that nobody else waits for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A prompt in the transcript; ``cut`` where a key ended it, or kept it from beginning."""

    key: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the timeline, ``at`` seconds after the call came in."""

    at: float
    kind: str
    details: dict[str, Detail]


@dataclass
class FakeLeg:
    """A far end that follows a script; when it has run out, it listens in silence.

    What it does at other times a test tells it: ``rings``, ``answers``, ``refuses``, ``sounds``,
    ``presses`` and ``hangs_up``.

    Args:
        script: what the far end does, taken one by one as the call goes on. One that is not a
            sequence, such as a terminal, is read only when a key is waited for.
        statuses: what becomes of a REFER, each so many seconds after the one before; then nothing.
        alive: whether audio comes from the far end.
        takes_keys: whether keys can be sent to the far end.
        lost_after: the connection is lost after so many things have happened.
        watch: is told of each event as it happens.
        sleep: lets time pass; ``asyncio.sleep`` where others have to see it pass, too.
    """

    script: Iterable[Act] = ()
    id: str = "fake"
    caller: Caller = field(default_factory=lambda: Caller("+48600100200"))
    called: str = "infolinia"
    trunk: str = ""
    sip_id: str = "fake-sip-id"
    refers: bool = False
    statuses: Sequence[tuple[float, Status]] = ()
    alive: bool = True
    takes_keys: bool = True
    lost_after: int | None = None
    watch: Callable[[Event], None] = lambda event: None
    sleep: Callable[[float], Awaitable[None]] = at_once

    def __post_init__(self) -> None:
        self.now = 0.0
        self.transcript: list[Heard] = []
        self.timeline: list[Event] = []
        #: Who ended the call, and why; None while it lasts.
        self.ended: tuple[Literal["caller", "agent"], str] | None = None
        self.outcome: Ended | None = None
        #: Why this end has hung up, as the far end was told (RFC 3326).
        self.cause: Cause | None = None
        self.moved_to = ""
        self.quality: Quality | None = None
        #: Whether the far end holds; what it was told of its REFERs (``tell``).
        self.holds = False
        self.told: list[tuple[str, int]] = []
        self._referral: asyncio.Future[Referral] | None = None
        #: Whether the far end was told that it rings, and whether the leg is connected.
        self.rung = self.answered = False
        #: Codecs that the far end takes, and those that it is to be answered with.
        self.codecs: Sequence[str] = ()
        self.preferred: Sequence[str] = ()
        #: Whether it has told us that it rings.
        self.alerting = False
        #: The URIs of all REFERs, and the keys that were sent to the far end.
        self.referred: list[str] = []
        self.pressed = ""
        #: What is played again and again just now, who is heard, and who without hearing this one.
        self.loops: list[str] = []
        self.partners: list[FakeLeg] = []
        self.recorders: list[FakeRecorder] = []
        self.overheard: list[FakeLeg] = []
        self._script = Script(self.script)
        self._waiting = ""
        self._key_came = asyncio.Event()
        self._progressed = asyncio.Event()
        self._connected = asyncio.Event()
        self._audible = asyncio.Event()
        self._over = asyncio.Event()
        self._turned = asyncio.Event()
        self._conceal = Conceal.NONE
        self._happened = 0

    @property
    def heard(self) -> list[str]:
        """The keys of the prompts that the caller heard to the end."""
        return [heard.key for heard in self.transcript if not heard.cut]

    @property
    def words(self) -> str:
        """Everything that was said, as one text."""
        return " ".join(heard.text for heard in self.transcript)

    @property
    def over(self) -> bool:
        """Whether the leg is over."""
        return self._over.is_set()

    async def ring(self) -> None:
        """Tell the far end that it rings."""
        self._happens()
        self.rung = True

    async def answer(self) -> None:
        """Pick up, unless that was done."""
        self._alive()
        if self.answered:
            return
        self._happens()
        self.answers()
        self.note("answer")

    def prefer(self, codecs: Sequence[str]) -> None:
        """Remember what it is to be answered with."""
        self.preferred = codecs

    async def connected(self) -> None:
        """Wait until one end has answered."""
        await self._unless_over(self._connected.wait())

    async def progressed(self) -> None:
        """Wait until the far end has said anything."""
        await self._unless_over(self._progressed.wait())

    async def audible(self) -> None:
        """Wait until the far end is heard."""
        await self._unless_over(self._audible.wait())

    def conceal(self, keys: Conceal) -> None:
        """Mark the keys that come from now on as secret, or no longer."""
        self._conceal = keys

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Say it; the script may cut it short."""
        self._happens()
        await asyncio.sleep(0)  # what is done in the background gets its turn
        if interruptible and self._waiting:
            self.transcript.append(Heard(prompt.key, prompt.text, cut=True))
            self.note("prompt", key=prompt.key, text=prompt.text, cut=True, seconds=0.0)
            return
        clip = await prompt.clip()
        self.note("prompt", key=prompt.key, text=prompt.text)
        self._interrupt(prompt)
        cut = interruptible and bool(self._waiting)
        self.transcript.append(Heard(prompt.key, prompt.text, cut))
        seconds = 0.0 if cut else clip.seconds
        await self._pass(seconds)
        self.note("prompt-end", key=prompt.key, cut=cut, seconds=seconds)

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
        """Say it, and collect what the script presses."""
        collector = DigitCollector(digits, end, commands)
        if prompt is not None:
            await self.say(prompt)
        self._happens()
        while True:
            try:
                key = await self._taken(first if collector.empty else between)
            except TimeoutError:
                return collector.expire()
            result = collector.feed(key)
            if result is not None:
                return result

    async def next_key(self, seconds: float | None = None) -> str:
        """Take the next key that the script, or the test, presses."""
        self._happens()
        return await self._taken(seconds)

    async def press(self, digit: str) -> None:
        """Remember a key for the far end."""
        self._happens()
        if not self.takes_keys:
            raise CallError(f"the key {digit} cannot be sent, says the test")
        self.pressed += digit

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        self._happens()
        await self._pass(seconds)

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        """Write what the script speaks, a tone that no exchange gives; without any, silence."""
        self._happens()
        self._waiting = ""
        act = self._script.speech()
        seconds = min(act.seconds, longest)
        write_tone(path, seconds, silence)
        await self._pass(seconds)
        if act.then is None:
            self._leave()
        stop = Stop.LENGTH if act.seconds > longest else act.then or Stop.KEY
        self.note("record-end", seconds=seconds, stop=stop.value)
        return stop

    @contextlib.asynccontextmanager
    async def playing(self, prompt: Prompt) -> AsyncIterator[None]:
        """Play it for the length of the block."""
        self._alive()
        await prompt.clip()
        self.loops.append(prompt.key)
        self.transcript.append(Heard(prompt.key, prompt.text, cut=True))
        self.note("prompt", key=prompt.key, text=prompt.text)
        try:
            yield
        finally:
            self.loops.remove(prompt.key)

    @contextlib.asynccontextmanager
    async def joined(self, other: Leg) -> AsyncIterator[None]:
        """Remember for the length of the block who hears whom."""
        if not isinstance(other, FakeLeg):
            raise TypeError("a leg without a network is joined with its like only")
        self._alive()
        self.partners.append(other)
        other.partners.append(self)
        try:
            await asyncio.sleep(0)  # PJSIP's thread takes its turn
            yield
        finally:
            self.partners.remove(other)
            other.partners.remove(self)

    @contextlib.asynccontextmanager
    async def recorder(self, path: Path) -> AsyncIterator[FakeRecorder]:
        """Write a file that tells who was heard when."""
        self._alive()
        self.recorders.append(FakeRecorder(path))
        try:
            yield self.recorders[-1]
        finally:
            self.recorders[-1].close()

    @contextlib.asynccontextmanager
    async def hearing(self, other: Leg) -> AsyncIterator[None]:
        """Remember for the length of the block that this one hears another."""
        if not isinstance(other, FakeLeg):
            raise TypeError("a leg without a network hears its like only")
        self._alive()
        self.overheard.append(other)
        try:
            await asyncio.sleep(0)  # PJSIP's thread takes its turn
            yield
        finally:
            self.overheard.remove(other)

    async def refer(self, uri: str) -> AsyncGenerator[Status, None]:
        """Tell what the test says becomes of it; after that, nothing."""
        self._happens()
        self.referred.append(uri)
        for seconds, status in self.statuses:
            await self._pass(seconds)
            yield status
        await self._unless_over(self._over.wait())

    async def next_referral(self) -> Referral:
        """Wait for the next REFER that the test tells of (``refers_to``)."""
        self._alive()
        came: asyncio.Future[Referral] = asyncio.get_running_loop().create_future()
        self._referral = came
        try:
            await self._unless_over(asyncio.wait((came,)))
            return came.result()
        except HungUp:
            if came.done():
                return came.result()
            raise
        except asyncio.CancelledError:
            if came.done():
                self.tell(came.result(), 603)
            raise
        finally:
            self._referral = None

    def tell(self, referral: Referral, code: int) -> None:
        """Remember what the far end is told."""
        self.told.append((referral.target, code))

    async def hold_turned(self) -> None:
        """Wait for the next ``hold`` or ``resumes``."""
        self._turned.clear()
        await self._unless_over(self._turned.wait())

    async def sends(self, within: float) -> bool:
        """Whether the far end is ``alive``."""
        self._happens()
        await self._pass(0.0 if self.alive else within)
        return self.alive

    async def hangup(self, reason: str = "normal", cause: Cause | None = None) -> None:
        """End the call, if it has not ended."""
        await asyncio.sleep(0)  # PJSIP's thread takes its turn
        if not self.over:
            self.cause = cause
            self._end("agent", reason, 200 if self.answered else 487)

    async def refuse(self, code: int) -> None:
        """End the call before it was answered."""
        await asyncio.sleep(0)  # PJSIP's thread takes its turn
        if not self.over:
            self._end("agent", "refused", code)

    async def wait_over(self) -> None:
        """Wait until it has ended."""
        await self._over.wait()

    # What a test lets the far end do

    def rings(self) -> None:
        """The far end rings (180)."""
        self.alerting = True
        self.progresses()

    def progresses(self) -> None:
        """The far end says that it has the call in hand (100)."""
        self._progressed.set()

    def sounds(self) -> None:
        """The far end is heard, before it has answered."""
        self.rings()
        self._audible.set()

    def answers(self) -> None:
        """The far end answers, or this one has."""
        if not self.over:
            self.answered = True
            self.sounds()
            self._connected.set()

    def presses(self, keys: str) -> None:
        """The far end presses keys."""
        self._press(keys)
        self._key_came.set()

    def refuses(self, code: int, reason: str = "refused", moved_to: str = "") -> None:
        """The far end does not take the call, and may say who does."""
        self.moved_to = moved_to
        self._end("caller", reason, code)

    def hold(self) -> None:
        """The far end holds."""
        self.holds = True
        self._turned.set()

    def resumes(self) -> None:
        """It is back."""
        self.holds = False
        self._turned.set()

    def refers_to(self, target: str, replaces: str | None = None) -> bool:
        """The far end sends REFER; return whether that is taken."""
        if self.over or self._referral is None or self._referral.done():
            return False
        self._referral.set_result(Referral(len(self.told), target, replaces))
        return True

    def hangs_up(self, reason: str = "normal") -> None:
        """The far end leaves."""
        self._end("caller", reason)

    def note(self, kind: str, **details: Detail) -> None:
        """Write into the timeline."""
        event = Event(self.now, kind, details)
        self.timeline.append(event)
        self.watch(event)

    async def _taken(self, wait: float | None) -> str:
        """Return the next key that the far end presses within a wait; None: however long."""
        if not self._waiting and wait != 0:
            self._act()
        while wait is None and not self._waiting and self._script.goes_on():
            self._act()
        if not self._waiting:
            await self._key_within(wait)
        key, self._waiting = self._waiting[0], self._waiting[1:]
        await self._pass(_PRESS)
        return key

    async def _key_within(self, wait: float | None) -> None:
        """Return once a key is pressed from outside the script."""
        self._key_came.clear()
        if wait is None:
            await self._unless_over(self._key_came.wait())
            return
        passing = tasks.begin(self._pass(wait), "pass")
        coming = tasks.begin(self._key_came.wait(), "key")
        try:
            both = asyncio.wait((passing, coming), return_when=asyncio.FIRST_COMPLETED)
            await self._unless_over(both)
        finally:
            await tasks.cancelled(passing, coming)
        if not self._waiting:
            raise TimeoutError

    def _act(self) -> None:
        match self._script.take():
            case Press(keys=keys) | str(keys):
                self._press(keys)
            case Leave():
                self._leave()

    def _press(self, keys: str) -> None:
        for key in keys:
            secret = self._conceal is Conceal.ALL or (
                self._conceal is Conceal.AHEAD and "#" in self._waiting
            )
            self._waiting += key
            self.note("digit", digit=key, **({"secret": True} if secret else {}))

    def _interrupt(self, prompt: Prompt) -> None:
        """Let the caller do what the script says for the middle of this prompt."""
        if self._script.interrupts(prompt.key):
            self._act()

    def _happens(self) -> None:
        self._alive()
        if self._happened == self.lost_after:
            self._leave("lost")
        self._happened += 1

    async def _pass(self, seconds: float) -> None:
        """Let time pass, as far as the leg lasts."""
        self.now += seconds
        if self.sleep is not at_once:
            await self._unless_over(self.sleep(seconds))

    async def _unless_over(self, work: Awaitable[Result]) -> Result:
        """Wait for a result, but not beyond the end of the leg."""
        doing = tasks.begin(_coroutine(work), "fake")
        ending = tasks.begin(self._over.wait(), "over")
        try:
            await asyncio.wait((doing, ending), return_when=asyncio.FIRST_COMPLETED)
            self._alive()
            return doing.result()
        finally:
            await tasks.cancelled(doing, ending)

    def _alive(self) -> None:
        if self.over:
            raise HungUp("the call is over")

    def _leave(self, reason: str = "normal") -> None:
        self._end("caller", reason)
        self._alive()

    def _end(self, who: Literal["caller", "agent"], reason: str, code: int = 200) -> None:
        if self.ended is None:
            self.ended = (who, reason)
            self.outcome = Ended(who, code, reason)
            if who == "agent":
                self.note("hangup", reason=reason)
            else:
                self.note("hung-up", code=code, reason=reason)
            self._over.set()


async def _coroutine(work: Awaitable[Result]) -> Result:
    return await work
