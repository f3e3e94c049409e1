"""Calling parties over SIP: who is shown to them, and that no leg is left behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from sipagent import tasks
from sipagent.sip.addresses import in_uri
from sipagent.sip.leg import SipLeg
from sipagent.sip.outgoing import name_addr, sip_uri
from sipagent.sip.targets import Targets
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party
from sipagent.telephony.phones import UNKNOWN, Origin, Route

#: Seconds that the far end gets to answer CANCEL or BYE.
_LAST_ANSWER = 1.0

#: Name and value of a header field.
Field = tuple[str, str]


class Dial(Protocol):
    """Starts a call; ``Endpoint.dial`` does."""

    def __call__(
        self, target: str, *, caller: str, extra: tuple[Field, ...], trunk: str
    ) -> Awaitable[SipLeg]:
        """Return a call that is not connected yet."""


class SipPhones:
    """Calls parties; keeps the promises of ``sipagent.telephony.phones.Phones``.

    Args:
        dial: starts a call.
        targets: what may be called.
        host: host of the numbers that softphones are shown.
    """

    def __init__(self, dial: Dial, targets: Targets, host: str) -> None:
        self._dial = dial
        self._targets = targets
        self._host = host

    def route(self, party: Party, origin: Origin = UNKNOWN) -> Route:
        """Return how a party would be called now."""
        return self._targets.resolve(party, origin.called)

    def moved(self, uri: str) -> Party:
        """Return whom to call in place of a leg that has sent us on."""
        return self._targets.redirected(uri)

    @contextlib.asynccontextmanager
    async def dialling(self, party: Party, origin: Origin = UNKNOWN) -> AsyncIterator[Leg]:
        """Call a party, for the length of the block."""
        route = self.route(party, origin)
        caller, extra = self._shown(origin, route)
        leg = await self._dial(route.uri, caller=caller, extra=extra, trunk=route.trunk)
        try:
            yield leg
        finally:
            await tasks.to_the_end(_ended(leg), f"end-{leg.id}")

    def _shown(self, origin: Origin, route: Route) -> tuple[str, tuple[Field, ...]]:
        """Return From and the header fields that tell the called who calls.

        A carrier knows From as the account's own; P-Asserted-Identity (RFC 3325) names the
        caller, and Diversion (RFC 5806) the line that sends the call on.
        """
        known = origin.shown or origin.line
        if not known:
            return "", ()
        caller = "" if route.trunk else name_addr(sip_uri(known, in_uri(self._host)), origin.name)
        asserted = ("P-Asserted-Identity", name_addr(sip_uri(known, route.place)))
        if not (origin.shown and origin.line):
            return caller, (asserted,)
        here = name_addr(sip_uri(origin.line, route.place), reason="deflection")
        return caller, (asserted, ("Diversion", here))


async def _ended(leg: SipLeg) -> None:
    """End a leg, and wait a moment until the far end has agreed."""
    await leg.hangup()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_ANSWER):
            await leg.wait_over()
