"""Key 3: the statement by e-mail."""

from collections.abc import Iterable

import structlog

from sipagent.errors import SipAgentError
from sipagent.infoline.model import Owner
from sipagent.infoline.statements import Statements
from sipagent.messages.address import spoken_form
from sipagent.messages.queue import OutboxLimit
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.speech.words import Name
from sipagent.telephony.leg import Leg
from sipagent.threads import FILES

SENT, NO_ADDRESS, FAILED = (Outcome(name) for name in ("sent", "no-address", "failed"))

log = structlog.get_logger(__name__)


class StatementSettings(Settings):
    """``type = "statement"``: no settings."""


class StatementStep(Step):
    """Send balances and charges as a PDF to every e-mail address of the owner.

    Outcomes: ``sent``, ``no-address``, ``failed`` where it cannot be made or kept, or was asked
    for too often.
    """

    type = "statement"
    needs = (Owner,)
    settings: StatementSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Put it into the outbox, and say where it goes."""
        try:
            addresses = await FILES.run(
                talk.service(Statements).send,
                talk.facts[Owner],
                talk.local(),
                talk.language,
                call.id,
            )
        except OutboxLimit:
            await call.say(talk("statement.too-many"))
            return FAILED
        except SipAgentError as error:
            log.error("statement not sent", call_id=call.id, reason=str(error))
            call.note("failure", step=self.name, error=error.code)
            await call.say(talk("statement.failed"))
            return FAILED
        call.note("statement", addresses=len(addresses))
        if not addresses:
            await call.say(talk("statement.no-address"))
            return NO_ADDRESS
        await call.say(talk("statement.sent", count=len(addresses)))
        for address in addresses:
            await call.say(
                talk("statement.address", address=Name(spoken_form(address, talk.language)))
            )
        return SENT

    def outcomes(self) -> frozenset[str]:
        """Sent, or why not."""
        return frozenset({SENT, NO_ADDRESS, FAILED})

    def lines(self) -> Iterable[Line]:
        """How it went, and where it goes."""
        for key in ("too-many", "failed", "no-address"):
            yield line(f"statement.{key}")
        yield line("statement.sent", fields=["count"])
        yield line("statement.address", fields=["address"])
