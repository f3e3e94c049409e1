"""Calling parties over SIP: who is shown to them, and that no leg is left behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from typing import Protocol

from sipagent import tasks
from sipagent.sip.addresses import in_uri
from sipagent.sip.leg import SipLeg
from sipagent.sip.presentation import Field, presented
from sipagent.sip.targets import Targets
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party
from sipagent.telephony.phones import UNKNOWN, Origin, Route

#: Seconds that the far end gets to answer CANCEL or BYE.
_LAST_ANSWER = 1.0


class Dial(Protocol):
    """Starts a call; ``Endpoint.dial`` does."""

    def __call__(
        self,
        target: str,
        *,
        caller: str,
        extra: tuple[Field, ...],
        trunk: str,
        codecs: tuple[str, ...],
    ) -> Awaitable[SipLeg]:
        """Return a call that is not connected yet."""


class SipPhones:
    """Calls parties; keeps the promises of ``sipagent.telephony.phones.Phones``.

    Args:
        dial: starts a call.
        targets: what may be called.
        host: host of the numbers that softphones are shown.
        shows: name of a trunk → where its carrier looks for the caller's number.
    """

    def __init__(
        self, dial: Dial, targets: Targets, host: str, shows: Mapping[str, Collection[str]]
    ) -> None:
        self._dial = dial
        self._targets = targets
        self._host = host
        self._shows = shows

    def routes(self, party: Party, origin: Origin = UNKNOWN) -> Sequence[Route]:
        """Return the ways on which a party would be called now."""
        return self._targets.routes(party, origin.called)

    def moved(self, party: Party, uri: str) -> Party:
        """Return whom to call in place of a party that has sent us on."""
        return self._targets.redirected(uri)

    @contextlib.asynccontextmanager
    async def dialling(
        self, party: Party, origin: Origin = UNKNOWN, route: Route | None = None
    ) -> AsyncIterator[Leg]:
        """Call a party, for the length of the block."""
        route = route or self.routes(party, origin)[0]
        caller, extra = self._shown(origin, route)
        leg = await self._dial(
            route.uri, caller=caller, extra=extra, trunk=route.trunk, codecs=origin.codecs
        )
        try:
            yield leg
        finally:
            await tasks.to_the_end(_ended(leg), f"end-{leg.id}")

    def _shown(self, origin: Origin, route: Route) -> tuple[str, tuple[Field, ...]]:
        """Return From, and the header fields that tell the called who calls.

        A carrier knows From as the account's own, where its trunk says nothing else.
        """
        if route.trunk:
            return presented(origin, route.place, self._shows.get(route.trunk, ()))
        return presented(origin, route.place, ("from", "pai"), in_uri(self._host))


async def _ended(leg: SipLeg) -> None:
    """End a leg, and wait a moment until the far end has agreed."""
    await leg.hangup()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_ANSWER):
            await leg.wait_over()
