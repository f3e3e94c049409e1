"""The step that parts callers by whether a schedule is open."""

import structlog

from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Name
from sipagent.exchange.voicemail.taking import Why
from sipagent.scenario.step import Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

OPEN, CLOSED = Outcome("open"), Outcome("closed")

log = structlog.get_logger(__name__)


class ScheduleSettings(Settings):
    """``type = "schedule"``"""

    #: Its name.
    schedule: Name


class ScheduleStep(Step):
    """Look whether a schedule of the exchange is open now.

    Outcomes: ``open`` and ``closed``, also where it is closed by hand, or is gone.
    """

    type = "schedule"
    settings: ScheduleSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Look it up."""
        name = self.settings.schedule
        found = talk.service(Switchboard).now.timetables.get(name)
        if found is None:
            log.warning("a scenario asks for a schedule that is gone", schedule=name)
        is_open = found is not None and found.open_at(talk.now(), talk.zone)
        talk.facts.put(Why("always" if is_open else "closed"))
        return OPEN if is_open else CLOSED

    def outcomes(self) -> frozenset[str]:
        """Either way."""
        return frozenset({OPEN, CLOSED})
