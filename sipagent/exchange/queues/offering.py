"""Ringing a member for one who waits: until they have the caller, or it has led to nothing."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

import structlog

from sipagent import tasks
from sipagent.errors import CallError, HungUp, SipAgentError, SpeechError
from sipagent.exchange.model import User
from sipagent.exchange.queues.events import Claimed, Event, Failed, Finished, Missed
from sipagent.exchange.queues.journal import Journal
from sipagent.exchange.queues.ticket import Ticket
from sipagent.exchange.reach import Reach, reach_of
from sipagent.exchange.reaching.words import TAKEN
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.talk import Said
from sipagent.speech.words import Name
from sipagent.switching.member import Member
from sipagent.switching.ringing import Pickup, Rang
from sipagent.telephony.leg import Leg
from sipagent.telephony.outcome import ELSEWHERE

#: What a member hears before the caller.
WHISPER, WHISPER_BACK = "queue.whisper", "queue.whisper-callback"
#: Of SIP (RFC 3261, section 21.4.9): what the journal tells of a telephone that says nothing.
_TIMEOUT = 408
_OF = {
    Reach.BUSY: Missed.BUSY,
    Reach.NO_ANSWER: Missed.MISSED,
    Reach.REFUSED: Missed.REFUSED,
    Reach.UNREACHABLE: Missed.UNREACHABLE,
}

log = structlog.get_logger(__name__)


class Offering:
    """One member who is rung for one who waits; it begins at once.

    Args:
        ticket: of who waits.
        member: who is rung.
        board: rings them.
        journal: is told how it goes.
        tell: takes what has happened.
    """

    def __init__(
        self,
        ticket: Ticket,
        member: Ref,
        board: Switchboard,
        journal: Journal,
        tell: Callable[[Event], None],
    ) -> None:
        self._ticket = ticket
        self._member = member
        self._board = board
        self._journal = journal
        self._tell = tell
        self._pickup = Pickup()
        self._elsewhere = False
        self._won: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.task = tasks.begin(self._run(), f"offer-{ticket.waiter.id}-{member.name}")

    def withdraw(self, *, elsewhere: bool) -> None:
        """Ring no longer; ``elsewhere``: somebody else has the caller, and they are told so."""
        self._elsewhere = elsewhere
        if elsewhere:
            self._pickup.gone()
        else:
            self.task.cancel()

    def decided(self, *, won: bool) -> None:
        """Take whether a member who was ready has the caller."""
        if not self._won.done():  # they may have gone meanwhile
            self._won.set_result(won)

    async def _run(self) -> None:
        ticket, member = self._ticket, self._member
        offer = self._journal.offered(ticket.waiter.id, ticket.queue.name, member)
        how: Missed | None = Missed.WITHDRAWN
        code = 0
        try:
            async with contextlib.AsyncExitStack() as trying:
                seconds = float(ticket.queue.ring)
                wish = replace(ticket.wish, target=member, ringback=None, seconds=seconds)
                offered = self._board.offered(wish, self._pickup)
                rung = await trying.enter_async_context(offered)
                if not isinstance(rung, Member):
                    how, code = self._missed(rung)
                else:
                    how = await self._presented(rung)
                    if how is None:
                        rung.left = trying.pop_all()
                        self._journal.offer_ended(offer, "answered", 200, rung.name)
                        await self._connected(rung)
        except HungUp:
            pass  # who waits has gone
        except SipAgentError as error:
            how = Missed.UNREACHABLE
            log.warning("a member cannot be rung", member=str(member), reason=str(error))
        finally:
            if how is not None:
                outcome, code = _told(how, code)
                self._journal.offer_ended(offer, outcome, code)
                self._tell(Failed(ticket.waiter.id, member, how))

    def _missed(self, rung: Rang | Reach) -> tuple[Missed, int]:
        """Return how the ringing has ended without an answer."""
        if self._elsewhere:
            return Missed.ELSEWHERE, 0
        if not isinstance(rung, Rang):
            return _OF[rung], 0
        if rung.signs and not any(rung.signs.values()):
            return Missed.DEAD, 0
        return _OF[reach_of(rung.reached, rung.code)], rung.code

    async def _presented(self, rung: Member) -> Missed | None:
        """Tell a member which queue it is, and ask whether they have the caller; None: they have.

        Others still ring meanwhile: a member who hangs up now has cost the caller nothing.
        """
        if self._ticket.queue.whisper or self._ticket.waiter.absent:
            with contextlib.suppress(HungUp, SpeechError):
                await rung.leg.say(self._whisper(), interruptible=False)
        if rung.leg.over:
            return Missed.REFUSED
        self._tell(Claimed(self._ticket.waiter.id, self._member))
        if await self._won:
            return None
        await self._send_away(rung.leg)
        return Missed.ELSEWHERE

    async def _connected(self, rung: Member) -> None:
        """Hand the member over to who waits."""
        ticket = self._ticket

        def parted() -> None:
            if ticket.joined is not None:
                seconds = asyncio.get_running_loop().time() - ticket.joined
                self._journal.talked(ticket.waiter.id, seconds)
            self._tell(Finished(self._member))

        rung.left.callback(parted)
        if ticket.over:
            await rung.left.aclose()
        else:
            ticket.ended.set_result(rung)

    async def _send_away(self, leg: Leg) -> None:
        """Tell a member that somebody else has the caller."""
        with contextlib.suppress(CallError, SpeechError):
            await leg.say(self._ticket.wish.talk.within(self._language, TAKEN), interruptible=False)
        await leg.hangup("elsewhere", ELSEWHERE)

    def _whisper(self) -> Said:
        talk = self._ticket.wish.talk
        key = WHISPER_BACK if self._ticket.waiter.absent else WHISPER
        name = Name(self._ticket.queue.name)
        words = talk.catalogue.text(key, self._language, queue=name)
        return talk.read(key, words, language=self._language)

    @property
    def _language(self) -> str:
        """That of a user; of a number outside that of the caller."""
        found = None
        if self._member.kind is Kind.USER:
            found = self._board.now.exchange.find("users", self._member.name)
        return found.language if isinstance(found, User) else self._ticket.wish.talk.language


def _told(how: Missed, code: int) -> tuple[str, int]:
    """Return what the journal calls it."""
    return ("unreachable", _TIMEOUT) if how is Missed.DEAD else (how.value, code)
