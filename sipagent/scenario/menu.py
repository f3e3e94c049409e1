"""The menu: choices by key, some of them only for some callers."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
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
from sipagent.scenario.condition import conditions
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.sip.digits import KEYS
from sipagent.sip.protocol import Call

#: Keys that make a menu easier to follow, and lead nowhere.
Comfort = Literal["*", "0", "8"]


class Choice(Settings):
    """``[steps.NAME.keys.KEY]``: what a key of a menu is for."""

    prompt: str
    next: str
    #: Name of a condition; without one the choice is always offered.
    when: str | None = None

    @field_validator("when")
    @classmethod
    def _is_known(cls, when: str | None) -> str | None:
        if when is not None and when not in conditions():
            known = ", ".join(sorted(conditions())) or "none"
            raise ValueError(f"there is no condition {when!r}; there are: {known}")
        return when

    def prompts(self) -> tuple[str, ...]:
        """Return the prompts with which it may be offered."""
        if self.when is None:
            return (self.prompt,)
        return conditions()[self.when].prompts(self.prompt)

    def offered(self, talk: Talk) -> str | None:
        """Return the prompt with which it is offered now; None where it is not."""
        if self.when is None:
            return self.prompt
        return conditions()[self.when].offered(self.prompt, talk)


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

    def __init__(self, name: str, settings: MenuSettings) -> None:
        super().__init__(name, settings)
        whens = [choice.when for choice in settings.keys.values() if choice.when]
        self.needs = tuple({need for when in whens for need in conditions()[when].needs})

    async def run(self, call: Call, talk: Talk) -> Outcome:
        """Read until a key is pressed."""
        offered = {key: choice.offered(talk) for key, choice in self.settings.keys.items()}
        keys = {key: prompt for key, prompt in offered.items() if prompt is not None}
        return await choose(
            call,
            talk,
            lambda: [talk(*self._prompts(keys.values()))],
            keys=keys,
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
        """Every reading, each choice with its own key, and what silence brings."""
        settings = self.settings
        for keys in self._readings():
            yield line(*self._prompts(keys.values()), keys={*keys, *settings.comfort})
        for key, choice in settings.keys.items():
            yield from (line(prompt, keys=key, part=True) for prompt in choice.prompts())
        yield from choice_lines(self._patience(), settings.comfort)

    def _readings(self) -> Iterator[dict[str, str]]:
        """Yield what each kind of caller is offered: the prompts by their keys."""
        ways = [
            [(key, prompt) for prompt in choice.prompts()]
            + [(key, None)] * (choice.when is not None)
            for key, choice in self.settings.keys.items()
        ]
        for offered in itertools.product(*ways):
            yield {key: prompt for key, prompt in offered if prompt is not None}

    def _prompts(self, choices: Iterable[str]) -> list[str]:
        return [self.settings.prompt, *choices, *(HINTS[key] for key in self.settings.comfort)]

    def _patience(self) -> Patience:
        settings = self.settings
        return Patience(settings.timeout, settings.repeat, settings.repeat)
