"""Leading a caller to whoever has an internal number, for those who know no exchange."""

from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.outcome import Reached


class Inside:
    """Reaches people by their internal numbers; the domain whose they are offers it."""

    async def connect(self, call: Leg, talk: Talk, extension: str, ringback: Prompt) -> Reached:
        """Ring whoever has an internal number or short code, and let the two talk.

        Raises:
            HungUp: the caller is gone.
        """
        raise NotImplementedError
