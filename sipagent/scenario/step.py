"""What a step of a scenario is, and what it tells the checker about itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NewType, get_type_hints

from pydantic import BaseModel, ConfigDict

from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg

#: Classes of facts (``talk.facts``).
Kinds = tuple[type, ...]
StepClass = type["Step"]

#: How a step ended; the scenario says which step follows.
Outcome = NewType("Outcome", str)


class Settings(BaseModel):
    """The table of a step in a scenario file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that a step says.

    Args:
        prompts: the keys of what is said in one breath.
        keys: the telephone keys that work while it is said; it has to announce just these.
        fields: the values that the step has for it.
        part: whether it is said only as a part of another line.
    """

    prompts: tuple[str, ...]
    keys: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    part: bool = False


def line(
    *prompts: str, keys: Iterable[str] = (), fields: Iterable[str] = (), part: bool = False
) -> Line:
    """Return a ``Line``."""
    return Line(prompts, frozenset(keys), frozenset(fields), part)


class Step:
    """One step of a scenario. A domain offers those that it has (``sipagent.domain``)."""

    #: What scenarios call it.
    type: ClassVar[str]
    #: Facts that some step before this one has to find out (``talk.facts``).
    needs: Kinds = ()
    settings: Settings

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it, and return one of ``outcomes``."""
        raise NotImplementedError

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """Return what this step would say now, to be prepared while the caller chooses."""
        return ()

    def outcomes(self) -> frozenset[str]:
        """Every way in which it may end; none for a step that ends the call."""
        return frozenset({"done"})

    def unattended(self) -> frozenset[str]:
        """The outcomes that come without any key pressed, silence included."""
        return self.outcomes()

    def routes(self) -> Mapping[str, str]:
        """Outcomes whose next step stands in the settings, such as the keys of a menu."""
        return {}

    def lines(self) -> Iterable[Line]:
        """Everything it may say."""
        return ()

    def answers(self) -> bool:
        """Whether the call has to be answered before: who says nothing can do without."""
        return any(True for _ in self.lines())

    def finds(self, outcome: str) -> Kinds:
        """Return the facts that are known after an outcome."""
        return ()


def settings_of(step: StepClass) -> type[Settings]:
    """Return the model of a step's settings."""
    found: type[Settings] = get_type_hints(step)["settings"]
    return found
