"""The step by which who calls from an authorised number orders a call."""

from collections.abc import Iterable

from sipagent.access.pins import LONGEST
from sipagent.exchange.model import Authorised, User
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Way
from sipagent.exchange.ordered.permission import CLOSED, orderable, refused
from sipagent.exchange.ordered.pins import OrderPins
from sipagent.exchange.outward.limits import Cap
from sipagent.exchange.outward.policy import FORBIDDEN, refusal
from sipagent.exchange.steps.handling import NoSettings
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Target
from sipagent.scenario.step import Line, Outcome, Step, line
from sipagent.scenario.talk import Talk
from sipagent.scenario.waits import locked
from sipagent.speech.words import Digits
from sipagent.telephony.leg import Conceal, Leg, concealing
from sipagent.telephony.network import Network

#: How often a PIN may be typed, and a number.
_ATTEMPTS = 3
#: The longest number with 00 before it, and seconds to wait for the first key and for another.
_DIGITS, _FIRST, _BETWEEN = 18, 10.0, 6.0
_END, _YES = "#", "1"
#: Seconds until who has ordered a call is called: the telephone is put down meanwhile.
_AFTER = 2.0


class OrderStep(Step):
    """Take an order: PIN, number, and a key that confirms it; then hang up and call back.

    The line calls back at the authorised number, whoever says to call from there. It ends the call
    itself. It takes no order from other numbers, and none without a PIN.
    """

    type = "order"
    settings: NoSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Take it."""
        board, number = talk.service(Switchboard), call.caller.number or ""
        found = board.now.exchange.find("authorised", number)
        if not isinstance(found, Authorised) or not found.has_secret:
            call.note("order-refused", reason="not-authorised")
            await call.say(talk("order.not-authorised"), interruptible=False)
        elif await self._let_in(call, talk, found):
            await self._taken(call, talk, found)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """All that is said."""
        for key in ("pin", "number"):
            yield line(f"order.{key}", keys=_END)
        yield line("order.check", fields=["number"], keys="12")
        for key in ("not-authorised", "pin-wrong", "help", "no-number", "ordered"):
            yield line(f"order.{key}")
        yield line("login.locked-minutes", fields=["minutes"])
        yield line("login.locked-hours", fields=["hours"])
        yield from map(line, (CLOSED, FORBIDDEN, *(f"limit.{cap}" for cap in Cap)))

    async def _let_in(self, call: Leg, talk: Talk, found: Authorised) -> bool:
        # Also what is typed ahead, while a PIN is checked or called wrong, may be one.
        with concealing(call, Conceal.ALL):
            return await self._proven(call, talk, found)

    async def _proven(self, call: Leg, talk: Talk, found: Authorised) -> bool:
        for _ in range(_ATTEMPTS):
            pin = await call.ask(
                talk("order.pin"), digits=LONGEST + 1, end=_END, first=_FIRST, between=_BETWEEN
            )
            if not pin:
                continue
            guess = await talk.service(OrderPins).check(
                found.number, pin, talk.now(), asserted=call.caller.asserted
            )
            if guess.right:
                return True
            if guess.wait is not None:
                await call.say(locked(talk, guess.wait), interruptible=False)
                return False
            await call.say(talk("order.pin-wrong"))
        await call.say(talk("order.help"), interruptible=False)
        return False

    async def _taken(self, call: Leg, talk: Talk, found: Authorised) -> None:
        order = await self._wanted(call, talk, found)
        if order is None:
            return
        desk = talk.service(OrderDesk)
        kept = await desk.put(order)
        call.note("order", order=kept.id, target=kept.target)
        try:
            await call.say(talk("order.ordered"), interruptible=False)
            await call.hangup()
        finally:
            desk.begin(kept, after=_AFTER)

    async def _wanted(self, call: Leg, talk: Talk, found: Authorised) -> Order | None:
        """Return what is ordered; None: nothing is."""
        board, phones = talk.service(Switchboard), talk.service(Network).phones
        user = board.now.exchange.find("users", found.user)
        for _ in range(_ATTEMPTS):
            target = await self._typed(call, talk)
            if target is None:
                continue
            order = Order(
                Way.CALL, found.user, found.number, found.number, str(target), found.shown
            )
            why = refused(board, talk, order) or await refusal(
                board, phones, user if isinstance(user, User) else None, target
            )
            if not why:
                return order
            call.note("order-refused", target=str(target), reason=why)
            await call.say(talk(why))
        await call.say(talk("order.help"), interruptible=False)
        return None

    async def _typed(self, call: Leg, talk: Talk) -> Target | None:
        """Return who is to be called, read back and confirmed; None: nobody is."""
        typed = await call.ask(
            talk("order.number"), digits=_DIGITS, end=_END, first=_FIRST, between=_BETWEEN
        )
        board = talk.service(Switchboard)
        target = orderable(board.now, typed, board.country) if typed else None
        if target is None:
            await call.say(talk("order.no-number"))
            return None
        key = await call.ask(talk("order.check", number=Digits(typed)))
        return target if key == _YES else None
