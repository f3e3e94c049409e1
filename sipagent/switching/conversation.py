"""Two who talk through the house: a state machine without clock or network.

It is fed what happens, and says what is to be done; ``switching.talking`` does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sipagent.switching.codes import Codes, Typed
from sipagent.telephony.leg import Referral


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
    #: One of them holds, or both do; see ``Conversation.holding``.
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


class Paused(_OfSide):
    """A side has pressed no key for as long as ``Await`` says."""


class Left(_OfSide):
    """The leg of a side is over."""


class Hold(_OfSide):
    """The telephone of a side holds: the other one is to wait."""


class Resume(_OfSide):
    """It is back."""


class Take(_OfSide):
    """A side is handed over to somebody else, or goes back to its handler."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The telephone of a side wants the other one to be put through (REFER)."""

    side: Side
    referral: Referral


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody who talks to neither wants the other one of a side to be put through, as if it did.

    ``dialled``: whom to, as a telephone dials it.
    """

    side: Side
    dialled: str


Event = Key | Paused | Left | Hold | Resume | Take | Ask | Order

# What is to be done


class Join(_Plain):
    """Let the two hear each other."""


class Part(_Plain):
    """Let them hear each other no longer."""


class Entertain(_OfSide):
    """Let a side that waits hear music."""


class Quiet(_OfSide):
    """Let a side hear it no longer."""


class Await(_OfSide):
    """Tell when a side has paused (``codes.PAUSE``), counted from now."""


@dataclass(frozen=True, slots=True)
class Press:
    """Send a key to a side."""

    side: Side
    digit: str


@dataclass(frozen=True, slots=True)
class Command:
    """A side has typed a code that stands for itself."""

    side: Side
    code: str


@dataclass(frozen=True, slots=True)
class Request:
    """A side wants the other one to be put through.

    Args:
        dialled: whom to, as a telephone dials it.
        referral: the REFER that asks for it; None: there is none.
        code: what was typed before it (``codes``); empty: it was not typed.
    """

    dialled: str
    referral: Referral | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Parted:
    """They talk no longer: ``side`` was the first to go, by itself or ``taken`` away.

    Where there is a ``request``, both are still there, and ``side`` wants something. Whoever is
    still there belongs to whoever began the conversation.
    """

    side: Side
    taken: bool = False
    request: Request | None = None


#: Nobody puts anybody through by keys.
NO_CODES: Mapping[Side, Codes] = {}

Action = Join | Part | Entertain | Quiet | Await | Press | Command | Parted


class Conversation:
    """Two legs from the moment they meet until one of them goes, or is to be put through.

    Start it with ``start``, and feed it until it says ``Parted``; after that it does nothing.

    Args:
        codes: of those who may put through by keys; keys of others are handed on at once.
    """

    def __init__(self, codes: Mapping[Side, Codes] = NO_CODES) -> None:
        self.phase = Phase.TALKING
        #: Whose telephone holds while ``HELD``.
        self.holding: frozenset[Side] = frozenset()
        self._codes = codes

    def start(self) -> list[Action]:
        """Return what is to be done first."""
        return [Join()]

    def feed(self, event: Event) -> list[Action]:
        """Take what has happened; return what is to be done."""
        return [] if self.phase is Phase.OVER else self._fed(event)

    def _fed(self, event: Event) -> list[Action]:
        match event:
            case Key(side, digit):
                return self._pressed(side, digit)
            case Paused(side):
                return self._typed(side, self._codes[side].time_up())
            case Hold(side):
                return self._held(self.holding | {side})
            case Resume(side):
                return self._held(self.holding - {side})
            case Ask(side, referral):
                parted = Parted(side, request=Request(referral.target, referral))
            case Order(side, dialled):
                parted = Parted(side, request=Request(dialled))
            case Left(side) | Take(side):
                parted = Parted(side, taken=isinstance(event, Take))
        return self._parted(parted)

    def _pressed(self, side: Side, digit: str) -> list[Action]:
        if self.phase is not Phase.TALKING:
            return []
        codes = self._codes.get(side)
        return self._typed(side, Typed(digit) if codes is None else codes.feed(digit))

    def _typed(self, side: Side, typed: Typed) -> list[Action]:
        if typed.dialled:
            return self._parted(Parted(side, request=Request(typed.dialled, code=typed.code)))
        if typed.code:
            return [Command(side, typed.code)]
        codes = self._codes.get(side)
        relayed = typed.relayed if self.phase is Phase.TALKING else ""
        pressed: list[Action] = [Press(side.other, key) for key in relayed]
        return [*pressed, Await(side)] if codes is not None and codes.waiting else pressed

    def _held(self, holding: frozenset[Side]) -> list[Action]:
        before, self.holding = self.holding, holding
        self.phase = Phase.HELD if holding else Phase.TALKING
        for codes in self._codes.values():  # what is typed while one holds is not heard
            codes.forget()
        actions: list[Action] = [Part()] if holding and not before else []
        actions += [Quiet(side.other) for side in Side if side in before - holding]
        actions += [Entertain(side.other) for side in Side if side in holding - before]
        return [*actions, Join()] if before and not holding else actions

    def _parted(self, how: Parted) -> list[Action]:
        """Undo what the two hear now."""
        before, self.holding = self.holding, frozenset()
        self.phase = Phase.OVER
        undone: list[Action] = [Quiet(side.other) for side in Side if side in before]
        return [*(undone or [Part()]), how]
