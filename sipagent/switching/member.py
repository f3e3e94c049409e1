"""One of two who are connected: the leg, who it is for others, and what ends with it."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller


@dataclass(eq=False)
class Member:
    """One of two who are connected.

    Args:
        leg: of this one.
        name: how records show them.
        shown: whom a target sees that they are put through to.
        user: whose telephone it is; empty: nobody's of the house.
        phone: whether it is a telephone of the house, which may ask by REFER, and whose hold is
            heard as music.
        types: whether they may put through by keys.
        lent: whether the leg belongs to another connection, or to whoever has fetched the other.
        left: what is to be done once they have left.
        commands: what codes stand for that they may type besides, as it is at that moment.
    """

    leg: Leg
    name: str
    shown: Caller
    user: str = ""
    phone: bool = False
    types: bool = False
    lent: bool = False
    left: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    commands: dict[str, Callable[[], None]] = field(default_factory=dict)


class Loan:
    """A member that somebody else connects for a time, while its owner waits.

    The borrower ends it with ``over``, in any case, whether the member was ``given`` or not.
    """

    def __init__(self, to: str = "") -> None:
        #: The name of the one whom the member is to be connected with.
        self.to = to
        self._given: asyncio.Future[Member | None] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    def give(self, member: Member | None) -> None:
        """Hand the member over; None: it cannot be had."""
        if not self._given.done():
            self._given.set_result(member)

    def over(self) -> None:
        """Give it back, or do without it."""
        self._over.set()

    async def given(self) -> Member | None:
        """Return the member once it is handed over; the loan ends when it leaves.

        Who is cancelled meanwhile has ended it.
        """
        try:
            member = await asyncio.shield(self._given)
        except asyncio.CancelledError:
            self.over()
            raise
        return None if member is None else self._borrowed(member)

    def _borrowed(self, member: Member) -> Member:
        left = contextlib.AsyncExitStack()
        left.callback(self.over)
        return Member(
            member.leg,
            member.name,
            member.shown,
            member.user,
            member.phone,
            member.types,
            lent=True,
            left=left,
        )

    async def returned(self) -> None:
        """Wait until it is over."""
        await self._over.wait()
