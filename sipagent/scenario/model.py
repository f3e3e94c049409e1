"""A scenario: named steps joined by outcomes, as its TOML file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from sipagent.hours import Hours
from sipagent.scenario.step import Step


class StepTable(BaseModel):
    """``[steps.NAME]``: what every step has; the rest are the settings of its type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    #: Outcome → name of the step that follows.
    on: dict[str, str] = Field(default_factory=dict)
    #: What follows after every outcome that is not in ``on``.
    next: str | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The keys that belong to the step's type."""
        return dict(self.model_extra or {})


def _hours(text: object) -> Hours:
    if not isinstance(text, str):
        raise ValueError("hours are a text such as 'mon-fri 08:00-16:00'")
    return Hours.parse(text)


class ScenarioTable(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    #: The first one is spoken until the caller asks for the next.
    languages: tuple[str, ...] = Field(min_length=1)
    #: Language → voice, where it differs from ``[voices]`` of agent.toml.
    voices: dict[str, str] = Field(default_factory=dict)
    start: str
    #: When the office behind it is open, in any menu; an owner's contract may say otherwise.
    hours: Annotated[Hours, BeforeValidator(_hours)] = Hours()
    steps: dict[str, StepTable] = Field(min_length=1)

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) < len(languages):
            raise ValueError("each language can be there once")
        return languages

    @field_validator("voices")
    @classmethod
    def _spoken(cls, voices: dict[str, str], known: ValidationInfo) -> dict[str, str]:
        languages = known.data.get("languages", voices)
        if strange := sorted(set(voices) - set(languages)):
            raise ValueError(f"{', '.join(strange)}: not among this scenario's languages")
        return voices


@dataclass(frozen=True)
class Scenario:
    """A scenario that can be run: every name in it leads somewhere."""

    path: Path
    name: str
    languages: tuple[str, ...]
    voices: Mapping[str, str]
    start: str
    steps: Mapping[str, Step]
    #: Step → outcome → next step; a step that ends the call has no outcomes.
    routes: Mapping[str, Mapping[str, str]]
    hours: Hours = field(default_factory=Hours)

    def after(self, step: str, outcome: str) -> str:
        """Return the name of the step that follows an outcome.

        Raises:
            KeyError: the step ended in a way that it does not declare.
        """
        return self.routes[step][outcome]
