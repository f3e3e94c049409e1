"""The conversation of one call: its language and pace, its words and voice, what it knows."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Literal, Protocol, TypeVar

import structlog

from sipagent import tasks
from sipagent.errors import ConfigError, SipAgentError
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.leg import Clip

Pace = Literal["normal", "slow"]
T = TypeVar("T")

#: What a caller hears who waits for a voice that is busy.
WAIT = "line.wait"
#: A prompt ``x`` gives way to ``x-when-slow``, where there is one, while the pace is slow: who
#: listens slowly is offered the usual pace again, not "slower".
WHEN_SLOW = "-when-slow"

log = structlog.get_logger(__name__)


class Speaker(Protocol):
    """What a conversation needs of a voice; ``sipagent.speech.speaker.Speaker`` fits."""

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        """Return ``text`` as audio; ``urgent`` where somebody waits for it now."""

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        """Return ``text`` as audio where it was made before."""


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt of one conversation, in the language and at the pace of the moment it was made."""

    key: str
    text: str
    language: str
    pace: Pace
    speaker: Speaker
    #: The words that are heard while its audio is being made; empty: none.
    wait: str = ""

    async def clip(self) -> Clip:
        """Return the audio; a caller waits for it."""
        return await self.speaker.clip(self.text, self.language, self.pace, urgent=True)

    def meanwhile(self) -> Clip | None:
        """Return what the caller hears who waits for it, as far as that is there."""
        return self.speaker.cached(self.wait, self.language, self.pace) if self.wait else None

    @property
    def made(self) -> bool:
        """Whether its audio is there."""
        return self.speaker.cached(self.text, self.language, self.pace) is not None

    async def prepare(self) -> None:
        """Have the audio made before it is asked for, behind those that callers wait for."""
        await self.speaker.clip(self.text, self.language, self.pace, urgent=False)


class Facts:
    """What a call has found out, one value of each class; steps hand it on to each other."""

    def __init__(self) -> None:
        self._values: dict[type, object] = {}

    def put(self, value: object) -> None:
        """Remember a value in place of an earlier one of its class."""
        self._values[type(value)] = value

    def get(self, wanted: type[T]) -> T | None:
        """Return the value of a class, or None."""
        value = self._values.get(wanted)
        return value if isinstance(value, wanted) else None

    def __getitem__(self, wanted: type[T]) -> T:
        value = self.get(wanted)
        if value is None:
            raise ConfigError(
                f"a step needs {wanted.__name__}, which no step before it has found out; "
                "run sipagent check on the scenario"
            )
        return value


class Talk:
    """What a step says with, and keeps in mind, during one call.

    Args:
        catalogue: the words.
        speaker: the voice.
        languages: those of the scenario, the first one first; each has every prompt.
        services: what the steps of other rooms work with, by class (``Directory`` …).
        clock: returns the time, with its offset.
        zone: where the line is; office hours and dates go by it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        speaker: Speaker,
        languages: Sequence[str],
        *,
        services: Mapping[type, object] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo = UTC,
    ) -> None:
        self.catalogue = catalogue
        self.language = languages[0]
        self.pace: Pace = "normal"
        self.facts = Facts()
        self._speaker = speaker
        self._languages = tuple(languages)
        self._services = dict(services or {})
        self._clock = clock
        self.zone = zone
        self._preparing: set[asyncio.Task[None]] = set()

    def __call__(self, *keys: str, **values: object) -> Said:
        """Return the prompts of ``keys`` as one, said without a gap; all share ``values``."""
        paced = [paced_key(self.catalogue, key, self.language, self.pace) for key in keys]
        words = (self.catalogue.text(key, self.language, **values) for key in paced)
        return self._said("+".join(paced), " ".join(words))

    def within(self, language: str, key: str) -> Said:
        """Return a prompt in a language that may be another one than the caller's."""
        return replace(self._said(key, self.catalogue.text(key, language)), language=language)

    def read(
        self, key: str, words: str, *, language: str = "", speaker: Speaker | None = None
    ) -> Said:
        """Return words that are no prompt, such as what somebody has typed in for a caller.

        Args:
            key: what the timeline calls them.
            words: as they are spoken.
            language: of the words; empty: that of the moment.
            speaker: who says them; None: who says everything else.
        """
        said = self._said(key, words)
        return replace(said, language=language or said.language, speaker=speaker or said.speaker)

    def join(self, prompts: Iterable[Said]) -> Said:
        """Return several prompts as one, said without a gap."""
        parts = list(prompts)
        return self._said("+".join(part.key for part in parts), " ".join(p.text for p in parts))

    def knows(self, key: str) -> bool:
        """Whether there is such a prompt in the present language."""
        return key in self.catalogue.keys(self.language)

    def service(self, wanted: type[T]) -> T:
        """Return the service of a class.

        Raises:
            ConfigError: this program runs without it.
        """
        found = self._services.get(wanted)
        if not isinstance(found, wanted):
            raise ConfigError(f"a step needs {wanted.__name__}, which this program runs without")
        return found

    def offers(self, wanted: type) -> bool:
        """Whether this program has the service of a class."""
        return wanted in self._services

    def now(self) -> datetime:
        """Return the time, with its offset."""
        return self._clock()

    def local(self) -> datetime:
        """Return the time where the line is."""
        return self._clock().astimezone(self.zone)

    def change_pace(self) -> Pace:
        """Go from the normal pace to the slow one, or back; return the new one."""
        self.pace = "slow" if self.pace == "normal" else "normal"
        return self.pace

    def change_language(self) -> str:
        """Go on to the scenario's next language; return it."""
        at = self._languages.index(self.language)
        self.language = self._languages[(at + 1) % len(self._languages)]
        return self.language

    def prepare(self, prompts: Iterable[Said]) -> None:
        """Have prompts made in the background; where that fails, the caller will just wait."""
        for prompt in prompts:
            if prompt.made:
                continue
            task = tasks.begin(_prepare(prompt), f"prepare-{prompt.key}")
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)

    async def close(self) -> None:
        """Stop what is still being prepared; the call is over."""
        await tasks.cancelled(*self._preparing)

    def _said(self, key: str, text: str) -> Said:
        wait = self.catalogue.text(WAIT, self.language) if self.knows(WAIT) else ""
        return Said(key, text, self.language, self.pace, self._speaker, wait)


def paced_key(catalogue: Catalogue, key: str, language: str, pace: Pace) -> str:
    """Return the key of what is said for ``key`` at a pace (see ``WHEN_SLOW``)."""
    slow = key + WHEN_SLOW
    return slow if pace == "slow" and slow in catalogue.keys(language) else key


async def _prepare(prompt: Said) -> None:
    try:
        await prompt.prepare()
    except SipAgentError as error:
        log.warning("prompt not prepared", prompt=prompt.key, code=error.code)
