"""What can be ordered at all, and when; whether it may be called then, ``outward.policy`` says."""

from sipagent.e164 import EMERGENCY
from sipagent.exchange.attendant import LEADS
from sipagent.exchange.dialled import meant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Authorised
from sipagent.exchange.ordered.orders import Order
from sipagent.exchange.outward.policy import FORBIDDEN
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Ref, Target
from sipagent.scenario.talk import Talk

#: What is said at a time at which nothing can be ordered.
CLOSED = "order.closed"


def orderable(there: Snapshot, dialled: str, country: str) -> Target | None:
    """Return whom somebody wants to be connected with; None: nobody who can be ordered.

    Who needs help calls for it: whoever helps has to see where from, and waits for nobody.

    Args:
        there: the exchange.
        dialled: as a phone of the house would dial it.
        country: where a number without prefix belongs (ISO 3166).
    """
    target = meant(there, dialled, country)
    if isinstance(target, Ref):
        return target if target.kind in LEADS else None
    return None if target in EMERGENCY else target


def refused(board: Switchboard, talk: Talk, order: Order) -> str:
    """Return the prompt that says why nothing can be ordered from a number; empty: it can."""
    now = board.now
    found = now.exchange.find("authorised", order.number)
    if not isinstance(found, Authorised) or found.user != order.user:
        return FORBIDDEN
    timetable = now.timetables.get(found.schedule)
    is_open = timetable is None or timetable.open_at(talk.now(), talk.zone)
    return "" if is_open else CLOSED
