"""The step by which somebody listens in on calls that go on, who has the right and the PIN."""

from collections.abc import Iterable

import structlog
from pydantic import Field

from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.led import Led
from sipagent.exchange.listening import pins, session
from sipagent.exchange.listening.post import ListeningPost
from sipagent.exchange.model import User
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.step import Line, Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

log = structlog.get_logger(__name__)


class ListenSettings(Settings):
    """``type = "listen"``"""

    #: Whom to listen to at once, by internal number; empty: whoever is chosen.
    number: str = Field("", pattern=r"^[0-9]*$")


class Listen(Step):
    """Ask for the PIN of a user with the right ``listen``, let them listen in, and hang up.

    From a phone of the house it is the phone's user; callers from outside type their own internal
    number first.
    """

    type = "listen"
    settings: ListenSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Let them listen, where they may."""
        there = talk.service(Switchboard).now.exchange
        led = talk.facts.get(Led)
        user = None if led is None else there.find("users", led.caller)
        try:
            listener = await pins.let_in(call, talk, user if isinstance(user, User) else None)
            if listener is not None:
                post = talk.service(ListeningPost)
                await post.listened(listener, call, call, talk, self.settings.number)
        except HungUp:
            raise
        except SipAgentError as error:
            log.error("nobody can listen in", call_id=call.id, reason=str(error))
            call.note("failure", step=self.name, error=error.code)
            await call.say(talk(session.TROUBLE), interruptible=False)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """All that is said to who listens in; it answers the call."""
        for part in (pins, session):
            yield from part.lines()
