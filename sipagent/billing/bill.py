"""A bill: what the calls of a month cost, up to the cap, and what was corrected since.

Money is an integer of grosze.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from sipagent.billing.month import Month
from sipagent.config_billing import BillingSection
from sipagent.money import vat_on

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices without VAT: of a call, of each minute that it began, and the most for a month.

    ``cap`` is None where there is none; ``vat`` is in per cent.
    """

    per_call: int
    per_minute: int
    cap: int | None
    vat: int

    def price(self, milliseconds: int) -> int:
        """Return what a call of a length costs."""
        return self.per_call + self.per_minute * minutes_of(milliseconds)


@dataclass(frozen=True, slots=True)
class BilledCall:
    """A call of an owner (a login); its length counts from the answer."""

    id: str
    started: datetime
    owner: str
    milliseconds: int
    grosze: int


@dataclass(frozen=True, slots=True)
class BilledDay:
    """What the calls of a day in the bill's zone cost, whatever the cap."""

    day: date
    calls: int
    minutes: int
    grosze: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A later change of what is paid without VAT, and why."""

    at: datetime
    grosze: int
    reason: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What a manager pays for a month; ``issued`` is None for a draft, which may still change."""

    month: Month
    code: str
    name: str
    zone: tzinfo
    tariff: Tariff
    calls: tuple[BilledCall, ...]
    issued: datetime | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def number(self) -> str:
        """Its number: ``2026-11/BAJKA``."""
        return f"{self.month}/{self.code}"

    @property
    def minutes(self) -> int:
        """The minutes that its calls began."""
        return sum(minutes_of(call.milliseconds) for call in self.calls)

    @property
    def days(self) -> list[BilledDay]:
        """The days on which there were calls, in order."""
        by_day = groupby(self.calls, key=lambda call: call.started.astimezone(self.zone).date())
        return [_day(day, list(calls)) for day, calls in by_day]

    @property
    def used(self) -> int:
        """What the calls cost, whatever the cap."""
        return sum(call.grosze for call in self.calls)

    @property
    def reduction(self) -> int:
        """What the cap takes off, 0 or less."""
        return 0 if self.tariff.cap is None else min(0, self.tariff.cap - self.used)

    @property
    def corrected(self) -> int:
        """The sum of the corrections."""
        return sum(one.grosze for one in self.corrections)

    @property
    def net(self) -> int:
        """What is paid without VAT."""
        return self.used + self.reduction + self.corrected

    @property
    def vat(self) -> int:
        """The tax on it, half a grosz rounded up."""
        return vat_on(self.net, self.tariff.vat)

    @property
    def gross(self) -> int:
        """What is paid."""
        return self.net + self.vat


def _day(day: date, calls: Sequence[BilledCall]) -> BilledDay:
    minutes = sum(minutes_of(call.milliseconds) for call in calls)
    return BilledDay(day, len(calls), minutes, sum(call.grosze for call in calls))


def minutes_of(milliseconds: int) -> int:
    """Return the minutes that a call has begun; every call has begun one."""
    return max(1, -(-milliseconds // _MINUTE))


def tariff_of(settings: BillingSection, code: str) -> Tariff:
    """Return the tariff of a manager: the line's, as ``[billing.managers]`` changes it."""
    own = settings.managers.get(code)
    values = {} if own is None else own.model_dump(exclude_none=True)
    return Tariff(
        per_call=values.get("per_call", settings.per_call),
        per_minute=values.get("per_minute", settings.per_minute),
        cap=values.get("monthly_cap", settings.monthly_cap),
        vat=settings.vat,
    )
