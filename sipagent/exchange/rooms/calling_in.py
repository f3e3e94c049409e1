"""Calling somebody into a room: whoever answers presses a key, so that no machine comes in."""

import contextlib
from collections.abc import Iterable

from sipagent.errors import HungUp
from sipagent.exchange.led import Led
from sipagent.exchange.model import User
from sipagent.exchange.outward.policy import refusal
from sipagent.exchange.ringer import Wish
from sipagent.exchange.rooms.invitations import Invitation, Outcome
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role
from sipagent.exchange.rooms.rooms import Rooms
from sipagent.exchange.rooms.visiting import OVER, Entered, come_in
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Ref, target_of
from sipagent.scenario import step
from sipagent.scenario.step import Line, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller

_INVITED, _DECLINED = "rooms.invited", "rooms.not-invited"
#: The key that takes an invitation, how often it is asked for, and the seconds to wait for it.
_YES, _ASKED, _PATIENCE = "1", 2, 10.0


class CallingIn(Step):
    """Call somebody, and let them into a room once they have pressed the key.

    The line's own leg hangs up once they have left the room.

    Args:
        invitation: whom, and where to.
    """

    type = "room-invitation"
    settings: Settings

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(self.type, Settings())
        self._invitation = invitation
        #: What became of it; empty: it was broken off.
        self.outcome = ""

    async def run(self, call: Leg, talk: Talk) -> step.Outcome:
        """Call them, unless a rule is in the way."""
        invitation = self._invitation
        call.note("invited", room=invitation.room, target=invitation.target)
        room = talk.service(Rooms).find(invitation.room)
        if room is None:
            self.outcome = Outcome.NO_ROOM
        elif why := await self._refusal(talk):
            call.note("invitation-refused", reason=why)
            self.outcome = why
        else:
            self.outcome = await self._called(call, talk, room)
        await call.hangup()
        return step.Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def answers(self) -> bool:
        """Never: somebody else answers."""
        return False

    def lines(self) -> Iterable[Line]:
        """What is said to who is called."""
        yield line(_INVITED, keys=_YES, fields=["room"])
        yield line(_DECLINED)

    async def _refusal(self, talk: Talk) -> str:
        """Return the prompt that says why it may not be; empty: it may."""
        board, phones = talk.service(Switchboard), talk.service(Network).phones
        target = target_of(self._invitation.target)
        found = board.now.exchange.find("users", self._invitation.user)
        user = found if isinstance(found, User) else None
        if user is None and isinstance(target, Ref):
            return ""
        return await refusal(board, phones, user, target) or ""

    async def _called(self, call: Leg, talk: Talk, room: Room) -> str:
        """Ring them, and let them in; return what became of it."""
        by = self._invitation.user
        talk.facts.put(Led(caller=by))
        here = Member(call, room.name, Caller(None, name=room.name, extension=room.number))
        target = target_of(self._invitation.target)
        wish = Wish(call, here, talk, target, None, by="" if isinstance(target, Ref) else by)
        async with contextlib.AsyncExitStack() as ringing:
            guest = await ringing.enter_async_context(talk.service(Switchboard).rung(wish))
            if not isinstance(guest, Member):
                return guest
            try:
                if not await _presses(guest.leg, talk, room):
                    await guest.leg.say(talk(_DECLINED), interruptible=False)
                    return Outcome.NO_KEY
                came = await come_in(guest, talk, room, Role.GUEST, record=call)
            except HungUp:
                return Outcome.CAME if talk.facts.get(Entered) else Outcome.LEFT
            return Outcome.CAME if came == OVER else Outcome.REFUSED


async def _presses(leg: Leg, talk: Talk, room: Room) -> bool:
    """Whether somebody is there who presses the key."""
    for _ in range(_ASKED):
        if await leg.ask(talk(_INVITED, room=room.name), first=_PATIENCE) == _YES:
            return True
    return False
