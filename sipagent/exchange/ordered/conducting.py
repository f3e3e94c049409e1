"""An ordered call as it is made: who has ordered it is called first, then the other side."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping

from sipagent.errors import HungUp
from sipagent.exchange.led import Led
from sipagent.exchange.model import User
from sipagent.exchange.ordered.orders import ABSENT, LEFT, Order
from sipagent.exchange.ordered.permission import refused
from sipagent.exchange.outward.policy import refusal
from sipagent.exchange.reach import Reach
from sipagent.exchange.ringer import Wish
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import target_of
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller

#: What who has ordered the call hears first.
_WAIT = "order.wait"
#: What is said where the other side is not reached.
_SORRY: Mapping[Reach, str] = {
    reach: f"put-through.back-{reach}" for reach in Reach if reach is not Reach.ANSWERED
}


class Conducting(Step):
    """Call who has ordered a call, ask them to wait, call the other side, and join the two.

    The line's own leg hangs up once one of them is left alone.

    Args:
        order: what was ordered.
        decided: gets the prompt that says why it may not be, or the empty text where it may.
    """

    type = "ordered-call"
    settings: Settings

    def __init__(self, order: Order, decided: "asyncio.Future[str]") -> None:
        super().__init__(self.type, Settings())
        self._order = order
        self._decided = decided
        #: What has become of it (see ``Order.outcome``); empty: it was broken off.
        self.outcome = ""

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Make it, unless a rule is in its way."""
        order, board = self._order, talk.service(Switchboard)
        call.note("ordered", way=order.way.value, user=order.user, target=order.target)
        talk.facts.put(Led(caller=order.user, shown=order.shown))
        found = board.now.exchange.find("users", order.user)
        user = found if isinstance(found, User) else None
        why = await self._refusal(talk, user)
        if not self._decided.done():
            self._decided.set_result(why)
        if why or user is None:
            call.note("order-refused", reason=why)
            self.outcome = why
        else:
            self.outcome = await self._joined(call, talk, user)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def answers(self) -> bool:
        """Never: it is answered when somebody takes the call."""
        return False

    def lines(self) -> Iterable[Line]:
        """What who has ordered it may hear."""
        return lines()

    async def _refusal(self, talk: Talk, user: User | None) -> str:
        """Return the prompt that says why it may not be; empty: it may."""
        order, board = self._order, talk.service(Switchboard)
        phones = talk.service(Network).phones
        if order.number and (why := refused(board, talk, order)):
            return why
        return await refusal(board, phones, user, target_of(order.target)) or ""

    async def _joined(self, call: Leg, talk: Talk, user: User) -> str:
        """Ring the two, one after the other, and let them talk; return what became of it."""
        board, tones = talk.service(Switchboard), talk.service(Tones)
        person, target = target_of(self._order.person), target_of(self._order.target)
        line_itself = Member(call, "line", Caller(None))
        by = user.name if isinstance(person, str) else ""
        async with contextlib.AsyncExitStack() as first, contextlib.AsyncExitStack() as second:
            wish = Wish(call, line_itself, talk, person, tones.ringback, by=by)
            caller = await first.enter_async_context(board.rung(wish))
            if not isinstance(caller, Member):
                return ABSENT
            # Others see the user, whatever number has taken the call.
            caller.shown = Caller(None, asserted=True, name=user.name, extension=user.number)
            try:
                await caller.leg.say(talk(_WAIT), interruptible=False)
                wish = Wish(call, caller, talk, target, tones.ringback)
                callee = await second.enter_async_context(board.rung(wish))
                if not isinstance(callee, Member):
                    await caller.leg.say(talk(_SORRY[callee]), interruptible=False)
                    return callee
            except HungUp:
                return LEFT
            caller.left, callee.left = first.pop_all(), second.pop_all()
            await board.talking(call, caller, callee, talk)
        return Reach.ANSWERED


def lines() -> Iterable[Line]:
    """Return all that is said while an ordered call is made."""
    return [line(_WAIT), *map(line, _SORRY.values())]
