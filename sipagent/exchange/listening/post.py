"""The listening post: what the step and the command that let somebody listen work with."""

from sipagent.exchange.listening.live import LiveCalls, Whom
from sipagent.exchange.listening.session import Listening
from sipagent.exchange.listening.uses import Uses
from sipagent.exchange.model import User
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg


class ListeningPost:
    """Lets people listen in.

    Args:
        calls: those that go on.
        uses: keeps who has listened.
    """

    def __init__(self, calls: LiveCalls, uses: Uses) -> None:
        self.calls = calls
        self._uses = uses

    async def listened(
        self, listener: User, ear: Leg, record: Leg, talk: Talk, first: str | Whom = ""
    ) -> None:
        """Let a user listen until they have gone, or want no more.

        Args:
            listener: who has the right.
            ear: their leg; it is answered.
            record: the leg whose record tells of it.
            talk: of the call.
            first: whom to listen to at once, or their internal number; empty: whom they choose.

        Raises:
            HungUp: they have gone.
            SipAgentError: it cannot be put on record, and so nobody may.
        """
        listening = Listening(listener, ear, record, talk, self.calls, self._uses)
        await listening.run(first)
