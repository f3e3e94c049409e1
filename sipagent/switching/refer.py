"""REFER (RFC 3515): asking a peer to call somebody in our place; a machine without a network.

``switching.referring`` carries it out. What becomes of a REFER of others is ``put_through``'s.
"""

from dataclasses import dataclass

from sipagent.telephony.outcome import Reached, reached


@dataclass(frozen=True)
class _Plain:
    """Its kind says all of it."""


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
