"""What becomes of calls to a user: do-not-disturb, forwarding, and when the mobile rings."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sipagent.exchange.reach import Reach
from sipagent.exchange.values import Kind, Ref, Target

#: Seconds that phones ring before a call is forwarded, or the mobile follows, where nothing else
#: is said; and how many may be said.
SECONDS, SHORTEST, LONGEST = 20, 5, 120


class When(StrEnum):
    """When a call is forwarded."""

    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    UNREACHABLE = "unreachable"


class Follow(StrEnum):
    """When a user's mobile rings."""

    #: With the phones.
    TOGETHER = "together"
    #: After them.
    IN_TURN = "in-turn"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a call goes.

    Args:
        target: to whom, or to which number.
        seconds: of ringing before, for ``When.NO_ANSWER``.
        in_groups: whether a group's call goes there as well, though it is outside.
    """

    target: Target
    seconds: int = SECONDS
    in_groups: bool = False


@dataclass(frozen=True, slots=True)
class Handling:
    """What becomes of calls to a user.

    Args:
        dnd: nothing rings, and callers get to know that the user is busy.
        forwards: where they go instead.
        follow: when the mobile rings.
        seconds: that the phones ring before it does, for ``Follow.IN_TURN``.
    """

    dnd: bool = False
    forwards: Mapping[When, Forward] = field(default_factory=dict)
    follow: Follow = Follow.TOGETHER
    seconds: int = SECONDS


#: Of who has said nothing.
USUAL = Handling()

#: What a reason for not being reached leads to; the first forward that there is counts.
_AFTER: Mapping[Reach, Collection[When]] = {
    Reach.BUSY: (When.BUSY,),
    Reach.REFUSED: (When.BUSY,),
    Reach.NO_ANSWER: (When.NO_ANSWER,),
    Reach.UNREACHABLE: (When.UNREACHABLE, When.NO_ANSWER),
}


def usable(
    handlings: Mapping[str, Handling], may: Callable[[str, Target], bool]
) -> dict[str, Handling]:
    """Return handlings without the forwards that a user may not use any more.

    Args:
        handlings: user → what becomes of calls to them.
        may: whether a user may have calls led to a target.
    """
    return {
        user: replace(
            one,
            forwards={
                when: forward for when, forward in one.forwards.items() if may(user, forward.target)
            },
        )
        for user, one in handlings.items()
    }


class Course:
    """The way of a call from one who forwards it to the next; each forward counts once.

    A number, a group or a box forwards nothing: there the forwards of who has sent the call there
    count on, so that one that nobody answers comes to their voicemail. Where it comes to somebody
    who had it before, its round is over: it is taken for one that nobody has answered.

    Args:
        handlings: user → what becomes of calls to them.
    """

    def __init__(self, handlings: Mapping[str, Handling]) -> None:
        self._handlings = handlings
        self._seen: set[str] = set()
        self._used: set[tuple[str, When]] = set()
        #: Who has forwarded it last, and the user who forwards it next; empty for nobody.
        self.by = self._user = ""

    def begin(self, target: Target) -> Target | None:
        """Return whom to ring for a target; None: nobody, and it is as if nobody answered."""
        while isinstance(target, Ref) and target.kind is Kind.USER:
            if target.name in self._seen:
                return self.after(Reach.NO_ANSWER)
            self._seen.add(target.name)
            self._user = target.name
            following = self._forwarded(When.ALWAYS)
            if following is None:
                return target
            target = following
        return target

    def after(self, reach: Reach) -> Target | None:
        """Return whom to ring where the last one was not reached; None: nobody any more."""
        for when in _AFTER[reach]:
            if (target := self._forwarded(when)) is not None:
                return self.begin(target)
        return None

    def _forwarded(self, when: When) -> Target | None:
        forward = self._handlings.get(self._user, USUAL).forwards.get(when)
        if forward is None or (self._user, when) in self._used:
            return None
        self._used.add((self._user, when))
        self.by = self._user
        return forward.target
