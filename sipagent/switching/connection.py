"""Two who are connected through the exchange, whoever they are by now."""

import asyncio
import contextlib
from typing import Generic

from sipagent import tasks
from sipagent.errors import HungUp
from sipagent.switching.attending import NOBODY, Attending
from sipagent.switching.codes import CONSULT, BackCode, Codes
from sipagent.switching.connections import NO_DIALOG
from sipagent.switching.conversation import Parted, Request, Side
from sipagent.switching.conversing import note_audio
from sipagent.switching.member import Loan, Member
from sipagent.switching.putting_through import (
    HANDED_OVER,
    Aim,
    Attempt,
    Back,
    Found,
    Gone,
    How,
    Switch,
    Target,
    rung,
)
from sipagent.switching.talking import Talking
from sipagent.telephony.leg import Leg


class Connection(Generic[Target]):
    """Two members from the moment they meet until one of them is left alone.

    Either may be replaced by others meanwhile. All but the leg of the record are ended, or given
    back, when it is over.

    Args:
        record: the leg whose record tells of it, which belongs to whoever began this.
        caller: one of the two.
        callee: the other one.
        switch: puts callers through.
        attending: is told who talks with whom.
    """

    def __init__(
        self,
        record: Leg,
        caller: Member,
        callee: Member,
        switch: Switch[Target],
        attending: Attending = NOBODY,
    ) -> None:
        self._record = record
        self._switch = switch
        self._attending = attending
        self._seats = {Side.CALLER: caller, Side.CALLEE: callee}
        #: When those who are there have come, by the clock of the loop.
        self._since: dict[Member, float] = {}
        self._leaving: list[asyncio.Task[None]] = []
        self._talking: Talking | None = None
        #: To whom one of the two is to be lent.
        self._wanted: Loan | None = None

    async def run(self) -> int:
        """Let them talk, and whoever comes after them, until one is left alone.

        Return the code of SIP where the one whose leg the record is of was put through to nobody,
        else 0.
        """
        for member in self._seats.values():
            self._join(member)
        try:
            code = None
            while code is None:
                parted = await self._talk()
                if parted.request is not None:
                    code = await self._asked(parted.side, parted.request)
                else:
                    code = 0
                    if parted.taken:
                        await self._lend(parted.side)
            return code
        finally:
            self._attending.over()
            await tasks.to_the_end(self._dissolve(), f"dissolve-{self._record.id}")

    def lend(self, sip_id: str, user: str, to: str) -> Loan | None:
        """See ``connections.Connecting``: one of two who talk can be had."""
        if self._talking is None or self._wanted is not None:
            return None
        for side, member in self._seats.items():
            if member.leg.sip_id == sip_id and member.user == user:
                self._wanted = Loan(to)
                self._talking.take(side.other)
        return self._wanted

    def order(self, sip_id: str, dialled: str) -> int:
        """See ``connections.Connecting``: one of two who talk is put through."""
        for side, member in self._seats.items():
            if self._talking is not None and member.leg.sip_id == sip_id:
                mover = self._seats[side.other]
                code = self._switch.operator.meant(mover, dialled).code
                if not code:
                    self._talking.order(side.other, dialled)
                return code
        return NO_DIALOG

    # Who is there

    def _pair(self, side: Side) -> tuple[Member, Member]:
        return self._seats[side], self._seats[side.other]

    def _join(self, member: Member) -> None:
        self._since[member] = asyncio.get_running_loop().time()
        self._switch.connections.put(member.leg.sip_id, self)
        if member.lent:
            self._record.note("second-leg", sip_id=member.leg.sip_id, party=member.name)
        if member.leg is not self._record:
            self._record.note("joined", sip_id=member.leg.sip_id)

    def _release(self, member: Member) -> None:
        """Let a member go while others talk on."""
        self._leaving.append(tasks.begin(self._leave(member), f"leave-{member.leg.id}"))

    async def _leave(self, member: Member) -> None:
        """End the leg of one who is not connected any more, or give it back."""
        since = self._since.pop(member)
        seconds = round(asyncio.get_running_loop().time() - since, 3)
        self._switch.connections.drop(member.leg.sip_id, self)
        try:
            if member.leg is self._record:
                await member.leg.hangup(HANDED_OVER)
            else:
                if not member.lent:
                    await note_audio(self._record, member.leg)
                self._record.note("parted", sip_id=member.leg.sip_id, seconds=seconds)
        finally:
            await member.left.aclose()

    async def _dissolve(self) -> None:
        """Let all go but the one whose leg belongs to whoever began this."""
        self._lend_nobody()
        for member in self._since:
            if member.leg is self._record:
                self._switch.connections.drop(member.leg.sip_id, self)
            else:
                self._release(member)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _note(self, left: str, came: str, how: How) -> None:
        """Note that one goes on with somebody else."""
        self._record.note(HANDED_OVER, **{"from": left, "to": came, "how": how.value})

    # Talking

    async def _talk(self) -> Parted:
        """Let the two talk until one goes, or wants something."""
        caller, callee = self._pair(Side.CALLER)
        self._talking = Talking(
            caller.leg,
            callee.leg,
            self._switch.waiting.music,
            phones=[side for side, member in self._seats.items() if member.phone],
            codes={s: Codes(member.commands) for s, member in self._seats.items() if member.types},
            commanded=lambda side, code: self._seats[side].commands[code](),
            held=lambda sides: self._attending.held([self._seats[side] for side in sides]),
        )
        try:
            parted = await self._attended(self._talking, caller, callee)
        finally:
            self._talking = None
        if not parted.taken:
            self._lend_nobody()
        return parted

    async def _attended(self, talking: Talking, *members: Member) -> Parted:
        """Let members talk, and whoever attends know of it."""
        self._attending.joined(members)
        try:
            return await talking.parted()
        finally:
            self._attending.parted()

    async def _lend(self, side: Side) -> None:
        """Let a side go on elsewhere without the other one, and wait until they are back."""
        lent, mover = self._pair(side)
        loan, self._wanted = self._wanted, None
        if loan is not None:
            self._note(mover.name, loan.to, How.ATTENDED)
            loan.give(lent)
            self._release(mover)
            await loan.returned()

    def _lend_nobody(self) -> None:
        """Let nobody wait for one who will not come."""
        loan, self._wanted = self._wanted, None
        if loan is not None:
            loan.give(None)

    # Putting one through

    async def _asked(self, side: Side, request: Request) -> int | None:
        """Do what a side wants; None: there are two again, else what ``run`` returns."""
        aim = self._switch.operator.meant(self._seats[side], request.dialled)
        if request.code == CONSULT and aim.target is not None and not aim.code:
            with contextlib.suppress(HungUp):
                await self._consult(side, aim)
                return None
        return await self._put_through(side, request)

    async def _consult(self, side: Side, aim: Aim[Target]) -> None:
        """Let a side talk to somebody else first, while the other one hears music.

        Who hangs up then has put the other one through; who types ``*`` is back with them, and so
        is who is left by the one who was asked.

        Raises:
            HungUp: the side has gone while somebody was called.
        """
        mover, waits = self._pair(side)
        operator = self._switch.operator
        async with contextlib.AsyncExitStack() as heard:
            with contextlib.suppress(HungUp):  # who waits has gone: that is seen in its turn
                playing = waits.leg.playing(self._switch.waiting.music)
                await heard.enter_async_context(playing)
            asked = await rung(operator, mover, mover, aim)
            if isinstance(asked, int):
                await operator.explain(mover, asked, aim)
                return
            self._join(asked)
            talking = Talking(mover.leg, asked.leg, codes={Side.CALLER: BackCode()})
            parted = await self._attended(talking, mover, asked)
        if parted == Parted(Side.CALLER):
            self._note(mover.name, asked.name, How.ATTENDED)
            self._seats[side] = asked
            self._release(mover)
        else:
            self._release(asked)

    async def _put_through(self, side: Side, request: Request) -> int | None:
        """Put the other one through; None: there are two again, else what ``run`` returns."""
        mover, waits = self._pair(side)
        attempt = Attempt(mover, waits, request, self._switch, lambda aim: self._park(mover, aim))
        match await attempt.done():
            case Found(member):
                self._hand_over(side, member, attempt)
            case Back(code, alone=False):
                await self._explain(mover, waits, code, attempt.aim)
            case Back(code):
                return await self._alone(waits, code)
            case Gone():
                return 0
        return None

    def _park(self, mover: Member, aim: Aim[Target]) -> None:
        self._note(mover.name, aim.place, How.PARK)
        self._release(mover)

    def _hand_over(self, side: Side, member: Member, attempt: Attempt[Target]) -> None:
        """Seat a member in place of the one who has put the other one through."""
        mover = self._seats[side]
        self._note(attempt.aim.place or mover.name, member.name, attempt.how)
        self._seats[side] = member
        self._join(member)
        if mover in self._since:
            self._release(mover)

    async def _explain(self, mover: Member, waits: Member, code: int, aim: Aim[Target]) -> None:
        """Tell who has put one through in vain, while that one waits.

        A telephone that holds was told by NOTIFY, and would not hear it.
        """
        if mover.leg.holds:
            return
        with contextlib.suppress(HungUp):
            async with waits.leg.playing(self._switch.waiting.music):
                await self._switch.operator.explain(mover, code, aim)

    async def _alone(self, waits: Member, code: int) -> int:
        """Tell one who was put through to nobody, unless a scenario goes on with them."""
        if waits.leg is self._record and not waits.phone:
            return code
        with contextlib.suppress(HungUp):
            await self._switch.operator.apologise(waits, code)
        return 0
