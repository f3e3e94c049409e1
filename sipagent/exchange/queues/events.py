"""What happens in queues, and what is to be done: the values of their state machine."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sipagent.exchange.queues.model import Queue
from sipagent.exchange.values import Ref


class End(StrEnum):
    """Why the line lets a caller wait no longer whom nobody has answered."""

    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    NOBODY = "nobody"
    #: Somebody has taken them out; as with a key of theirs.
    LEFT = "left"


class Missed(StrEnum):
    """How the ringing of a member ended who has not got the caller."""

    MISSED = "missed"
    REFUSED = "refused"
    BUSY = "busy"
    #: No telephone is there, or it gives no sign of life (``DEAD``).
    UNREACHABLE = "unreachable"
    DEAD = "dead"
    #: Somebody else has the caller; or there is no caller any more, or no member.
    ELSEWHERE = "elsewhere"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Waiter:
    """One who waits.

    Args:
        id: tells it apart.
        queue: its name.
        arrived: when; one who comes back, or is called back, keeps the time.
        priority: the highest one is first.
        skill: that a member ought to have; empty: none.
        absent: whether nobody is on the line, but is to be called back.
        not_before: when that may be done.
        back: whether they have waited before, and come back to their place.
    """

    id: int
    queue: str
    arrived: float
    priority: int = 0
    skill: str = ""
    absent: bool = False
    not_before: float = -math.inf
    back: bool = False

    @property
    def turn(self) -> tuple[int, float, int]:
        """What they are ordered by."""
        return -self.priority, self.arrived, self.id


@dataclass(frozen=True, slots=True)
class Presences:
    """Who is there for which queue.

    Args:
        queues: all queues, by name.
        there: name of a queue → its members who are logged in, in order.
        paused: who takes no calls for a while; and of those the ones whom the line has paused,
            because they have missed calls.
        away: see ``paused``.
    """

    queues: Mapping[str, Queue] = field(default_factory=dict)
    there: Mapping[str, Collection[Ref]] = field(default_factory=dict)
    paused: Collection[Ref] = ()
    away: Collection[Ref] = ()


# What happens


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody begins to wait."""

    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Left:
    """One who waits does so no longer, for a reason of their own."""

    id: int


@dataclass(frozen=True, slots=True)
class TakenOut:
    """One who waits is to go on elsewhere, as somebody wants who looks after the queue."""

    id: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The ringing of a member is over, and has led to nothing; also where they had ``Won``."""

    id: int
    member: Ref
    how: Missed


@dataclass(frozen=True, slots=True)
class Claimed:
    """A member has answered, and is ready for the caller: they have it, or it is too late."""

    id: int
    member: Ref


@dataclass(frozen=True, slots=True)
class Finished:
    """A member does not talk any more to the caller that they have got."""

    member: Ref


@dataclass(frozen=True, slots=True)
class Ready:
    """A member needs no more time after a call."""

    member: Ref


@dataclass(frozen=True, slots=True)
class Engaged:
    """A member is in a call, of whatever kind, or in none any more."""

    member: Ref
    busy: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Queues, or who is there for them, are as told now."""

    presences: Presences


@dataclass(frozen=True, slots=True)
class Due:
    """Time has passed."""


Event = Came | Left | TakenOut | Failed | Claimed | Finished | Ready | Engaged | Changed | Due

# What is to be done


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring a member for one who waits: feed ``Claimed`` or ``Failed``."""

    id: int
    member: Ref


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Ring a member no longer, and feed ``Failed`` once that is over.

    ``elsewhere``: somebody else has the caller, and the telephone is told so.
    """

    id: int
    member: Ref
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Won:
    """A member who was ready has the caller: feed ``Finished`` after it."""

    id: int
    member: Ref


@dataclass(frozen=True, slots=True)
class Late:
    """A member who was ready does not have the caller: feed ``Failed``."""

    id: int
    member: Ref


@dataclass(frozen=True, slots=True)
class Ended:
    """One who waits is to go on elsewhere."""

    id: int
    why: End


@dataclass(frozen=True, slots=True)
class Pause:
    """A member has missed as many calls as the queue bears: pause them, and tell somebody."""

    member: Ref
    queue: str


class Doing(StrEnum):
    """What a member does."""

    IDLE = "idle"
    RING = "ring"
    TALK = "talk"
    WRAP = "wrap"


@dataclass(frozen=True, slots=True)
class Does:
    """A member does something else from now on, for the queue that is named."""

    member: Ref
    what: Doing
    queue: str


Decision = Offer | Withdraw | Won | Late | Ended | Pause | Does
