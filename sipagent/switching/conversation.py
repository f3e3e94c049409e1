"""Two who talk through the house: a state machine without clock or network.

It is fed what happens, and says what is to be done; ``switching.talking`` does it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """One of the two."""

    CALLER = "caller"
    CALLEE = "callee"

    @property
    def other(self) -> "Side":
        """The one whom this one talks to."""
        return Side.CALLEE if self is Side.CALLER else Side.CALLER


class Phase(StrEnum):
    """How the two stand."""

    TALKING = "talking"
    #: One of them has let the other wait; see ``Conversation.waiting``.
    HELD = "held"
    OVER = "over"


@dataclass(frozen=True)
class _Plain:
    """Its kind says all of it."""


@dataclass(frozen=True)
class _OfSide:
    """Something about a side."""

    side: Side


# What happens


@dataclass(frozen=True, slots=True)
class Key:
    """A side has pressed a key."""

    side: Side
    digit: str


class Left(_OfSide):
    """The leg of a side is over."""


class Hold(_OfSide):
    """A side lets the other one wait, to talk to somebody else or to the house."""


class Resume(_OfSide):
    """A side is back with the one whom it has let wait."""


class Take(_OfSide):
    """A side is handed over to somebody else, or goes back to its handler."""


Event = Key | Left | Hold | Resume | Take

# What is to be done


class Join(_Plain):
    """Let the two hear each other."""


class Part(_Plain):
    """Let them hear each other no longer."""


class Entertain(_OfSide):
    """Let a side that waits hear music."""


class Quiet(_OfSide):
    """Let a side hear it no longer."""


@dataclass(frozen=True, slots=True)
class Press:
    """Send a key to a side."""

    side: Side
    digit: str


@dataclass(frozen=True, slots=True)
class Parted:
    """They talk no longer: ``side`` was the first to go, by itself or ``taken`` away.

    Whoever is still there belongs to whoever began the conversation.
    """

    side: Side
    taken: bool = False


Action = Join | Part | Entertain | Quiet | Press | Parted


class Conversation:
    """Two legs from the moment they meet until one of them goes.

    Start it with ``start``, and feed it until it says ``Parted``; after that it does nothing. That
    a telephone holds by itself (RFC 3264) is no matter of this: its far end sends what it sends.
    """

    def __init__(self) -> None:
        self.phase = Phase.TALKING
        #: Who waits while ``HELD``.
        self.waiting: Side | None = None

    def start(self) -> list[Action]:
        """Return what is to be done first."""
        return [Join()]

    def feed(self, event: Event) -> list[Action]:
        """Take what has happened; return what is to be done."""
        match event:
            case Key(side, digit) if self.phase is Phase.TALKING:
                return [Press(side.other, digit)]
            case Hold(side) if self.phase is Phase.TALKING:
                self.phase, self.waiting = Phase.HELD, side.other
                return [Part(), Entertain(side.other)]
            case Resume(side) if self.waiting is side.other:
                return [*self._undone(), *self._joined()]
            case Left(side) | Take(side) if self.phase is not Phase.OVER:
                actions = self._undone()
                self.phase = Phase.OVER
                return [*actions, Parted(side, taken=isinstance(event, Take))]
        return []

    def _joined(self) -> list[Action]:
        self.phase = Phase.TALKING
        return [Join()]

    def _undone(self) -> list[Action]:
        """Undo what the two hear now."""
        waiting, self.waiting = self.waiting, None
        return [Part()] if waiting is None else [Quiet(waiting)]
