"""Walks in the browser: somebody tries a scenario, presses keys, and sees and hears what is said.

Each walk has a thread with a loop of its own, in which the caller's script waits for what is
pressed next. It ends with the call, when nobody has pressed anything for a while, or when the same
person begins another one.
"""

import asyncio
import queue
import re
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import structlog

from sipagent.errors import DataError, SipAgentError
from sipagent.panel.scenarios.way import Visit, Way
from sipagent.rehearsing import NoVoice
from sipagent.scenario.engine import Result
from sipagent.scenario.talk import Pace
from sipagent.speech.clip import Clip
from sipagent.telephony.fake import Event, FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Leave

#: Walks at once, and seconds after which one ends in which nothing is pressed.
MOST, IDLE = 8, 600.0
#: Lines that are kept of a walk: one that goes round by itself fills no memory.
_LONGEST = 1000
#: Where the voice changes for a sentence in another language.
_SWITCH = re.compile(r"\[/?[a-z]{2}\]")

log = structlog.get_logger(__name__)

#: Walks a scenario with a caller, and whose voice it is said with.
Walked = Callable[[FakeLeg, "Noted"], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that were said, as a voice needs them."""

    text: str
    language: str
    pace: Pace


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Args:
        kind: ``said``, ``pressed``, or ``step``.
        text: the words, the key, or the name of the step.
        key: of the prompt.
        cut: whether a key cut the words short.
        spoken: what can be heard of it.
    """

    kind: str
    text: str
    key: str = ""
    cut: bool = False
    spoken: Spoken | None = None


class Noted(NoVoice):
    """Notes what it is asked to say, which can be heard later."""

    def __init__(self) -> None:
        self.last: Spoken | None = None

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        """Return no sound of some length."""
        if urgent:
            self.last = Spoken(text, language, pace)
        return await super().clip(text, language, pace, urgent=urgent)


@dataclass(frozen=True, slots=True)
class State:
    """How a walk stands."""

    lines: tuple[Line, ...]
    way: Way
    #: Whether the caller is waited for.
    waiting: bool
    #: How it ended; None as long as it has not.
    result: Result | None
    #: Why it could not even begin.
    trouble: str = ""

    @property
    def over(self) -> bool:
        """Whether it is over."""
        return self.result is not None or bool(self.trouble)

    @property
    def step(self) -> str:
        """Where the caller is."""
        return self.way.steps[-1].step if self.way.steps else ""


@dataclass(eq=False)
class Try:
    """One walk.

    Args:
        scenario: its name.
        person: whose walk it is.
        voices: language → voice, where it is not that of the line.
        caller: who calls.
    """

    scenario: str
    person: int
    voices: Mapping[str, str]
    caller: Caller
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    def __post_init__(self) -> None:
        self._acts: queue.SimpleQueue[Act] = queue.SimpleQueue()
        self._turn = threading.Condition()
        self._lines: list[Line] = []
        self._steps: list[Visit] = []
        self._waiting = False
        self._result: Result | None = None
        self._trouble = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._voice = Noted()
        self._call = FakeLeg(
            self._script(), caller=self.caller, called=self.scenario, watch=self._happened
        )

    def begin(self, walked: Walked) -> None:
        """Begin to walk."""
        threading.Thread(target=self._run, args=(walked,), daemon=True, name="try").start()

    def act(self, act: Act) -> None:
        """Let the caller do something, as soon as it is waited for."""
        with self._turn:
            self._waiting = False
        self._acts.put(act)

    def hang_up(self) -> None:
        """Let the caller hang up, whatever goes on."""
        self.act(Leave())
        with self._turn:
            loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._gone)

    def settled(self, seconds: float) -> State:
        """Return how it stands once the caller is waited for, or it is over, or time is up."""
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._result or self._trouble, seconds)
            lines, way = tuple(self._lines), Way(tuple(self._steps))
            return State(lines, way, self._waiting, self._result, self._trouble)

    def _run(self, walked: Walked) -> None:
        try:
            asyncio.run(self._walk(walked))
        except SipAgentError as error:
            self._ended(None, str(error) or error.code)
        # A fault of a scenario, whatever it is, is a fault of this walk alone.
        except Exception as error:
            log.exception("a walk in the browser has failed", scenario=self.scenario)
            self._ended(None, type(error).__name__)

    async def _walk(self, walked: Walked) -> None:
        with self._turn:
            self._loop = asyncio.get_running_loop()
        try:
            self._ended(await walked(self._call, self._voice), "")
        finally:
            with self._turn:
                self._loop = None

    def _ended(self, result: Result | None, trouble: str) -> None:
        with self._turn:
            self._result, self._trouble, self._waiting = result, trouble, False
            self._turn.notify_all()

    def _gone(self) -> None:
        if not self._call.over:
            self._call.hangs_up()

    def _script(self) -> Iterator[Act]:
        """Yield what the caller does; to wait for it blocks this walk's loop, and no other."""
        while True:
            with self._turn:
                self._waiting = self._acts.empty()
                self._turn.notify_all()
            try:
                act = self._acts.get(timeout=IDLE)
            except queue.Empty:
                act = Leave()
            with self._turn:
                self._waiting = False
            yield act

    def _happened(self, event: Event) -> None:
        details = event.details
        with self._turn:
            match event.kind:
                case "prompt":
                    self._say(str(details["text"]), str(details["key"]), bool(details.get("cut")))
                case "digit":
                    self._add(Line("pressed", str(details["digit"])))
                case "step":
                    self._add(Line("step", str(details["step"])))
                    self._steps.append(Visit(str(details["step"]), round(1000 * event.at)))
                case "outcome":
                    outcome, following = str(details["outcome"]), str(details["next"])
                    self._steps[-1] = replace(self._steps[-1], outcome=outcome, next=following)

    def _say(self, text: str, key: str, cut: bool) -> None:
        spoken = self._voice.last
        heard = spoken if spoken is not None and spoken.text == text and not cut else None
        self._add(Line("said", _SWITCH.sub("", text), key, cut, heard))

    def _add(self, line: Line) -> None:
        if len(self._lines) < _LONGEST:
            self._lines.append(line)


class Tries:
    """All walks that go on; threads take turns."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._there: dict[str, Try] = {}

    def begin(self, one: Try, walked: Walked) -> None:
        """Begin a walk in place of an earlier one of the same person.

        Raises:
            DataError: too many others go on.
        """
        with self._turn:
            for old in [each for each in self._there.values() if each.person == one.person]:
                self._drop(old)
            for old in [each for each in self._there.values() if each.settled(0).over]:
                self._drop(old)
            if len(self._there) >= MOST:
                raise DataError("scenario.try-full")
            self._there[one.id] = one
        one.begin(walked)

    def find(self, key: str, scenario: str, person: int) -> Try | None:
        """Return a walk of somebody; None: they have none of that name."""
        with self._turn:
            found = self._there.get(key)
        mine = found is not None and (found.scenario, found.person) == (scenario, person)
        return found if mine else None

    def _drop(self, one: Try) -> None:
        del self._there[one.id]
        one.hang_up()
