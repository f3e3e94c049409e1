"""Putting one through on real legs: carries out what ``switching.put_through`` decides."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import structlog

from sipagent import tasks
from sipagent.errors import HungUp, SipAgentError
from sipagent.switching import put_through
from sipagent.switching.connections import NO_DIALOG, Connections
from sipagent.switching.conversation import Request
from sipagent.switching.member import Loan, Member
from sipagent.switching.parking import Lot, Taken
from sipagent.switching.put_through import PutThrough, Way
from sipagent.telephony.leg import Prompt

Target = TypeVar("Target")

#: Of SIP (RFC 3261, section 21): a place is taken, or there is a fault of ours.
_BUSY, _UNAVAILABLE = 486, 503
#: Why a leg is ended whose far end has put the other one through, as the timeline tells it.
HANDED_OVER = "handed-over"
_FIRST = asyncio.FIRST_COMPLETED


log = structlog.get_logger(__name__)


class How(StrEnum):
    """How somebody has come to talk to somebody else, as records tell it."""

    BLIND = "blind"
    #: Blind, by keys; or by somebody who talks to neither.
    CODE = "code"
    ORDER = "order"
    ATTENDED = "attended"
    #: They wait at a parking place, were fetched there, or went back to who had parked them.
    PARK = "park"
    FETCHED = "fetched"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class Aim(Generic[Target]):
    """What somebody means who puts another one through.

    Args:
        name: how records show it.
        target: whom to call.
        place: where the other one is parked.
        replaces: the Call-ID of the leg of theirs whose far end is taken over.
        code: of SIP, why none of this can be done.
    """

    name: str
    target: Target | None = None
    place: str = ""
    replaces: str = ""
    code: int = 0

    @property
    def way(self) -> Way:
        """How that is done."""
        if self.place:
            return Way.PARK
        return Way.ATTENDED if self.replaces else Way.BLIND


class Operator(Protocol[Target]):
    """Knows what is meant by what is dialled, and rings for it; the exchange has one."""

    def meant(self, who: Member, dialled: str) -> Aim[Target]:
        """Return what a member means, within the rights that they have."""

    def back(self, who: Member) -> Aim[Target]:
        """Return whom to call where nobody fetches the one whom a member has parked."""

    def ringing(
        self, mover: Member, waits: Member, target: Target
    ) -> AbstractAsyncContextManager[Member | int]:
        """Ring a target, and keep for the block who takes the call; else a code of SIP.

        Who waits hears it ring, and is shown to who is called; it is the mover's call to pay for.

        Raises:
            HungUp: who waits has gone.
        """

    async def explain(self, member: Member, code: int, aim: Aim[Target]) -> None:
        """Tell a member why the other one was not put through.

        Raises:
            HungUp: the member has gone.
        """

    async def apologise(self, member: Member, code: int) -> None:
        """Tell a member who was put through that there is nobody.

        Raises:
            HungUp: the member has gone.
        """


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is heard by who waits, and until when.

    Args:
        music: while the other one holds, or one is parked.
        ringback: by who puts the other one through by keys.
        parked: seconds until the one who has parked somebody is called.
    """

    music: Prompt
    ringback: Prompt
    parked: float


@dataclass(frozen=True, slots=True)
class Switch(Generic[Target]):
    """What puts callers through.

    Args:
        operator: knows what is meant, and rings.
        connections: where others who are connected are found.
        lot: where callers are parked.
        waiting: what is heard meanwhile.
    """

    operator: Operator[Target]
    connections: Connections
    lot: Lot
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Found:
    """The one who is put through goes on with a member."""

    member: Member


@dataclass(frozen=True, slots=True)
class Back:
    """Nobody was found (a code of SIP): the two are as before, or one is ``alone`` by now."""

    code: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """The one who was to be put through has hung up."""


async def rung(
    operator: Operator[Target], mover: Member, waits: Member, aim: Aim[Target]
) -> Member | int:
    """Return who has taken a call that an aim means, or a code of SIP (see ``Operator.ringing``).

    Raises:
        HungUp: who waits has gone.
    """
    if aim.target is None:
        return aim.code
    try:
        async with AsyncExitStack() as trying:
            found = await trying.enter_async_context(operator.ringing(mover, waits, aim.target))
            if isinstance(found, Member):
                found.left = trying.pop_all()
            return found
    except HungUp:
        raise
    except SipAgentError as error:  # two who talk do not lose each other for that
        log.warning("nobody can be rung", call_id=waits.leg.id, reason=str(error))
        return _UNAVAILABLE


class Attempt(Generic[Target]):
    """One member puts another one through.

    Args:
        mover: who does.
        waits: who is put through.
        request: what the mover wants.
        switch: what does it.
        parked: is called once the other one has a parking place: the mover is to be released.
    """

    def __init__(
        self,
        mover: Member,
        waits: Member,
        request: Request,
        switch: Switch[Target],
        parked: Callable[[Aim[Target]], None],
    ) -> None:
        self._mover = mover
        self._waits = waits
        self._request = request
        self._switch = switch
        self._parked = parked
        #: Whoever has been found, and is not connected yet.
        self._found: Member | None = None
        #: The parking place, and who comes to fetch the one who waits there.
        self._place = contextlib.ExitStack()
        self._loan: Loan | None = None
        #: What has become of it so far, and what the mover was told, in codes of SIP.
        self._code = self._told = 0
        #: What is meant; known once it is begun.
        self.aim: Aim[Target] = Aim(request.dialled)

    @property
    def how(self) -> How:
        """How whoever was found has come."""
        if self.aim.place:
            return How.FETCHED if self._found is not None and self._found.lent else How.RECALLED
        if self.aim.replaces:
            return How.ATTENDED
        if self._request.referral is not None:
            return How.BLIND
        return How.CODE if self._request.code else How.ORDER

    async def done(self) -> Found | Back | Gone:
        """Put them through, and return how that went; whoever was found is the caller's to end."""
        try:
            self.aim = await self._meant()
            self._code = self.aim.code
            attempt = PutThrough(self.aim.way, self.aim.code)
            actions = attempt.start()
            while True:
                event: put_through.Event | None = None
                for action in actions:
                    if (ended := self._ended(action)) is not None:
                        return ended
                    event = await self._did(action)
                assert event is not None, "something happens, or it is over"
                if self._mover.leg.over:
                    attempt.feed(put_through.TransferorLeft())
                actions = attempt.feed(event)
        except BaseException:
            if self._told < 200:
                self._tell(_UNAVAILABLE)
            if self._found is not None:
                await tasks.to_the_end(self._found.left.aclose(), "found-in-vain")
            raise
        finally:
            self._place.close()

    def _ended(self, action: put_through.Action) -> Found | Back | Gone | None:
        match action:
            case put_through.HandOver() if self._found is not None:
                return Found(self._found)
            case put_through.Return(transferor):
                return Back(self._code, alone=not transferor or self._mover.leg.over)
            case put_through.Nobody():
                return Gone()
        return None

    async def _did(self, action: put_through.Action) -> put_through.Event | None:
        """Do something; return what happens then, where that is waited for."""
        operator = self._switch.operator
        match action:
            case put_through.Tell(code):
                self._tell(code)
            case put_through.Release():
                self._parked(self.aim)
            case put_through.Park():
                return self._park()
            case put_through.Call():
                return await self._after(self._called())
            case put_through.TakeOver():
                return await self._after(self._taken_over())
            case put_through.Recall():
                return await self._after(self._rung(operator.back(self._mover)))
            case put_through.Wait():
                return await self._fetched()
        return None

    def _tell(self, code: int) -> None:
        """Tell a telephone that has asked by REFER how it goes."""
        self._told = code
        if self._request.referral is not None:
            self._mover.leg.tell(self._request.referral, code)

    async def _after(self, reached: Awaitable[Member | int]) -> put_through.Event:
        try:
            found = await reached
        except HungUp:
            return put_through.TransfereeLeft()
        if isinstance(found, Member):
            self._found = found
            return put_through.Answered()
        self._code = found
        return put_through.Failed(found)

    async def _meant(self) -> Aim[Target]:
        """Return what the mover means.

        Where it names a call of its own that nobody has answered yet, that is ended, and the target
        called anew.
        """
        referral, dialled = self._request.referral, self._request.dialled
        if referral is not None and referral.replaces is not None:
            calling = self._switch.connections.caller(referral.replaces, self._mover.user)
            if calling is None:
                code = 0 if referral.replaces else NO_DIALOG
                return Aim(dialled, replaces=referral.replaces, code=code)
            await calling.hangup(HANDED_OVER)
            await calling.wait_over()
        return self._switch.operator.meant(self._mover, dialled)

    async def _called(self) -> Member | int:
        """Ring the target; who has typed it hears so, too."""
        async with AsyncExitStack() as heard:
            if self._request.referral is None:
                with contextlib.suppress(HungUp):
                    ringback = self._switch.waiting.ringback
                    await heard.enter_async_context(self._mover.leg.playing(ringback))
            return await self._rung(self.aim)

    async def _rung(self, aim: Aim[Target]) -> Member | int:
        return await rung(self._switch.operator, self._mover, self._waits, aim)

    async def _taken_over(self) -> Member | int:
        """Borrow whom the mover talks to in another call."""
        connections, sip_id = self._switch.connections, self.aim.replaces
        loan = connections.lend(sip_id, self._mover.user, self._waits.name)
        return (loan and await loan.given()) or NO_DIALOG

    def _park(self) -> put_through.Event:
        try:
            parked = self._switch.lot.parked(self.aim.place, self._waits.name)
            self._loan = self._place.enter_context(parked)
        except Taken:
            self._code = _BUSY
            return put_through.Failed(_BUSY)
        return put_through.Answered()

    async def _fetched(self) -> put_through.Event:
        """Let the other one wait with music until somebody comes."""
        assert self._loan is not None
        leg, waiting = self._waits.leg, self._switch.waiting
        coming = tasks.begin(self._loan.given(), f"fetch-{leg.id}")
        leaving = tasks.begin(leg.wait_over(), f"leave-{leg.id}")
        both = (coming, leaving)
        try:
            with contextlib.suppress(HungUp):
                async with leg.playing(waiting.music):
                    await asyncio.wait(both, timeout=waiting.parked, return_when=_FIRST)
        finally:
            self._place.close()
            self._found = coming.result() if coming.done() else None
            await tasks.cancelled(*both)
        if self._found is not None:
            return put_through.Fetched()
        return put_through.TransfereeLeft() if leg.over else put_through.TimeUp()
