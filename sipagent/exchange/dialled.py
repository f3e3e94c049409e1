"""What somebody means who has dialled something on a phone of the house."""

from sipagent.e164 import EMERGENCY, to_e164
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.values import Target


def meant(there: Snapshot, dialled: str, country: str) -> Target | None:
    """Return what was dialled; None: nobody has it, and it is no telephone number.

    Args:
        there: the exchange, whose numbers and short codes come first.
        dialled: digits as a phone sends them, with the ``#`` that ends them or not.
        country: where a number without prefix belongs (ISO 3166).
    """
    dialled = dialled.removesuffix("#")
    if dialled in EMERGENCY:
        return dialled
    if (inside := there.extension(dialled)) is not None:
        return inside
    try:
        number = to_e164(dialled, country)
    except ValueError:
        return None
    # A call to ourselves would go out over a trunk, and come back by it.
    return there.number(number, country) or number
