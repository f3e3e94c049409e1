"""Whether a user may call somebody now, for all who ask before anything is dialled."""

from sipagent.exchange.model import User
from sipagent.exchange.rights import may_reach
from sipagent.exchange.switchboard import Switchboard, outside_number
from sipagent.exchange.values import Target
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Phones

#: The prompt that says that rights, or the settings of the line, do not open a number.
FORBIDDEN = "exchange.not-allowed"


async def refusal(
    board: Switchboard, phones: Phones, user: User | None, target: Target
) -> str | None:
    """Return the prompt that says why a user may not call somebody now; None: they may.

    The rights of the user are looked at, what the line may call at all (``[transfer]``), and what
    is left of the limits of the day, in this order.

    Args:
        board: knows the exchange.
        phones: knows what the line may call.
        user: who wants to call; None: nobody, who may call nobody.
        target: whom.
    """
    if user is None or not may_reach(user.rights, target, board.country):
        return FORBIDDEN
    outside = outside_number(board.now.exchange, target)
    if not outside:
        return None
    try:
        phones.routes(Party(number=outside))
    except TargetRefused:
        return FORBIDDEN
    cap = await board.outward.refusal(user.name, outside)
    return None if cap is None else f"limit.{cap}"
