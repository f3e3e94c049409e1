"""The step that asks whether a user may call on today; no scenario has it."""

import structlog

from sipagent.exchange.led import Led
from sipagent.exchange.outward.limits import Cap
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.step import Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

ALLOWED = Outcome("allowed")

log = structlog.get_logger(__name__)


class AllowanceSettings(Settings):
    """What is to be called."""

    #: E.164.
    number: str


class Allowance(Step):
    """Look whether a limit of the user who calls is reached.

    Outcomes: ``allowed``, and a ``Cap`` for each of the limits.
    """

    type = "allowance"
    settings: AllowanceSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Look it up."""
        outward = talk.service(Switchboard).outward
        cap = await outward.refusal(talk.facts[Led].caller, self.settings.number)
        if cap is None:
            return ALLOWED
        user = talk.facts[Led].caller
        log.warning("a call is over a limit", call_id=call.id, user=user, limit=cap.value)
        return Outcome(cap)

    def outcomes(self) -> frozenset[str]:
        """Either way."""
        return frozenset({ALLOWED, *Cap})
