"""How an attempt to reach somebody of the exchange went, in the words of scenarios and records."""

from enum import StrEnum

from sipagent.telephony.outcome import Reached

#: A pressed "decline" (RFC 3261, section 21.6.2).
_DECLINED = 603


class Reach(StrEnum):
    """How it went."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    #: Whoever was called has declined.
    REFUSED = "refused"
    #: No phone of theirs is registered, or the network does not get there.
    UNREACHABLE = "unreachable"

    @property
    def code(self) -> int:
        """The code of SIP by which a telephone of the house is told."""
        return _CODES[self]


def reach_of(reached: Reached, code: int) -> Reach:
    """Return how it went, from how the ringing ended and the code of SIP (0 for none)."""
    if code == _DECLINED:
        return Reach.REFUSED
    return _OF[reached]


_CODES = {
    Reach.ANSWERED: 200,
    Reach.BUSY: 486,
    Reach.NO_ANSWER: 480,
    Reach.REFUSED: 603,
    Reach.UNREACHABLE: 480,
}
_OF = {
    Reached.ANSWERED: Reach.ANSWERED,
    Reached.BUSY: Reach.BUSY,
    Reached.NO_ANSWER: Reach.NO_ANSWER,
    Reached.FAILED: Reach.UNREACHABLE,
}
