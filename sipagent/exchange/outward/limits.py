"""How much a user may call over the trunks in a day, and what is left of it; pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sipagent.config import ExchangeSection
from sipagent.exchange.model import Tariff, User
from sipagent.exchange.outward.tariff import longest

_MINUTE = 60_000
#: Milliseconds of the shortest call that is worth making.
_SHORTEST = 1000


class Cap(StrEnum):
    """What is used up."""

    CALLS = "calls"
    MINUTES = "minutes"
    INTERNATIONAL = "international"
    AMOUNT = "amount"


class Used(NamedTuple):
    """What was used in a day: milliseconds, those abroad and to dear numbers, net grosze."""

    milliseconds: int = 0
    abroad: int = 0
    grosze: int = 0

    def and_(self, other: "Used") -> "Used":
        """Return both together."""
        return Used(*(mine + yours for mine, yours in zip(self, other, strict=True)))

    def without(self, other: "Used") -> "Used":
        """Return what this is more than another one."""
        return Used(*(mine - yours for mine, yours in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used in a day, None for as much as one likes; and calls at a time."""

    minutes: int | None = None
    international: int | None = None
    amount: int | None = None
    calls: int | None = None


def limits_of(user: User, usual: ExchangeSection) -> Limits:
    """Return the limits of a user: their own, else those that are usual on the line."""
    own = (
        (user.daily_minutes, usual.daily_minutes),
        (user.daily_international, usual.daily_international),
        (user.daily_amount, usual.daily_amount),
        (user.calls_at_once, usual.calls_at_once),
    )
    return Limits(*(mine if mine is not None else default for mine, default in own))


def refused(
    limits: Limits, used: Used, live: int, abroad: bool, tariff: Tariff | None
) -> Cap | None:
    """Return which limit forbids another call, of a second at least; None: it may be made.

    Args:
        limits: of who makes it.
        used: by them today.
        live: how many calls of theirs there are now.
        abroad: whether it goes to another country, or to a dear number.
        tariff: of the call; None: nobody knows what it costs.
    """
    if limits.calls is not None and live >= limits.calls:
        return Cap.CALLS
    lengths = _lengths(limits, used, abroad, tariff)
    return next((cap for cap, length in lengths.items() if length < _SHORTEST), None)


@dataclass(frozen=True, slots=True)
class Live:
    """How many calls of a user there are that were answered, and how many of them abroad."""

    talking: int = 1
    abroad: int = 1


def seconds_left(
    limits: Limits, used: Used, live: Live, abroad: bool, tariff: Tariff | None, paid: float = 0.0
) -> float | None:
    """Return for how long a call may go on that has begun, if all others of theirs do; None: ever.

    Args:
        limits: as ``refused``.
        used: today, this call included.
        live: how many use it up now, this one included.
        abroad: as ``refused``.
        tariff: of this call; None: nobody knows what it costs.
        paid: seconds that it may go on without any more to pay.
    """
    going_on = tariff.model_copy(update={"connection": 0}) if tariff is not None else None
    lengths = _lengths(limits, used, abroad, going_on)
    found = {
        cap: length / 1000 / (live.abroad if cap is Cap.INTERNATIONAL else live.talking)
        for cap, length in lengths.items()
    }
    if Cap.AMOUNT in found and used.grosze <= (limits.amount or 0):
        found[Cap.AMOUNT] += paid
    return min(found.values(), default=None)


def _lengths(limits: Limits, used: Used, abroad: bool, tariff: Tariff | None) -> dict[Cap, float]:
    """Return for how many milliseconds each limit that counts lets a call of a tariff be."""
    found: dict[Cap, float] = {}
    if limits.minutes is not None:
        found[Cap.MINUTES] = limits.minutes * _MINUTE - used.milliseconds
    if limits.international is not None and abroad:
        found[Cap.INTERNATIONAL] = limits.international * _MINUTE - used.abroad
    if limits.amount is not None:
        length = _affordable(tariff, limits.amount - used.grosze)
        if length is not None:
            found[Cap.AMOUNT] = length
    return found


def _affordable(tariff: Tariff | None, left: int) -> int | None:
    """Return for how many milliseconds a call costs no more than is left; None: without an end."""
    if tariff is not None:
        return longest(tariff, left)
    return None if left > 0 else 0
