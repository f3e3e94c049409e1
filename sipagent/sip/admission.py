"""Who reaches the line: the networks of the settings, and those of the trunks as they are now."""

import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from sipagent.config import SipSection, TrunkSection
from sipagent.e164 import shown_e164
from sipagent.sip.gate import Gate, Refusal
from sipagent.sip.identity import within
from sipagent.sip.locate import Server

#: Direct callers may send so many seconds' worth of messages at once.
_BURST = 10.0
#: Addresses of a trunk that are remembered, when its DNS gives others all the time.
_MOST_SERVERS = 64
_EVERYBODY = ("0.0.0.0/0", "::/0")
_log = logging.getLogger(__name__)


class Admission:
    """Keeps the gate as the settings and the trunks want it; lives in the PJSIP thread.

    Args:
        settings: who may call.
        trunks: those that there are.
        gate: what it keeps.
        country: where a number without prefix belongs.
        known: whether somebody besides the settings leads calls to a number of a trunk.
        phones: whether there are accounts that phones register with.
    """

    def __init__(
        self,
        settings: SipSection,
        trunks: Sequence[TrunkSection],
        gate: Gate,
        country: str,
        known: Callable[[str], bool] = lambda number: False,
        *,
        phones: bool = False,
    ) -> None:
        self._settings = settings
        self._phones = phones
        self._country = country
        self._trunks = trunks
        self._gate = gate
        self._known = known
        #: By trunk: its servers.
        self._servers: dict[str, tuple[Server, ...]] = {}
        #: Networks of trunks that are no more, as long as calls of theirs go on.
        self._former: tuple[str, ...] = ()
        self._calls: Counter[str] = Counter()

    def use(self, settings: SipSection, trunks: Sequence[TrunkSection], country: str) -> None:
        """Take other settings; a trunk that has changed in anything finds its servers anew."""
        same = {trunk.name for trunk in trunks if trunk in self._trunks}
        self._servers = {name: of for name, of in self._servers.items() if name in same}
        self._settings, self._trunks, self._country = settings, trunks, country
        self.apply()

    def keep(self, former: Sequence[str]) -> None:
        """Let the networks of trunks that are no more in, for the sake of calls that go on."""
        self._former = tuple(former)
        self.apply()

    def apply(self) -> None:
        """Set the gate."""
        allowed = {*self._settings.allow, *self._former}
        for trunk in self._trunks:
            allowed.update(self.networks(trunk))
        rate = self._settings.direct_rate
        self._gate.limit(rate, rate * _BURST)
        anywhere = self._phones and self._settings.registering == "anywhere"
        self._gate.close(sorted(allowed), _EVERYBODY if self._settings.direct or anywhere else ())

    def located(self, trunk: str, servers: Sequence[Server]) -> None:
        """Take the addresses that a trunk's servers have now; those of before count as well.

        A carrier that moves goes on with its calls from where they began.
        """
        before = self._servers.get(trunk, ())
        self._servers[trunk] = tuple(dict.fromkeys((*servers, *before)))[:_MOST_SERVERS]
        if set(self._servers[trunk]) != set(before):
            self.apply()

    def trunk_of(self, source: str, users: Sequence[str]) -> TrunkSection | None:
        """Return the trunk that a request comes over, None for a caller without one.

        Between trunks of one carrier the port that it comes from decides, then the number.

        Args:
            source: where it comes from, such as ``192.0.2.7:5060``.
            users: the numbers that it may be for.
        """
        mine = [trunk for trunk in self._trunks if within(source, self.networks(trunk))]
        if len(mine) <= 1:
            return mine[0] if mine else None
        wanted = {self._number(user) for user in users}

        def fit(trunk: TrunkSection) -> tuple[bool, bool]:
            ours = {self._number(one) for one in (trunk.user, *trunk.numbers)}
            return source in map(str, self._servers.get(trunk.name, ())), bool(wanted & ours)

        return max(mine, key=fit)

    def called(self, trunk: TrunkSection | None, users: Sequence[str]) -> str:
        """Return which of the users was called: a number that leads somewhere, else the first."""
        if trunk is not None:
            named = {self._number(number): number for number in trunk.numbers}
            for user in users:
                if (number := named.get(self._number(user))) is not None:
                    return number
                if self._known(user):
                    return user
        return users[0] if users else ""

    def enter(self, source: str) -> bool:
        """Count a call; whether it may be taken, for direct callers may only make so many."""
        host = host_of(source)
        self._calls[host] += 1
        if within(source, self._settings.allow) or self.trunk_of(source, ()) is not None:
            return True
        return self._settings.direct and self._calls[host] <= self._settings.direct_calls

    def leave(self, source: str) -> None:
        """Forget a call that is over."""
        host = host_of(source)
        self._calls[host] -= 1
        if self._calls[host] <= 0:
            del self._calls[host]

    def networks(self, trunk: TrunkSection) -> tuple[str, ...]:
        """Return where calls of a trunk come from, as far as that is known."""
        return (*trunk.addresses, *(one.address for one in self._servers.get(trunk.name, ())))

    def _number(self, user: str) -> str:
        return shown_e164(user, self._country) or user


def report(refusals: Sequence[Refusal]) -> None:
    """Write one line about each; deploy/fail2ban and docs/trunk.md promise its form."""
    for one in refusals:
        _log.warning(
            "sip refused from %s transport=%s method=%s reason=%s count=%d",
            one.address,
            one.transport,
            one.method,
            one.reason.value,
            one.count,
        )


@lru_cache(maxsize=1024)
def host_of(source: str) -> str:
    """Return the address in ``192.0.2.7:5060`` or ``[2001:db8::1]:5060``."""
    host = source.rpartition(":")[0].strip("[]")
    return str(ipaddress.ip_address(host)) if host else ""
