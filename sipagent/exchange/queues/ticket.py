"""One who waits in a queue: the machine's waiter, and the call behind it."""

import asyncio
from dataclasses import dataclass, field

from sipagent.exchange.queues.events import End, Waiter
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.ringer import Wish
from sipagent.exchange.values import Ref
from sipagent.switching.member import Member


@dataclass(eq=False, slots=True)
class Ticket:
    """One who waits.

    Args:
        waiter: as the machine knows them.
        queue: for which they wait, as it was when they came.
        wish: of the call.
        place: when they came.
    """

    waiter: Waiter
    queue: Queue
    wish: Wish
    place: int
    #: Set once the machine knows of them.
    known: asyncio.Event = field(default_factory=asyncio.Event)
    #: Who has answered, or why they wait no longer.
    ended: "asyncio.Future[Member | End]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    #: Where they are to go on who are taken out; None: where the queue leads those who leave it.
    taken_to: Ref | None = None
    #: When they began to talk to who has answered, by the clock of the loop.
    joined: float | None = None
    #: Whether nobody takes a member any more who has answered.
    over: bool = False

    @property
    def agent(self) -> Member | None:
        """Who has answered by now."""
        ended = self.ended.result() if self.ended.done() else None
        return ended if isinstance(ended, Member) else None
