"""Why an ordered call was not made, in words for operators."""

from collections.abc import Mapping

from sipagent.exchange.ordered.orders import ABSENT, INTERRUPTED, LATE, LEFT
from sipagent.exchange.ordered.permission import CLOSED
from sipagent.exchange.outward.policy import FORBIDDEN
from sipagent.exchange.reach import Reach

_WORDS: Mapping[str, str] = {
    Reach.ANSWERED: "they have talked",
    Reach.BUSY: "the other side is busy",
    Reach.NO_ANSWER: "the other side does not answer",
    Reach.REFUSED: "the other side has declined",
    Reach.UNREACHABLE: "the other side cannot be reached",
    ABSENT: "who has ordered it did not take the call",
    LEFT: "who has ordered it has hung up before the other side answered",
    INTERRUPTED: "the line was stopped, or died, while it was made",
    LATE: "the line did not run for so long that nobody expected the call any more",
    FORBIDDEN: "it may not be called: see the rights of the user, and transfer.allow",
    CLOSED: "the schedule of the authorised number is closed now",
    "limit.calls": "the user has as many calls as they may have at a time",
    "limit.minutes": "the user has used up the minutes of today",
    "limit.international": "the user has used up today's minutes of calls abroad",
    "limit.amount": "the user has used up what calls may cost today",
}

#: All that can become of an order.
OUTCOMES = tuple(_WORDS)


def why_not(outcome: str) -> str:
    """Return what has become of an order (``Order.outcome``) as a sentence without its end."""
    return _WORDS.get(outcome, outcome)
