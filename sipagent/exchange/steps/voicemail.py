"""The step that takes a message for a box."""

from collections.abc import Iterable

import structlog

from sipagent.exchange.model import Box, Greeting
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Name
from sipagent.exchange.voicemail.taking import Taken, ahead, lines
from sipagent.scenario.step import Line, Outcome, Settings, Step
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg

#: The box is not there any more.
GONE = Outcome("gone")

log = structlog.get_logger(__name__)


class VoicemailSettings(Settings):
    """``type = "voicemail"``"""

    #: Its name.
    box: Name
    #: How it greets; without it as the steps before have found things.
    greeting: Greeting | None = None


class Voicemail(Step):
    """Greet a caller for a box, and take a message.

    The greeting is that of ``closed`` after a schedule that was, of ``busy`` or ``absent`` after a
    redirect that has reached nobody, else of ``always``. Outcomes: ``left``, ``nothing`` where the
    caller has said nothing, ``full``, ``failed`` where it could not be kept, and ``gone``.
    """

    type = "voicemail"
    settings: VoicemailSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Take it."""
        box = self._box(talk)
        if box is None:
            log.warning("a scenario leads to a box that is gone", box=self.settings.box)
            return GONE
        board, greeting = talk.service(Switchboard), self.settings.greeting
        return Outcome(await board.leave(call, talk, box, greeting))

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """The greetings that need a voice: they are made while somebody is rung before."""
        box = self._box(talk)
        return () if box is None else ahead(talk, box)

    def outcomes(self) -> frozenset[str]:
        """What may come of it."""
        return frozenset({*Taken, GONE})

    def lines(self) -> Iterable[Line]:
        """The usual greetings, and the end."""
        return lines()

    def _box(self, talk: Talk) -> Box | None:
        box = talk.service(Switchboard).now.exchange.find("boxes", self.settings.box)
        return box if isinstance(box, Box) else None
