"""The calls that the line makes to let somebody listen in: by their telephone, or in a browser."""

import socket
from collections.abc import Iterable
from pathlib import Path

from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.led import Led
from sipagent.exchange.listening import session
from sipagent.exchange.listening.live import Whom
from sipagent.exchange.listening.post import ListeningPost
from sipagent.exchange.model import User
from sipagent.exchange.ringer import Wish
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.engine import Walk
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Line, Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller


class _Listener(Step):
    """Let somebody listen in; the line's own leg hangs up once they have.

    Args:
        listener: who has the right.
        whom: is listened to first.
    """

    settings: Settings

    def __init__(self, listener: User, whom: Whom) -> None:
        super().__init__(self.type, Settings())
        self._listener = listener
        self._whom = whom

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def answers(self) -> bool:
        """Never: it is answered when somebody takes the call."""
        return False

    def lines(self) -> Iterable[Line]:
        """What who listens may hear."""
        return session.lines()

    def walk(self) -> Walk:
        """Return the handler that does no more than this."""
        language = self._listener.language
        steps, routes = {self.name: self}, {self.name: dict[str, str]()}
        return Walk(Scenario(Path(), self.name, (language,), {}, self.name, steps, routes))

    async def _listened(self, ear: Leg, record: Leg, talk: Talk) -> None:
        try:
            post = talk.service(ListeningPost)
            await post.listened(self._listener, ear, record, talk, self._whom)
        except HungUp:
            return  # as it ends, most often
        except SipAgentError:
            await ear.say(talk(session.TROUBLE), interruptible=False)
            raise


class CallListener(_Listener):
    """Ring a user, and let them listen; whoever else takes the call hears nothing."""

    type = "call-listener"

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it."""
        board, name = talk.service(Switchboard), self._listener.name
        talk.facts.put(Led(caller=name))
        ringback = talk.service(Tones).ringback
        wish = Wish(call, Member(call, "line", Caller(None)), talk, Ref(Kind.USER, name), ringback)
        async with board.rung(wish) as taken:
            if isinstance(taken, Member) and taken.user == name and taken.types:
                await self._listened(taken.leg, call, talk)
            elif isinstance(taken, Member):
                call.note("refused", reason=f"{taken.name} is not who may listen in")
        await call.hangup()
        return Outcome("")


class BrowserListener(_Listener):
    """Let a user listen who is at a browser already.

    Args:
        listener: who has the right, and has proved who they are.
        whom: is listened to first.
        sound: the line's end of the browser's socket.
    """

    type = "browser-listener"

    def __init__(self, listener: User, whom: Whom, sound: socket.socket) -> None:
        super().__init__(listener, whom)
        self._sound = sound

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it."""
        talk.facts.put(Led(caller=self._listener.name))
        await call.answer()
        async with talk.service(Network).headsets.worn(call, self._sound) as ear:
            await self._listened(ear, ear, talk)
        await call.hangup()
        return Outcome("")
