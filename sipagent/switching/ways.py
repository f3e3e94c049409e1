"""Whether another way may do what one has not done: which answers are the network's own."""

from sipagent.e164 import EMERGENCY
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party

#: What a network says that does not get a call anywhere (RFC 3261, sections 21.4 and 21.5): it does
#: not know us, is broken, or full.
_ITS_OWN = frozenset({401, 407, 408, 500, 501, 502, 503, 504, 505, 513})
#: What somebody says who was reached.
_REACHED = frozenset({200, 486, 600, 603})


def gives_up(leg: Leg, whom: Party) -> bool:
    """Whether a call is to be made on the next way, after a leg of it that is over or was silent.

    Who has rung was reached, and is not rung twice. Who helps is called until somebody answers.
    """
    if leg.answered:
        return False
    if leg.outcome is None or leg.outcome.by == "agent":  # we have waited long enough
        return True
    code = leg.outcome.code
    if whom.number in EMERGENCY:
        return code not in _REACHED
    return not leg.alerting and code in _ITS_OWN
