"""Reading something personal to an owner, who may hear it again, slower, or go back."""

from collections.abc import Callable, Collection, Sequence

from pydantic import Field

from sipagent.infoline.model import Owner
from sipagent.scenario.choice import HINTS, PACE, REPEAT, Patience, choice_lines, choose
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg

BACK = "#"
_SERVICE = (REPEAT, PACE)


class ReadingSettings(Settings):
    """The settings of every reading."""

    #: Seconds of silence after which the caller is back in the menu.
    timeout: float = Field(5.0, ge=1, le=60)
    #: How many wrong keys lead there too.
    wrong: int = Field(3, ge=1, le=10)


class Reading(Step):
    """What balances and charges have in common. Outcome: ``done``."""

    needs = (Owner,)
    settings: ReadingSettings

    async def read(
        self,
        call: Leg,
        talk: Talk,
        tells: Callable[[Talk], Sequence[Said]],
        more: Collection[str] = (),
    ) -> Outcome:
        """Tell it, and say which keys work; return the key, or how it ended without one.

        Args:
            call: who listens.
            talk: the conversation.
            tells: returns what is told, in the language and at the pace of the moment.
            more: prompts of further keys, such as ``hint.items``.
        """
        keys = {key for hint in more for key in talk.catalogue.announced(hint, talk.language)}
        return await choose(
            call,
            talk,
            lambda: [*tells(talk), talk(*_hints(more))],
            keys={BACK, *keys},
            service=_SERVICE,
            patience=self._patience(),
        )

    def reading_lines(self, more: Sequence[str] = (), keys: str = "") -> list[Line]:
        """Return the lines that ``read`` adds; ``keys`` are those that ``more`` announces."""
        said = choice_lines(self._patience(), _SERVICE)
        return [line(*_hints(more), keys={BACK, *_SERVICE, *keys}), *said]

    def _patience(self) -> Patience:
        # Silence is an answer here: the caller has heard enough.
        return Patience(self.settings.timeout, silences=1, wrong=self.settings.wrong)


def _hints(more: Collection[str]) -> list[str]:
    return [*more, *(HINTS[key] for key in _SERVICE), "hint.back"]
