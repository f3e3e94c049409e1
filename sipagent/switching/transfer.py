"""Putting a caller through: the peer does it (REFER), else this line with a second leg."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

import structlog

from sipagent.errors import HungUp
from sipagent.switching.conversing import conversed
from sipagent.switching.refer import Done, Refused
from sipagent.switching.referring import referred
from sipagent.switching.ring import Called, Plan
from sipagent.switching.ringing import Sounds, ringing
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.outcome import Reached
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Origin, Phones, Route

#: Who puts a caller through: the peer, where it takes REFER, or the line with a second leg.
Method = Literal["refer", "bridge"]

#: Seconds beyond those of ringing that the peer gets for telling how a REFER went.
_NOTIFY = 5.0
#: A target that hangs up so many seconds after its answer has not served the caller.
_TOO_SHORT = 3.0

log = structlog.get_logger(__name__)


class Settings(Protocol):
    """How callers are put through; ``config.TransferSection`` fits."""

    @property
    def method(self) -> Method:
        """Who does it, where the trunk has no way of its own."""

    @property
    def ring(self) -> float:
        """Seconds that a target may ring."""

    @property
    def show(self) -> Literal["line", "caller"]:
        """Whose number the target sees."""

    @property
    def number(self) -> str:
        """The line's own number; empty: the one that was called."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """How a transfer went, and what the far end or this one said of it.

    ``way`` is ``refer`` where the peer put the caller through, ``bridge`` where the line did it
    with a second leg, and empty where there was no attempt; ``code`` is that of SIP, 0 for none.
    """

    reached: Reached
    way: str = ""
    code: int = 0
    reason: str = ""


class Transfers:
    """Puts callers through.

    Args:
        phones: calls targets.
        settings: how, and how long a target may ring.
        methods: by the name of a trunk, where it differs from that of ``settings``.
    """

    def __init__(
        self, phones: Phones, settings: Settings, methods: Mapping[str, Method] | None = None
    ) -> None:
        self._phones = phones
        self._settings = settings
        self._methods = dict(methods or {})

    async def transfer(self, call: Leg, target: str, waiting: Prompt) -> Transferred:
        """Put a caller through to a number (E.164) or a SIP URI.

        ``waiting`` is played again and again until somebody answers. When this returns
        ``answered``, the conversation is over, or the peer has taken the caller away.

        Raises:
            HungUp: the caller is gone.
        """
        origin = self._origin(call)
        try:
            party = Party.of(target)
            route = self._phones.routes(party, origin)[0]
        except TargetRefused as error:
            log.warning("transfer refused", call_id=call.id, number=target, reason=str(error))
            return _noted(call, Transferred(Reached.FAILED, reason=error.code))
        call.note("transfer", target=target, uri=route.uri, trunk=route.trunk)
        result = None
        if call.refers and self._methods.get(call.trunk, self._settings.method) == "refer":
            result = await self._refer(call, route, waiting)
        return _noted(call, result or await self._bridge(call, party, origin, waiting))

    def _origin(self, call: Leg) -> Origin:
        shown = call.caller.number if self._settings.show == "caller" else None
        return Origin(shown, self._settings.number or call.called, call.called)

    async def _refer(self, call: Leg, route: Route, waiting: Prompt) -> Transferred | None:
        """Return how a REFER went; None where the peer does not take it."""
        async with call.playing(waiting):
            done = await referred(call, route.uri, self._settings.ring + _NOTIFY)
        match done:
            case Refused():
                return None
            case Done(reached, code, reason, taken_away):
                result = Transferred(reached, "refer", code, reason)
        if taken_away:
            # Some peers leave the empty call open; see docs/decisions/017.
            _noted(call, result)
            await call.hangup("taken-away")
            raise HungUp("the peer has taken the caller away")
        return result

    async def _bridge(
        self, call: Leg, party: Party, origin: Origin, waiting: Prompt
    ) -> Transferred:
        """Call the target, and let the two talk."""
        plan = Plan([Called(party)], seconds=self._settings.ring)
        async with ringing(self._phones, call, plan, Sounds(waiting), origin) as rang:
            if rang.leg is None:
                return Transferred(rang.reached, "bridge", rang.code, rang.reason)
            seconds = await conversed(call, rang.leg)
        if seconds < _TOO_SHORT:
            return Transferred(Reached.FAILED, "bridge", 200, "the target hung up at once")
        return Transferred(Reached.ANSWERED, "bridge", 200)


def _noted(call: Leg, result: Transferred) -> Transferred:
    details = {**asdict(result), "reached": result.reached.value}
    call.note("transferred", **details)
    log.info("transfer", call_id=call.id, **details)
    return result
