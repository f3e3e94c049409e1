"""What calls over the trunks have cost, by user, number, day or month.

A leg has its cost in its record, at the tariff of that moment, whatever becomes of the tariff; it
counts where it was begun. VAT comes on the sum of what is added up, half a grosz rounded up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import sqlite_utils

from sipagent.money import vat_on
from sipagent.records.schema import ADDRESS
from sipagent.reports.days import Clock, Days

_PAID = f"""
SELECT began, payer, {ADDRESS}, (julianday(ended) - julianday(answered)) * 86400, cost, vat
FROM call_legs
WHERE began >= :first AND began < :last AND answered IS NOT NULL AND ended IS NOT NULL
    AND (cost IS NOT NULL OR trunk <> '') AND (:user = '' OR payer = :user)
ORDER BY began, call, leg
"""


class By(StrEnum):
    """What costs are added up by."""

    USER = "user"
    NUMBER = "number"
    DAY = "day"
    MONTH = "month"


class PaidLeg(NamedTuple):
    """An answered leg over a trunk; ``net`` in grosze, None where no tariff was known.

    ``payer`` is the user whose call it was; empty: nobody's.
    """

    began: str
    payer: str
    number: str
    seconds: float
    net: int | None
    vat: int | None


@dataclass(slots=True)
class CostFigures:
    """What legs add up to; ``unknown`` of the calls have no cost, because no tariff was known."""

    calls: int = 0
    seconds: float = 0.0
    unknown: int = 0
    #: Grosze by the per cent of VAT that come on them.
    by_vat: Counter[int] = field(default_factory=Counter)

    @property
    def net(self) -> int:
        """Grosze without VAT."""
        return self.by_vat.total()

    @property
    def tax(self) -> int:
        """The VAT on them."""
        return sum(vat_on(net, percent) for percent, net in self.by_vat.items())

    @property
    def gross(self) -> int:
        """What is paid."""
        return self.net + self.tax

    def take(self, leg: PaidLeg) -> None:
        """Count a leg in."""
        self.calls += 1
        # A clock that was set back in the middle of a call must not take anything off.
        self.seconds += max(0.0, leg.seconds)
        if leg.net is None:
            self.unknown += 1
        else:
            self.by_vat[leg.vat or 0] += leg.net


def paid(db: sqlite_utils.Database, days: Days, user: str = "") -> Iterator[PaidLeg]:
    """Yield the legs that were begun on some days, of all or of one user, in their order."""
    first, last = days.bounds
    rows = db.execute(_PAID, {"first": first, "last": last, "user": user})
    return map(PaidLeg._make, rows)


def added_up(legs: Iterable[PaidLeg], by: By, days: Days) -> dict[str, CostFigures]:
    """Return what legs add up to, in the order of users and numbers, or of time."""
    name = _namer(by, days)
    found: dict[str, CostFigures] = {}
    for leg in legs:
        group = name(leg)
        one = found.get(group) or found.setdefault(group, CostFigures())
        one.take(leg)
    return dict(sorted(found.items())) if by in (By.USER, By.NUMBER) else found


def whole(groups: Iterable[CostFigures]) -> CostFigures:
    """Return what groups add up to."""
    found = CostFigures()
    for one in groups:
        found.calls += one.calls
        found.seconds += one.seconds
        found.unknown += one.unknown
        found.by_vat += one.by_vat
    return found


def _namer(by: By, days: Days) -> Callable[[PaidLeg], str]:
    clock = Clock(days.zone)
    match by:
        case By.USER:
            return lambda leg: leg.payer
        case By.NUMBER:
            return lambda leg: leg.number
        case By.DAY:
            return lambda leg: clock(leg.began).day.isoformat()
        case By.MONTH:
            return lambda leg: f"{clock(leg.began).day:%Y-%m}"
