"""What a domain is: one subject of the house, such as the infoline, as one object.

A domain says what it has, and the house puts it in its place: tables are migrated, steps known to
scenarios, services given to them, calls routed. What is left out here, the domain does not have.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sipagent.config import Config
from sipagent.control.control import Control
from sipagent.errors import SipAgentError
from sipagent.expiry import Expiring
from sipagent.messages.outbox import Outbox
from sipagent.messages.templates import Templates, Texts
from sipagent.persons.holding import Holding
from sipagent.scenario.condition import Condition
from sipagent.scenario.engine import Result
from sipagent.scenario.model import Scenario
from sipagent.scenario.programme import Programme
from sipagent.scenario.step import StepClass
from sipagent.scenario.talk import Facts, Speaker, Talk
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.recordings import Recordings
from sipagent.store.database import Migrations
from sipagent.store.store import Store
from sipagent.telephony.handsets import Handsets
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller
from sipagent.texts.messages import TextMessages
from sipagent.toml import Mistake
from sipagent.webhooks.happening import Happening

Key = TypeVar("Key")
Value = TypeVar("Value")


class Words(Protocol):
    """What was understood; empty text for a recording without speech."""

    @property
    def text(self) -> str:
        """The words."""


class Voices(Protocol):
    """Who speaks to callers; ``speech.speaker.Speaker`` fits."""

    @property
    def ready(self) -> bool:
        """Whether texts can be rendered."""

    async def find(self, voices: Mapping[str, str]) -> None:
        """Find voices (language → name), so that narrators can use them.

        Raises:
            SetupError: one is missing, or speaks another language.
        """

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> Speaker:
        """Return who reads with other voices than the usual ones, where they differ."""


#: Turns a recording in a language into words.
Transcribe = Callable[[Path, str], Awaitable[Words]]


class Incoming(Protocol):
    """What is known of a call that nobody has answered yet."""

    @property
    def caller(self) -> Caller:
        """Who calls, as far as the network says."""

    @property
    def called(self) -> str:
        """User part of the request URI: the number or name that was called."""

    @property
    def trunk(self) -> str:
        """Name of the trunk that it comes over; empty for a direct caller."""


class Handler(Protocol):
    """Who takes a call: it answers when it has something to say, and may hand the leg on.

    The walk of a scenario is one (``scenario.engine.Walk``).
    """

    @property
    def name(self) -> str:
        """What records call it."""

    @property
    def languages(self) -> Sequence[str]:
        """What it speaks, the first one first."""

    @property
    def voices(self) -> Mapping[str, str]:
        """Language → voice, where it is not the line's own."""

    async def run(self, call: Leg, talk: Talk, *, longest: float, closing: asyncio.Event) -> Result:
        """Take the call until it is over, and say how it went.

        Args:
            call: not answered yet.
            talk: what it speaks with.
            longest: seconds after which the caller is told that the time is up.
            closing: set once the line is being stopped.
        """


class LineClosed(SipAgentError):
    """The line takes no new calls, and makes none."""

    code = "line-closed"
    exit_status = 3


class Originating(Protocol):
    """Makes calls of the line's own; ``reception.Reception`` fits."""

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        """Begin a call that nobody has made to the line, and return what lasts as long as it does.

        It is like any other: it has a record, counts as a call, and is ended when the line closes.
        The handler gets a leg at which nobody is (``telephony.own_leg``), and rings whom it likes.

        Args:
            handler: what is done in it.
            caller: who has wanted it, as the record shows them.
            called: who is to be reached in it, as the record shows them.

        Raises:
            LineClosed: the line takes no new calls.
        """


@dataclass(frozen=True, slots=True)
class House:
    """What a domain is given to work with.

    Args:
        config: the settings.
        store: the database.
        outbox: where messages go.
        texts: sends texts, and gets them.
        templates: the texts of letters, of all domains.
        transcribe: None where transcription is off.
        voices: None where nobody speaks, as in the simulator.
    """

    config: Config
    store: Store
    outbox: Outbox
    texts: TextMessages
    templates: Templates
    transcribe: Transcribe | None
    voices: Voices | None = None


class Staff:
    """A domain at work: the services of its steps, and what it does behind the calls."""

    #: By class, for ``talk.service``.
    services: Mapping[type, object] = {}
    #: The phones that may register; None: it has none.
    handsets: Handsets | None = None
    #: What commands and the panel may ask of it while the line runs.
    controls: Mapping[str, Control[Any]] = {}

    async def learn(self) -> None:
        """Read what the steps have to know; nothing goes on behind the calls for that."""

    async def start(self) -> None:
        """Begin what goes on behind the calls."""

    def opened(self, line: Originating) -> None:
        """Know that the line is open, and makes calls from now on."""

    async def stop(self) -> None:
        """End it; safe where it never began."""

    def use(self, config: Config, templates: Templates) -> None:
        """Take other settings and letters for what follows."""


class Domain:
    """A subject of the house; by itself it has nothing."""

    name: str = ""
    #: Its tables, those first that others refer to.
    migrations: Sequence[Migrations] = ()
    #: What it adds to scenarios.
    steps: Sequence[StepClass] = ()
    conditions: Sequence[Condition] = ()
    #: The templates of its letters.
    texts: Sequence[Texts] = ()
    #: What happens in it that programs are told of.
    happenings: Sequence[Happening] = ()

    def open(self, house: House) -> Staff:
        """Put it to work; what goes on behind the calls does not begin yet."""
        return Staff()

    def scenarios(self, config: Config) -> Mapping[str, str]:
        """Return the scenarios that it leads callers to, each with what names it."""
        return {}

    def knows(self, number: str) -> bool:
        """Whether it leads calls to a number of a trunk, as a network writes it.

        A carrier may call several things in one request; this tells which of them was meant. It is
        asked in the thread of PJSIP, and so only looks at what does not change.
        """
        return False

    async def catch_up(self) -> None:
        """Know what has been changed by now: each call waits for it before it is routed."""

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        """Return who takes a call; None where it is not this domain's."""
        return None

    def labels(self, facts: Facts) -> Mapping[str, str | int]:
        """Return what a call's record can be found by, from what the call has found out."""
        return {}

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return what is deleted when it is old."""
        return ()

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return what it keeps of persons, in the order in which it is erased."""
        return ()

    def astray(self, config: Config, scenario: Scenario) -> Iterator[Mistake]:
        """Yield each step of a scenario that leads to what is not there."""
        yield from ()

    def broken(self, config: Config) -> Iterator[str]:
        """Yield a sentence for each thing without which it does not work."""
        yield from ()

    def missed(self, config: Config) -> Iterator[str]:
        """Yield a sentence for each thing that it does without."""
        yield from ()

    def inside(self, config: Config) -> Collection[str]:
        """Return the internal numbers that somebody has."""
        return ()

    def dials(self, config: Config) -> Iterator[tuple[str, str]]:
        """Yield the internal numbers that it puts callers through to, each with what names it."""
        yield from ()


class Domains(Domain):
    """Several domains as one; where more than one could take a call, the first does.

    Raises:
        ValueError: two of them use the same name.
    """

    def __init__(self, members: Sequence[Domain]) -> None:
        self.name = " + ".join(one.name for one in members)
        self._members = members
        self.migrations = list(dict.fromkeys(room for one in members for room in one.migrations))
        self.steps = [step for one in members for step in one.steps]
        self.conditions = [condition for one in members for condition in one.conditions]
        self.texts = [text for one in members for text in one.texts]
        self.happenings = [kind for one in members for kind in one.happenings]
        #: What all scenarios can be made of.
        self.vocabulary = Vocabulary(self.steps, self.conditions)

    def programme(self, config: Config) -> Programme:
        """Read all that callers hear.

        Raises:
            ConfigError: every mistake, each with file and line.
        """
        return Programme.load(config, self.vocabulary, self.wanted(config))

    def wanted(self, config: Config) -> Mapping[str, str]:
        """Return the scenarios that callers come to, that of the line first."""
        return {**config.scenarios(), **self.scenarios(config)}

    def open(self, house: House) -> Staff:
        """Put all of them to work."""
        return _Together([one.open(house) for one in self._members])

    def scenarios(self, config: Config) -> Mapping[str, str]:
        """Return those of all."""
        return _merged(one.scenarios(config) for one in self._members)

    def knows(self, number: str) -> bool:
        """Return whether one of them does."""
        return any(one.knows(number) for one in self._members)

    async def catch_up(self) -> None:
        """Have all of them know."""
        for one in self._members:
            await one.catch_up()

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        """Return what the first one says that has anything to say."""
        found = (one.route(call, programme) for one in self._members)
        return next((handler for handler in found if handler is not None), None)

    def labels(self, facts: Facts) -> Mapping[str, str | int]:
        """Return those of all."""
        return _merged(one.labels(facts) for one in self._members)

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return that of all."""
        return [kind for one in self._members for kind in one.expiring(config)]

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return that of all."""
        return [room for one in self._members for room in one.holdings(config)]

    def astray(self, config: Config, scenario: Scenario) -> Iterator[Mistake]:
        """Yield that of all."""
        for one in self._members:
            yield from one.astray(config, scenario)

    def broken(self, config: Config) -> Iterator[str]:
        """Yield that of all."""
        for one in self._members:
            yield from one.broken(config)

    def missed(self, config: Config) -> Iterator[str]:
        """Yield that of all, and what one dials and nobody has."""
        for one in self._members:
            yield from one.missed(config)
        there = self.inside(config)
        for extension, where in self.dials(config):
            if extension not in there:
                yield f"{where}: nobody has the internal number {extension}"

    def inside(self, config: Config) -> Collection[str]:
        """Return those of all."""
        return {extension for one in self._members for extension in one.inside(config)}

    def dials(self, config: Config) -> Iterator[tuple[str, str]]:
        """Yield those of all."""
        for one in self._members:
            yield from one.dials(config)


class _Together(Staff):
    """The staff of several domains: started in order, stopped in reverse."""

    def __init__(self, members: Sequence[Staff]) -> None:
        self._members = members
        self.services = _merged(one.services for one in members)
        self.controls = _merged(one.controls for one in members)
        self.handsets = next((one.handsets for one in members if one.handsets is not None), None)

    async def learn(self) -> None:
        for one in self._members:
            await one.learn()

    async def start(self) -> None:
        for one in self._members:
            await one.start()

    def opened(self, line: Originating) -> None:
        for one in self._members:
            one.opened(line)

    async def stop(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for one in self._members:
                stack.push_async_callback(one.stop)

    def use(self, config: Config, templates: Templates) -> None:
        for one in self._members:
            one.use(config, templates)


def _merged(parts: Iterable[Mapping[Key, Value]]) -> dict[Key, Value]:
    """Return several mappings as one.

    Raises:
        ValueError: two of them have the same key.
    """
    found: dict[Key, Value] = {}
    for part in parts:
        if twice := found.keys() & part.keys():
            raise ValueError(f"two domains have {', '.join(sorted(map(str, twice)))}")
        found |= part
    return found
