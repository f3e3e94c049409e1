"""Whom those who put callers through mean, and who rings for it; what they are told in words."""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

import structlog

from sipagent.errors import SpeechError
from sipagent.exchange.dialled import meant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.rights import may_reach
from sipagent.exchange.values import Kind, Ref, Right, Target
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.switching.putting_through import Aim

#: Parking places.
PLACE = re.compile(r"\*7\d", re.ASCII)
#: Whoever has no telephone of the house may put callers through to who has one.
_INSIDE = (Right.INTERNAL,)
#: Whom somebody can be put through to.
LEADS = frozenset({Kind.USER, Kind.GROUP, Kind.OUTSIDE, Kind.QUEUE})
#: Of SIP (RFC 3261, section 21.4).
_FORBIDDEN, _UNKNOWN, _UNAVAILABLE = 403, 404, 480
#: What a code of SIP means, to who puts a caller through and to who is put through to nobody.
_UNREACHABLE = "unreachable"
_BACK = {_FORBIDDEN: "not-allowed", 480: "no-answer", 486: "busy", 603: "refused"}
_ALONE = {480: "no-answer", 486: "busy", 603: "refused"}

_TAKEN = "put-through.place-taken"

log = structlog.get_logger(__name__)

#: Rings a target for one whom another one puts through, see ``Operator.ringing``.
Ring = Callable[[Member, Member, Target], AbstractAsyncContextManager[Member | int]]


def lines() -> Iterable[Line]:
    """Return what may be said to who puts a caller through in vain."""
    for why in (*_BACK.values(), _UNREACHABLE):
        yield line(f"put-through.back-{why}")
    yield line(_TAKEN)


class Attendant:
    """What is meant by who puts a caller through; fits ``switching.putting_through.Operator``.

    Args:
        there: returns the exchange as it is now.
        country: where a number without prefix belongs (ISO 3166).
        talk: of the call whose record tells of it.
        ring: rings for who is put through.
    """

    def __init__(self, there: Callable[[], Snapshot], country: str, talk: Talk, ring: Ring) -> None:
        self._there = there
        self._country = country
        self._talk = talk
        self._ring = ring

    def meant(self, who: Member, dialled: str) -> Aim[Target]:
        """Return whom a member means, as far as the rights of that one go."""
        there, place = self._there(), dialled.removesuffix("#")
        if PLACE.fullmatch(place):
            return Aim(place, place=place)
        target = meant(there, dialled, self._country)
        if target is None or (isinstance(target, Ref) and target.kind not in LEADS):
            return Aim(dialled, code=_UNKNOWN)
        user = there.exchange.find("users", who.user)
        rights = getattr(user, "rights", _INSIDE)
        allowed = may_reach(rights, target, self._country)
        return Aim(str(target), target, code=0 if allowed else _FORBIDDEN)

    def back(self, who: Member) -> Aim[Target]:
        """Return the user who has parked somebody."""
        if not who.user:
            return Aim(who.name, code=_UNAVAILABLE)
        return Aim(who.name, Ref(Kind.USER, who.user))

    def ringing(
        self, mover: Member, waits: Member, target: Target
    ) -> AbstractAsyncContextManager[Member | int]:
        """Ring a target for one whom another one puts through."""
        return self._ring(mover, waits, target)

    async def explain(self, member: Member, code: int, aim: Aim[Target]) -> None:
        """Tell why nobody was found to put the other one through to."""
        words = f"put-through.back-{_BACK.get(code, _UNREACHABLE)}"
        await self._say(member, _TAKEN if aim.place else words)

    async def apologise(self, member: Member, code: int) -> None:
        """Tell one who was put through that there is nobody."""
        await self._say(member, f"exchange.{_ALONE.get(code, _UNREACHABLE)}")

    async def _say(self, member: Member, key: str) -> None:
        """Say a prompt; that it cannot be rendered ends no conversation."""
        try:
            await member.leg.say(self._talk(key), interruptible=False)
        except SpeechError as error:
            log.warning("not said", call_id=member.leg.id, prompt=key, reason=str(error))
