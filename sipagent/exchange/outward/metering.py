"""What users call over the trunks: asked before, counted meanwhile, and cut off at a limit."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from sipagent.config import Config
from sipagent.e164 import EMERGENCY
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Tariff, User
from sipagent.exchange.outward.limits import (
    Cap,
    Limits,
    Live,
    Used,
    limits_of,
    refused,
    seconds_left,
)
from sipagent.exchange.outward.tariff import cost, tariff_of
from sipagent.exchange.outward.usage import Usage
from sipagent.exchange.rights import kind_of, may_call
from sipagent.exchange.values import Right

_ABROAD = frozenset({Right.INTERNATIONAL, Right.PREMIUM})


class Meter:
    """Counts one call.

    Args:
        user: who pays; empty: nobody does.
        abroad: whether it goes to another country, or to a dear number.
        tariff: None: nobody knows what it costs.
    """

    def __init__(self, user: str, abroad: bool, tariff: Tariff | None) -> None:
        self.user = user
        self.abroad = abroad
        self.tariff = tariff
        self._began: float | None = None
        self._ended: float | None = None
        self._counted = Used()

    @property
    def runs(self) -> bool:
        """Whether it was answered."""
        return self._began is not None

    @property
    def cost(self) -> int | None:
        """What it costs so far; None where it was not answered, or nobody knows."""
        return self._counted.grosze if self.runs and self.tariff is not None else None

    @property
    def paid(self) -> float:
        """For how many seconds it may go on without any more to pay."""
        unit = self.tariff.increment if self.tariff is not None else 1
        return -(self._counted.milliseconds / 1000) % unit

    def start(self) -> None:
        """Count from now on."""
        self._began = _now()

    def stop(self) -> None:
        """Count no longer."""
        self._ended = self._ended or _now()

    def more(self) -> Used:
        """Return what is to be counted since this was asked last."""
        if self._began is None:
            return Used()
        length = round(((self._ended or _now()) - self._began) * 1000)
        grosze = cost(self.tariff, length) if self.tariff is not None else 0
        before, self._counted = self._counted, Used(length, length if self.abroad else 0, grosze)
        return self._counted.without(before)


class Outward:
    """What users have called today, and who may call on.

    Args:
        there: returns the exchange as it is now.
        config: the usual limits, and where the line is.
        usage: keeps what was used.
        clock: returns the time, with its offset.
    """

    def __init__(
        self,
        there: Callable[[], Snapshot],
        config: Config,
        usage: Usage,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._there = there
        self._config = config
        self._usage = usage
        self._clock = clock
        self._used: dict[str, tuple[date, Used]] = {}
        self._live: dict[str, set[Meter]] = defaultdict(set)

    def use(self, config: Config) -> None:
        """Take other limits, also for the calls that go on."""
        self._config = config

    def opens(self, user: str, number: str) -> bool:
        """Whether a user's rights open a number (E.164); a call that is nobody's has no others."""
        found = self._there().exchange.find("users", user)
        country = self._config.line.country
        return not isinstance(found, User) or may_call(found.rights, number, country)

    async def refusal(self, user: str, number: str) -> Cap | None:
        """Return which limit forbids a user another call to a number; None: it may be made."""
        limits = self._limits(user)
        if limits is None or number in EMERGENCY:
            return None
        if user not in self._used:
            today = self._today()
            kept = await self._usage.load(user, today)
            self._used.setdefault(user, (today, kept))
        self._settle(user)
        _, used = self._used[user]
        tariff = tariff_of(self._there().tariffs, number)
        return refused(limits, used, len(self._live[user]), self._abroad(number), tariff)

    @contextlib.contextmanager
    def metered(self, user: str, number: str) -> Iterator[Meter]:
        """Count a call to a number for the length of the block, which begins when it is dialled."""
        meter = Meter(user, self._abroad(number), tariff_of(self._there().tariffs, number))
        self._live[user].add(meter)
        try:
            yield meter
        finally:
            self.stop(meter)
            self._live[user].discard(meter)

    def stop(self, meter: Meter) -> None:
        """Count a call no longer, which is over or will be at once."""
        meter.stop()
        self._settle(meter.user)

    def left(self, meter: Meter) -> float | None:
        """Return for how many seconds a call may go on; None: as long as it likes."""
        self._settle(meter.user)
        limits = self._limits(meter.user)
        if limits is None:
            return None
        talking = [one for one in self._live[meter.user] if one.runs]
        live = Live(len(talking), sum(one.abroad for one in talking))
        _, used = self._used[meter.user]
        return seconds_left(limits, used, live, meter.abroad, meter.tariff, meter.paid)

    def _settle(self, user: str) -> None:
        """Count what was used until now."""
        used = Used()
        for meter in self._live[user]:
            used = used.and_(meter.more())
        today = self._today()
        day, before = self._used.get(user, (today, Used()))
        self._used[user] = today, used.and_(before if day == today else Used())
        if user and any(used):
            self._usage.add(user, today, used)

    def _limits(self, user: str) -> Limits | None:
        found = self._there().exchange.find("users", user)
        return limits_of(found, self._config.exchange) if isinstance(found, User) else None

    def _abroad(self, number: str) -> bool:
        return kind_of(number, self._config.line.country) in _ABROAD

    def _today(self) -> date:
        return self._clock().astimezone(self._config.line.zone).date()


def _now() -> float:
    return asyncio.get_running_loop().time()
