"""The general steps: announcement, menu, hang-up."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, field_validator

from sipagent.scenario.choice import (
    HINTS,
    NO_CHOICE,
    WRONG_CHOICE,
    Patience,
    choice_lines,
    choose,
)
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.sip.digits import KEYS
from sipagent.sip.protocol import Call

#: Keys that make a menu easier to follow, and lead nowhere.
Comfort = Literal["*", "0", "8"]


class AnnouncementSettings(Settings):
    """``type = "announcement"``"""

    prompt: str
    #: Whether a key cuts it short.
    interruptible: bool = True


class Announcement(Step):
    """Say something. Outcome: ``done``."""

    type = "announcement"
    settings: AnnouncementSettings

    async def run(self, call: Call, talk: Talk) -> Outcome:
        """Say it."""
        await call.say(talk(self.settings.prompt), interruptible=self.settings.interruptible)
        return Outcome("done")

    def lines(self) -> Iterable[Line]:
        """The prompt."""
        return [line(self.settings.prompt)]


class Choice(Settings):
    """``[steps.NAME.keys.KEY]``: what a key of a menu is for."""

    prompt: str
    next: str


class MenuSettings(Settings):
    """``type = "menu"``"""

    #: Said before the choices.
    prompt: str
    keys: dict[str, Choice] = Field(min_length=1)
    #: Which of ``*`` (again), ``0`` (slower) and ``8`` (other language) work; told at the end.
    comfort: tuple[Comfort, ...] = ()
    #: How many readings in silence, and how many wrong keys, end the menu.
    repeat: int = Field(3, ge=1, le=10)
    #: Seconds to wait for a key after a reading.
    timeout: float = Field(5.0, ge=1, le=60)

    @field_validator("keys")
    @classmethod
    def _on_a_telephone(cls, keys: dict[str, Choice]) -> dict[str, Choice]:
        if strange := set(keys) - KEYS:
            raise ValueError(f"no such key on a telephone: {', '.join(sorted(strange))}")
        return keys


class Menu(Step):
    """Read the choices and wait for one key.

    Outcomes: the key pressed, ``no-choice`` after ``repeat`` readings in silence,
    ``wrong-choice`` after ``repeat`` keys that lead nowhere.
    """

    type = "menu"
    settings: MenuSettings

    async def run(self, call: Call, talk: Talk) -> Outcome:
        """Read until a key is pressed."""
        return await choose(
            call,
            talk,
            lambda: self._reading(talk),
            keys=self.settings.keys,
            service=self.settings.comfort,
            patience=self._patience(),
        )

    def outcomes(self) -> frozenset[str]:
        """The keys, and the two ways to find none."""
        return frozenset({*self.settings.keys, NO_CHOICE, WRONG_CHOICE})

    def unattended(self) -> frozenset[str]:
        """Silence."""
        return frozenset({NO_CHOICE})

    def routes(self) -> Mapping[str, str]:
        """Where each key leads."""
        return {key: choice.next for key, choice in self.settings.keys.items()}

    def lines(self) -> Iterable[Line]:
        """The reading, each choice with its own key, and what silence brings."""
        settings = self.settings
        keys = {*settings.keys, *settings.comfort}
        choices = [
            line(choice.prompt, keys=key, part=True) for key, choice in settings.keys.items()
        ]
        said = choice_lines(self._patience(), settings.comfort)
        return [line(*self._prompts(), keys=keys), *choices, *said]

    def _reading(self, talk: Talk) -> list[Said]:
        return [talk(*self._prompts())]

    def _prompts(self) -> list[str]:
        choices = (choice.prompt for choice in self.settings.keys.values())
        return [self.settings.prompt, *choices, *(HINTS[key] for key in self.settings.comfort)]

    def _patience(self) -> Patience:
        settings = self.settings
        return Patience(settings.timeout, settings.repeat, settings.repeat)


class HangUpSettings(Settings):
    """``type = "hang-up"``"""

    #: Said before, whatever is pressed meanwhile.
    prompt: str | None = None


class HangUp(Step):
    """Say goodbye, and end the call."""

    type = "hang-up"
    settings: HangUpSettings

    async def run(self, call: Call, talk: Talk) -> Outcome:
        """Say it and hang up."""
        if self.settings.prompt:
            await call.say(talk(self.settings.prompt), interruptible=False)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """The goodbye."""
        return [line(self.settings.prompt)] if self.settings.prompt else []
