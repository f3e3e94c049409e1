"""Putting one through whom a telephone has asked to be (RFC 5589): a machine without a network.

The one who asks is the *transferor*, the one who is put through the *transferee*; where to is the
*target*. ``switching.connection`` carries it out.
"""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How somebody is put through."""

    #: The target is called.
    BLIND = "blind"
    #: The transferor has talked to the target before (Replaces, RFC 3891).
    ATTENDED = "attended"
    #: The transferee waits at a parking place, where anybody of the house fetches them.
    PARK = "park"


@dataclass(frozen=True)
class _Plain:
    """Its kind says all of it."""


@dataclass(frozen=True)
class _Coded:
    """Something with a code of SIP."""

    code: int


# What happens


class Answered(_Plain):
    """The target has answered, was taken over from a call of the transferor, or has the place."""


class Failed(_Coded):
    """The target has not taken the call, or there is no such place; 0: there is no code."""


class Fetched(_Plain):
    """Somebody has fetched the one who was parked."""


class TimeUp(_Plain):
    """Nobody has fetched them in time."""


class TransferorLeft(_Plain):
    """The one who has asked has hung up; telephones do so as soon as they have their 202."""


class TransfereeLeft(_Plain):
    """The one who is put through has hung up."""


Event = Answered | Failed | Fetched | TimeUp | TransferorLeft | TransfereeLeft

# What is to be done


class Tell(_Coded):
    """Tell the transferor how it goes; final from 200 on."""


class Call(_Plain):
    """Call the target; the transferee hears it ring."""


class TakeOver(_Plain):
    """Take the far end over from another call of the transferor: nobody is called."""


class Park(_Plain):
    """Take the place for the transferee."""


class Wait(_Plain):
    """Let the transferee wait there, with music, until somebody comes or the time is up."""


class Recall(_Plain):
    """Call the transferor, for nobody has fetched the one whom they have parked."""


class Release(_Plain):
    """End the leg of the transferor, while the transferee waits at the place."""


class HandOver(_Plain):
    """The transferee talks to who has answered, or has come; the transferor is released."""


@dataclass(frozen=True, slots=True)
class Return:
    """The transferee is back: with the transferor, or where they are alone in the house."""

    transferor: bool


class Nobody(_Plain):
    """Nobody is left to be put through."""


Action = Tell | Call | TakeOver | Park | Wait | Recall | Release | HandOver | Return | Nobody

_FIRST: dict[Way, list[Action]] = {
    Way.BLIND: [Tell(180), Call()],
    Way.ATTENDED: [TakeOver()],
    Way.PARK: [Park()],
}
#: Of SIP (RFC 3261, sections 21.4.18 and 21.4.25).
_UNAVAILABLE, _TERMINATED = 480, 487


class Stage(StrEnum):
    """How far it is."""

    CALLING = "calling"
    PARKED = "parked"
    RECALLING = "recalling"
    OVER = "over"


class PutThrough:
    """One who is put through, from the request until they are with somebody.

    Start it with ``start``, and feed it until it says ``HandOver``, ``Return`` or ``Nobody``; after
    that it does nothing. The transferor is told a final code once, whatever happens.

    Args:
        way: how.
        refused: a code of SIP, why it cannot be done at all; 0: it can.
    """

    def __init__(self, way: Way, refused: int = 0) -> None:
        self.stage = Stage.CALLING
        self._way = way
        self._refused = refused
        #: Whether the transferor is there to have the transferee back.
        self._transferor = True

    def start(self) -> list[Action]:
        """Return what is to be done first."""
        return self._called(Failed(self._refused)) if self._refused else list(_FIRST[self._way])

    def feed(self, event: Event) -> list[Action]:
        """Take what has happened; return what is to be done."""
        match self.stage:
            case Stage.CALLING:
                return self._called(event)
            case Stage.PARKED:
                return self._parked(event)
            case Stage.RECALLING:
                return self._recalled(event)
        return []

    def _called(self, event: Event) -> list[Action]:
        match event:
            case Answered() if self._way is Way.PARK:
                self.stage = Stage.PARKED
                return [Tell(200), Release(), Wait()]
            case Answered():
                return self._over(Tell(200), HandOver())
            case Failed(code):
                return self._over(Tell(code or _UNAVAILABLE), Return(self._transferor))
            case TransferorLeft():
                self._transferor = False
            case TransfereeLeft():
                return self._over(Tell(_TERMINATED), Nobody())
        return []

    def _parked(self, event: Event) -> list[Action]:
        match event:
            case Fetched():
                return self._over(HandOver())
            case TimeUp():
                self.stage = Stage.RECALLING
                return [Recall()]
            case TransfereeLeft():
                return self._over(Nobody())
        return []

    def _recalled(self, event: Event) -> list[Action]:
        match event:
            case Answered():
                return self._over(HandOver())
            case Failed():
                return self._over(Return(transferor=False))
            case TransfereeLeft():
                return self._over(Nobody())
        return []

    def _over(self, *actions: Action) -> list[Action]:
        self.stage = Stage.OVER
        return list(actions)
