"""Calling parties for somebody who pays: whoever reaches a limit is warned, and then cut off."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from sipagent import tasks
from sipagent.e164 import EMERGENCY
from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.outward.metering import Meter, Outward
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import UNKNOWN, Origin, Phones, Route

#: What is said so many seconds before a call is cut off.
SOON, _WARNING = "limit.soon", 60.0
#: Seconds after which what was used is kept, at the latest: a crash forgets no more.
_TICK = 30.0
#: The shortest wait between two looks at what is left.
_LOOK = 0.05
#: A call is ended so many seconds before it would cost more: the far end has to be told first.
_EARLY = 0.3

log = structlog.get_logger(__name__)

#: Returns the user whose call to a party it is; empty: nobody's.
Payer = Callable[[Party], str]


class MeteredPhones:
    """Calls parties for one caller; keeps the promises of ``sipagent.telephony.phones.Phones``.

    Calls to phones of the house, and for help, are nobody's to count.

    Args:
        phones: makes the calls.
        outward: knows the limits.
        call: the leg whose record tells of it.
        talk: of that call.
        payer: says whose calls they are.
        waits: who is to talk to them.
    """

    def __init__(
        self,
        phones: Phones,
        outward: Outward,
        call: Leg,
        talk: Talk,
        payer: Payer,
        waits: Member,
    ) -> None:
        self._phones = phones
        self._outward = outward
        self._call = call
        self._talk = talk
        self._payer = payer
        self._waits = waits
        #: Whose calls those are to which parties have sent us on.
        self._moved: dict[Party, str] = {}

    def routes(self, party: Party, origin: Origin = UNKNOWN) -> Sequence[Route]:
        """Return the ways on which a party would be called now."""
        return self._phones.routes(party, origin)

    def moved(self, party: Party, uri: str) -> Party:
        """Return whom to call in place of a party that has sent us on: it is a call of the same.

        Raises:
            TargetRefused: whose call it is may not call there, too.
        """
        followed, user = self._phones.moved(party, uri), self._payer(party)
        if followed.number and not self._outward.opens(user, followed.number):
            raise TargetRefused(f"{user} may not call {followed.number}; see their rights")
        self._moved[followed] = user
        return followed

    @contextlib.asynccontextmanager
    async def dialling(
        self, party: Party, origin: Origin = UNKNOWN, route: Route | None = None
    ) -> AsyncIterator[Leg]:
        """Call a party for the length of the block.

        Raises:
            TargetRefused: whose call it is has used up what there is for today, too.
        """
        if not party.number or party.number in EMERGENCY:
            async with self._phones.dialling(party, origin, route) as leg:
                yield leg
            return
        user = self._moved.get(party) or self._payer(party)
        if (cap := await self._outward.refusal(user, party.number)) is not None:
            raise TargetRefused(f"{user} has reached the limit of {cap}")
        with self._outward.metered(user, party.number) as meter:
            async with self._phones.dialling(party, origin, route) as leg:
                counting = tasks.begin(self._count(meter, leg), f"meter-{leg.id}")
                try:
                    yield leg
                finally:
                    self._outward.stop(meter)
                    self._note_cost(meter, leg)
                    await tasks.to_the_end(tasks.cancelled(counting), f"unmeter-{leg.id}")

    async def _count(self, meter: Meter, leg: Leg) -> None:
        """Count a call from its answer on, warn who hears it, and end it once nothing is left."""
        with contextlib.suppress(HungUp):
            await leg.connected()
            meter.start()
            warned = False
            while (left := self._left(meter)) > 0:
                if left <= _WARNING and not warned:
                    warned = True
                    await self._warn(leg, left)
                else:
                    soon = left if warned else left - _WARNING
                    await asyncio.sleep(min(max(soon, _LOOK), _TICK))
            self._call.note("limit", sip_id=leg.sip_id)
            log.warning("a call has reached a limit", call_id=self._call.id, user=meter.user)
            await leg.hangup("limit")

    def _left(self, meter: Meter) -> float:
        """Return for how many seconds a call may go on."""
        left = self._outward.left(meter)
        return math.inf if left is None else left - _EARLY

    async def _warn(self, leg: Leg, left: float) -> None:
        """Tell the phone of the house that the call ends soon; the other one hears nothing."""
        house = self._waits.leg if self._waits.shown.extension else leg
        with contextlib.suppress(SipAgentError, TimeoutError):
            async with asyncio.timeout(left):
                await house.say(self._talk(SOON), interruptible=False)

    def _note_cost(self, meter: Meter, leg: Leg) -> None:
        if meter.cost is not None and meter.tariff is not None:
            self._call.note(
                "cost",
                sip_id=leg.sip_id,
                grosze=meter.cost,
                vat=meter.tariff.vat,
                tariff=meter.tariff.prefix,
                user=meter.user,
            )
