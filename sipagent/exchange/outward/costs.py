"""What calls cost to where they are to go, as people are told before that is kept."""

from dataclasses import dataclass

from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange, Outside, Tariff
from sipagent.exchange.outward.tariff import tariff_of
from sipagent.exchange.values import Kind, Ref


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls to a number cost; None: no tariff begins like it."""

    number: str
    tariff: Tariff | None


def cost_of(there: Exchange, target: str, country: str) -> Cost | None:
    """Return what calls to somebody cost; None: nothing, or the exchange has no tariffs.

    Args:
        there: the exchange.
        target: a telephone number, a short code, or ``outside:NAME``.
        country: where a number without prefix belongs.
    """
    number = _number(there, target, country)
    if not number or not there.tariffs:
        return None
    return Cost(number, tariff_of({one.prefix: one for one in there.tariffs}, number))


def _number(there: Exchange, target: str, country: str) -> str:
    """Return the number outside that is meant; empty: none, or it is refused elsewhere."""
    try:
        return to_e164(target, country)
    except ValueError:
        pass
    try:
        ref = Ref.of(editing.meant(there, target))
    except (DataError, ValueError):
        return ""
    found = there.find("outside", ref.name) if ref.kind is Kind.OUTSIDE else None
    return found.number if isinstance(found, Outside) else ""
