"""REFER (RFC 3515): asking a peer to call somebody in our place, and being asked; no network.

``Asking`` is for requests of ours, which ``switching.referring`` carries out. ``Asked`` is for
those of telephones that put a call through (RFC 5589): blind, or attended with Replaces (RFC 3891).
"""

from dataclasses import dataclass
from enum import StrEnum

from sipagent.telephony.outcome import Reached, reached
from sipagent.telephony.party import Party


@dataclass(frozen=True)
class _Plain:
    """Its kind says all of it."""


@dataclass(frozen=True)
class _Coded:
    """Something with a code of SIP."""

    code: int


# What happens to a request of ours


@dataclass(frozen=True, slots=True)
class Told:
    """The peer tells how it goes, in the codes of SIP."""

    code: int
    reason: str


class TimeUp(_Plain):
    """The peer has had its time."""


@dataclass(frozen=True, slots=True)
class Listened:
    """Whether any audio has come from the caller since ``Listen``."""

    alive: bool


# What is to be done about it


class Listen(_Plain):
    """Find out whether the caller is still with us; feed ``Listened``."""


class Refused(_Plain):
    """The peer does not do it, or says nothing at all: the caller is with us as before."""


@dataclass(frozen=True, slots=True)
class Done:
    """The peer has done it, or tried: ``reached`` says how that went.

    ``taken_away`` where it has not reached the target, and not given the caller back either:
    the call is to be ended.
    """

    reached: Reached
    code: int = 0
    reason: str = ""
    taken_away: bool = False


class Asking:
    """One REFER of ours, from the moment it is sent until it says ``Refused`` or ``Done``.

    See docs/decisions/017 for why a caller may be gone although the target was not reached.
    """

    def __init__(self) -> None:
        self.over = False
        self._taken = False
        self._failed: Done | None = None

    def feed(self, event: Told | TimeUp | Listened) -> list[Listen | Refused | Done]:
        """Take what has happened; return what is to be done."""
        if self.over:
            return []
        if self._failed is not None:
            return self._back(event, self._failed)
        match event:
            case Told(code, reason) if code >= 200 and (self._taken or code < 300):
                return self._final(Done(reached(code), code, reason))
            case TimeUp() if self._taken:
                return self._final(Done(Reached.NO_ANSWER))
            case Told(code, _) if code < 200:
                self._taken = True
            case Told() | TimeUp():
                return self._finish(Refused())
        return []

    def _final(self, done: Done) -> list[Listen | Refused | Done]:
        if done.reached is Reached.ANSWERED:
            return self._finish(done)
        self._failed = done
        return [Listen()]

    def _back(self, event: Told | TimeUp | Listened, failed: Done) -> list[Listen | Refused | Done]:
        if not isinstance(event, Listened):
            return []
        away = not event.alive
        return self._finish(Done(failed.reached, failed.code, failed.reason, taken_away=away))

    def _finish(self, how: Refused | Done) -> list[Listen | Refused | Done]:
        self.over = True
        return [how]


# What happens to a request of a telephone


class Ringing(_Plain):
    """The target rings."""


class Answered(_Plain):
    """The target has answered, or the two dialogs were joined."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The target has not taken the call; the code is that of SIP, 0 for none."""

    code: int
    reason: str


class TransferorLeft(_Plain):
    """The telephone that asked has hung up."""


class TransfereeLeft(_Plain):
    """The one who is put through has hung up."""


# What is to be done about it


class Respond(_Coded):
    """Answer the REFER."""


class Notify(_Coded):
    """Tell the telephone how it goes (``message/sipfrag``); final from 200 on."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call the target; the one who is put through hears it ring."""

    target: Party


@dataclass(frozen=True, slots=True)
class Replace:
    """Join the one who is put through with the far end of another call of the telephone."""

    call_id: str


class Cancel(_Plain):
    """Call the target no longer."""


class HandOver(_Plain):
    """The one who is put through talks to the target; legs of the telephone are ended."""


@dataclass(frozen=True, slots=True)
class Return:
    """The one who is put through is back: with the telephone, or where it is gone in the house."""

    transferor: bool


class Nobody(_Plain):
    """Nobody is left to be put through."""


Step = Respond | Notify | Call | Replace | Cancel | HandOver | Return | Nobody


class Stage(StrEnum):
    """How far a request of a telephone is."""

    ASKED = "asked"
    CALLING = "calling"
    OVER = "over"


class Asked:
    """One REFER of a telephone, until the one who is put through is with somebody.

    Args:
        target: whom it refers to; or
        replaces: the id of a leg of this house that is to be replaced (attended transfer): no
            call is made then, least of all one to ourselves.
        allowed: whether the rights of the telephone's user let it call there.
    """

    def __init__(
        self, target: Party | None = None, replaces: str | None = None, *, allowed: bool = True
    ) -> None:
        if (target is None) == (replaces is None):
            raise ValueError("a REFER is either to a target or to a leg that it replaces")
        self.stage = Stage.ASKED
        #: Whether the telephone is still there to be told, and to take the caller back.
        self.transferor = True
        self._target = target
        self._replaces = replaces
        self._allowed = allowed

    def start(self) -> list[Step]:
        """Return what is to be done first."""
        if not self._allowed:
            self.stage = Stage.OVER
            return [Respond(403), Return(transferor=True)]
        self.stage = Stage.CALLING
        begun: list[Step] = [Respond(202), Notify(100)]
        if self._target is not None:
            return [*begun, Call(self._target)]
        return [*begun, Replace(self._replaces or "")]

    def feed(
        self, event: Ringing | Answered | Failed | TransferorLeft | TransfereeLeft
    ) -> list[Step]:
        """Take what has happened; return what is to be done."""
        if self.stage is not Stage.CALLING:
            return []
        match event:
            case Ringing():
                return self._tell(180)
            case Answered():
                self.stage = Stage.OVER
                return [*self._tell(200), HandOver()]
            case Failed(code, _):
                self.stage = Stage.OVER
                return [*self._tell(code if code >= 300 else 480), Return(self.transferor)]
            case TransferorLeft():  # telephones do so as soon as they have their 202
                self.transferor = False
            case TransfereeLeft():
                self.stage = Stage.OVER
                return [Cancel(), *self._tell(487), Nobody()]
        return []

    def _tell(self, code: int) -> list[Step]:
        return [Notify(code)] if self.transferor else []
