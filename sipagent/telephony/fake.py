"""A call without a network: the caller follows a script, and time passes at once.

It keeps the promises of ``sipagent.telephony.leg.Leg``; the tests and the simulator run
scenarios on it.
"""

import array
import asyncio
import math
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sipagent.errors import HungUp
from sipagent.telephony.digits import DigitCollector
from sipagent.telephony.leg import Conceal, Detail, Prompt, Stop
from sipagent.telephony.outcome import Reached, Transferred
from sipagent.telephony.party import Caller

#: Seconds that one key press takes.
_PRESS = 0.3


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys: when a key is waited for, or ``during`` the prompt of a key."""

    keys: str
    during: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller lets one wait for a key run out."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The caller hangs up: when a key is waited for, or ``during`` the prompt of a key."""

    during: str | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """The caller speaks into a recording for so many seconds, and then does what follows.

    ``then`` is what ends it: a key, silence, the length, or (None) hanging up.
    """

    seconds: float
    then: Stop | None = Stop.KEY


#: What the caller does next; a plain string is keys to press, the empty one is silence.
Act = str | Press | Silence | Leave | Speak


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
    """A caller who follows a script; when it has run out, the caller listens in silence.

    Args:
        script: what the caller does, taken one by one as the call goes on. One that is not a
            sequence, such as a terminal, is read only when a key is waited for.
        transfers: how each attempt to put the caller through goes; then they fail.
        lost_after: the connection is lost after so many things have happened.
        watch: is told of each event as it happens.
    """

    script: Iterable[Act] = ()
    id: str = "fake"
    caller: Caller = field(default_factory=lambda: Caller("+48600100200"))
    called: str = "infolinia"
    transfers: Sequence[Transferred] = ()
    lost_after: int | None = None
    watch: Callable[[Event], None] = lambda event: None

    def __post_init__(self) -> None:
        self.now = 0.0
        self.transcript: list[Heard] = []
        self.timeline: list[Event] = []
        #: Who ended the call, and why; None while it lasts.
        self.ended: tuple[Literal["caller", "agent"], str] | None = None
        #: The targets of all transfers.
        self.targets: list[str] = []
        self._transfers = iter(self.transfers)
        self._script: Iterator[Act] = iter(self.script)
        self._next: Act | None = None
        self._waiting = ""
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

    async def answer(self) -> None:
        """Pick up."""
        self._happens()
        self.note("answer")

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
        self.now += seconds
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
            wait = first if collector.empty else between
            key = self._key(wait)
            if key is None:
                self.now += wait
                return collector.expire()
            self.now += _PRESS
            result = collector.feed(key)
            if result is not None:
                return result

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        self._happens()
        self.now += seconds

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        """Write what the script speaks, a steady tone; without any, silence."""
        self._happens()
        self._waiting = ""
        act = self._peek()
        if isinstance(act, Speak):
            self._next = None
        else:
            act = Speak(0.0, Stop.SILENCE)
        seconds = min(act.seconds, longest)
        _write_tone(path, seconds, silence)
        self.now += seconds
        if act.then is None:
            self._leave()
        stop = Stop.LENGTH if act.seconds > longest else act.then or Stop.KEY
        self.note("record-end", seconds=seconds, stop=stop.value)
        return stop

    async def transfer(self, target: str, waiting: Prompt) -> Transferred:
        """Put the caller through, as the test says."""
        self._happens()
        await waiting.clip()
        self.targets.append(target)
        result = next(self._transfers, Transferred(Reached.FAILED))
        self.note("transferred", target=target, reached=result.reached.value)
        return result

    async def hangup(self, reason: str = "normal") -> None:
        """End the call, if it has not ended."""
        self._end("agent", reason)

    def note(self, kind: str, **details: Detail) -> None:
        """Write into the timeline."""
        event = Event(self.now, kind, details)
        self.timeline.append(event)
        self.watch(event)

    def _key(self, wait: float) -> str | None:
        """Return the next key that the caller presses within a wait."""
        if not self._waiting and wait > 0:
            self._act()
        key, self._waiting = self._waiting[:1], self._waiting[1:]
        return key or None

    def _act(self) -> None:
        act = self._peek()
        self._next = None
        match act:
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
        act = self._peek() if isinstance(self.script, Sequence) else None
        if isinstance(act, Press | Leave) and act.during in prompt.key.split("+"):
            self._act()

    def _peek(self) -> Act | None:
        if self._next is None:
            self._next = next(self._script, None)
        return self._next

    def _happens(self) -> None:
        self._alive()
        if self._happened == self.lost_after:
            self._leave("lost")
        self._happened += 1

    def _alive(self) -> None:
        if self.ended:
            raise HungUp("the call is over")

    def _leave(self, reason: str = "normal") -> None:
        self._end("caller", reason)
        self._alive()

    def _end(self, who: Literal["caller", "agent"], reason: str) -> None:
        if self.ended is None:
            self.ended = (who, reason)
            self.note("hangup", by=who, reason=reason)


def _write_tone(path: Path, seconds: float, silence: float) -> None:
    tone = (round(8000 * math.sin(n * math.tau * 440 / 8000)) for n in range(int(seconds * 8000)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array.array("h", tone).tobytes() + bytes(int(silence * 8000) * 2))
