"""The menu: choices by key, some of them only for some callers."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    InstanceOf,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sipagent.scenario.choice import (
    DIALLED,
    END,
    HINTS,
    NO_CHOICE,
    WRONG_CHOICE,
    Patience,
    choice_lines,
    choose,
)
from sipagent.scenario.condition import Condition
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.digits import KEYS
from sipagent.telephony.leg import Leg

#: Keys that make a menu easier to follow, and lead nowhere.
Comfort = Literal["*", "0", "8"]


def _known(when: object, info: ValidationInfo) -> object:
    """Return the condition of a name; the context of the validation has those that there are."""
    there: Mapping[str, Condition] = (info.context or {}).get("conditions", {})
    if not isinstance(when, str):
        return when
    if when not in there:
        known = ", ".join(sorted(there)) or "none"
        raise ValueError(f"there is no condition {when!r}; there are: {known}")
    return there[when]


class Choice(Settings):
    """``[steps.NAME.keys.KEY]``: what a key of a menu is for."""

    prompt: str
    next: str
    #: A shorter prompt, for a caller who has heard the menu before.
    short: str | None = None
    #: A condition, by its name; without one the choice is always offered.
    when: Annotated[InstanceOf[Condition] | None, BeforeValidator(_known)] = None

    def variants(self) -> tuple[str, ...]:
        """Return what is added to its prompts, in each way in which it may be offered."""
        if self.when is None:
            return ("",)
        return self.when.variants()

    def variant(self, talk: Talk) -> str | None:
        """Return what is added to its prompts now; None where it is not offered."""
        if self.when is None:
            return ""
        return self.when.variant(talk)

    def words(self, variant: str, *, short: bool) -> str:
        """Return the prompt of a variant."""
        return (self.short if short and self.short else self.prompt) + variant


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
    #: The step that follows where a number is typed, such as one of type ``dial``; without it none
    #: may be. A key is a choice then if no other follows it within a moment.
    dial: str | None = None

    @field_validator("keys")
    @classmethod
    def _on_a_telephone(cls, keys: dict[str, Choice]) -> dict[str, Choice]:
        if strange := set(keys) - KEYS:
            raise ValueError(f"no such key on a telephone: {', '.join(sorted(strange))}")
        if len({choice.short is None for choice in keys.values()}) > 1:
            long = ", ".join(key for key, choice in keys.items() if choice.short is None)
            raise ValueError(f"either every key has a short prompt, or none: {long} has none")
        return keys

    @model_validator(mode="after")
    def _ends_by_hash(self) -> "MenuSettings":
        if self.dial is not None and END in self.keys:
            raise ValueError(f"{END} ends a number that is typed, and can be no choice beside dial")
        return self

    @property
    def shortens(self) -> bool:
        """Whether there are short prompts."""
        return all(choice.short for choice in self.keys.values())


class Known(set[str]):
    """The menus that a caller has heard."""


class Menu(Step):
    """Read the choices and wait for one key.

    Who comes back to a menu hears its short prompts, where it has them, and the whole menu again
    after silence or a wrong key, or on request.

    Outcomes: the key pressed, ``no-choice`` after ``repeat`` readings in silence,
    ``wrong-choice`` after ``repeat`` keys that lead nowhere, ``dialled`` where a number is typed.
    """

    type = "menu"
    settings: MenuSettings

    def __init__(self, name: str, settings: MenuSettings) -> None:
        super().__init__(name, settings)
        whens = [choice.when for choice in settings.keys.values() if choice.when]
        self.needs = tuple({need for when in whens for need in when.needs})

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Read until a key is pressed."""
        offered = {key: choice.variant(talk) for key, choice in self.settings.keys.items()}
        keys = {key: variant for key, variant in offered.items() if variant is not None}
        known = talk.facts.get(Known) or Known()
        talk.facts.put(known)
        short = self.settings.shortens and self.name in known
        known.add(self.name)

        def reading() -> Sequence[Said]:
            nonlocal short
            prompts, short = self._prompts(keys, short=short), False
            return [talk(*prompts)]

        return await choose(
            call,
            talk,
            reading,
            keys=keys,
            service=self.settings.comfort,
            patience=self._patience(),
            numbers=self.settings.dial is not None,
        )

    def outcomes(self) -> frozenset[str]:
        """The keys, a number where one may be typed, and the two ways to find none."""
        return frozenset({*self.routes(), NO_CHOICE, WRONG_CHOICE})

    def unattended(self) -> frozenset[str]:
        """Silence."""
        return frozenset({NO_CHOICE})

    def routes(self) -> Mapping[str, str]:
        """Where each key leads, and a number."""
        numbers = {} if self.settings.dial is None else {str(DIALLED): self.settings.dial}
        return {key: choice.next for key, choice in self.settings.keys.items()} | numbers

    def lines(self) -> Iterable[Line]:
        """Every reading, each choice with its own key, and what silence brings."""
        settings = self.settings
        for keys in self._readings():
            yield line(*self._prompts(keys, short=False), keys={*keys, *settings.comfort})
            if settings.shortens:
                yield line(*self._prompts(keys, short=True), keys=keys)
        for key, choice in settings.keys.items():
            for variant in choice.variants():
                yield line(choice.words(variant, short=False), keys=key, part=True)
        yield from choice_lines(self._patience(), settings.comfort)

    def _readings(self) -> Iterator[dict[str, str]]:
        """Yield what each kind of caller is offered: the variants of the prompts by their keys."""
        ways = [
            [(key, variant) for variant in choice.variants()]
            + [(key, None)] * (choice.when is not None)
            for key, choice in self.settings.keys.items()
        ]
        for offered in itertools.product(*ways):
            yield {key: variant for key, variant in offered if variant is not None}

    def _prompts(self, offered: Mapping[str, str], *, short: bool) -> list[str]:
        choices = self.settings.keys
        words = [choices[key].words(variant, short=short) for key, variant in offered.items()]
        hints = [] if short else [HINTS[key] for key in self.settings.comfort]
        return [self.settings.prompt, *words, *hints]

    def _patience(self) -> Patience:
        settings = self.settings
        return Patience(settings.timeout, settings.repeat, settings.repeat)
