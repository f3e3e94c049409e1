"""Ringing one party or many: a state machine without clock or network.

It is fed what happens, and says what is to be done; ``switching.ringing`` does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sipagent.telephony.outcome import Reached, reached
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin


class Order(StrEnum):
    """In what order parties are called."""

    #: All of them, one ``Plan.stagger`` after the other.
    AT_ONCE = "at-once"
    #: The next one once the one before has not taken the call.
    IN_TURN = "in-turn"


@dataclass(frozen=True, slots=True)
class Called:
    """One who is called.

    Args:
        party: whom.
        confirm: whether the call is theirs only once they have pressed the key: a mobile's
            voicemail answers too, and must not swallow the caller.
        beside: whether it is called at the same moment as the one before it, whatever the order:
            the telephones of one person.
        origin: on whose behalf it is called, where others of the plan see something else.
        fallback: on whose behalf it is called once more, where the network forbids that (403):
            many carriers take no number of others.
        seconds: that it may ring; None: as long as the plan says.
        after: seconds from the one beside which it is called until it is called itself, or less
            where nobody is called any more: a mobile after the phones on the desk.
    """

    party: Party
    confirm: bool = False
    beside: bool = False
    origin: Origin | None = None
    fallback: Origin | None = None
    seconds: float | None = None
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is called, and for how long.

    Args:
        parties: in the order in which they are called.
        order: whether they are called one after another.
        seconds: for all of it; who is being asked for the key then may still press it.
        each: seconds that one party may ring; None: as long as all of it.
        stagger: with ``AT_ONCE`` the seconds from one party to the next.
    """

    parties: Sequence[Called]
    order: Order = Order.AT_ONCE
    seconds: float = 30.0
    each: float | None = None
    stagger: float = 0.0


@dataclass(frozen=True)
class _OfParty:
    """Something about a party, by its place in the plan."""

    party: int


# What happens


class Early(_OfParty):
    """A party is heard before it has answered: its own ringing, or an announcement."""


class Answered(_OfParty):
    """A party has answered."""


class Confirmed(_OfParty):
    """A party that was asked has pressed the key."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A party has not taken the call, or has left; ``code`` is that of SIP, 0 for none."""

    party: int
    code: int
    reason: str


class Silent(_OfParty):
    """A party that was asked has not pressed the key."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Somebody who was not called takes the call."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """A time that was set has run out."""

    timer: "Timer"


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The caller is gone, or nobody wants an answer any more."""


Event = Early | Answered | Confirmed | Failed | Silent | PickedUp | TimeUp | Abandoned

# What is to be done


class Limit(StrEnum):
    """What a time is for."""

    ALL = "all"
    EACH = "each"
    STAGGER = "stagger"


@dataclass(frozen=True, slots=True)
class Timer:
    """A time; ``party`` is whom it is about, 0 for ``ALL``."""

    limit: Limit
    party: int = 0


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Feed ``TimeUp`` after so many seconds; one that nobody needs any more does no harm."""

    timer: Timer
    seconds: float


class Dial(_OfParty):
    """Call a party."""


class Ask(_OfParty):
    """Ask a party that has answered for the key: feed ``Confirmed`` or ``Silent``."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Call a party no longer; ``elsewhere``: tell them that somebody else has taken the call."""

    party: int
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """Let the caller hear a party that has not answered; None: ringback."""

    party: int | None


class Won(_OfParty):
    """A party has taken the call; all others were cancelled."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody has taken it, and nobody is called any more; ``code`` is that of SIP, 0 for none."""

    reached: Reached
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """Whoever has picked it up has the call; all who were called were cancelled."""


Action = SetTimer | Dial | Ask | Cancel | Hear | Won | Gone | Lost


class Stage(StrEnum):
    """How far a party is."""

    WAITING = "waiting"
    RINGING = "ringing"
    ASKED = "asked"
    WON = "won"
    OVER = "over"


#: What counts more where parties were not reached in different ways.
_WEIGHT = (Reached.NO_ANSWER, Reached.BUSY, Reached.FAILED)
_LATE = Lost(Reached.NO_ANSWER, 0, "nobody answered in time")
_SILENT = Lost(Reached.NO_ANSWER, 0, "nobody pressed the key")
_NOBODY = Lost(Reached.FAILED, 0, "there is nobody to call")


class Ring:
    """One attempt to reach one of several parties.

    Start it with ``start``, and feed it until it says ``Won``, ``Gone`` or ``Lost``; an abandoned
    one says none of them. After that it does nothing.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.stages = [Stage.WAITING for _ in plan.parties]
        self.over = False
        self._failures: list[Lost] = []
        self._early: set[int] = set()
        self._heard: int | None = None

    def start(self) -> list[Action]:
        """Return what is to be done first."""
        if not self.stages:
            return self._finish(_NOBODY)
        return [SetTimer(Timer(Limit.ALL), self._plan.seconds), Hear(None), *self._next()]

    def feed(self, event: Event) -> list[Action]:
        """Take what has happened; return what is to be done."""
        if self.over:
            return []
        match event:
            case Abandoned():
                self.over = True
                return self._cancel(Stage.RINGING, Stage.ASKED)
            case PickedUp():
                self.over = True
                return [*self._cancel(Stage.RINGING, Stage.ASKED, elsewhere=True), Gone()]
            case TimeUp(timer):
                actions = self._time_up(timer)
            case Early(party) if self.stages[party] is Stage.RINGING:
                self._early.add(party)
                actions = []
            case Answered(party) if self.stages[party] is Stage.RINGING:
                actions = self._answered(party)
            case Confirmed(party) if self.stages[party] is Stage.ASKED:
                actions = self._won(party)
            case Silent(party) if self.stages[party] is Stage.ASKED:
                actions = [Cancel(party), *self._lost(party, _SILENT)]
            case Failed(party, code, reason) if self._called(party):
                actions = self._lost(party, Lost(self._reached(party, code), code, reason))
            case _:  # it was on its way when the party was cancelled
                return []
        return actions if self.over else actions + self._listen()

    def _called(self, party: int) -> bool:
        return self.stages[party] in (Stage.RINGING, Stage.ASKED)

    def _reached(self, party: int, code: int) -> Reached:
        """Return how a party was reached that has gone: answered, if at all, for nothing."""
        if self.stages[party] is Stage.ASKED:
            return Reached.NO_ANSWER
        how = reached(code)
        return Reached.FAILED if how is Reached.ANSWERED else how

    def _answered(self, party: int) -> list[Action]:
        if not self._plan.parties[party].confirm:
            return self._won(party)
        self.stages[party] = Stage.ASKED
        return [Ask(party)]

    def _time_up(self, timer: Timer) -> list[Action]:
        match timer:
            case Timer(Limit.ALL):
                return self._too_late()
            case Timer(Limit.EACH, party) if self.stages[party] is Stage.RINGING:
                return [Cancel(party), *self._lost(party, _LATE)]
            case Timer(Limit.STAGGER, party) if self.stages[party] is Stage.WAITING:
                return self._dial(party)
        return []

    def _too_late(self) -> list[Action]:
        cancelled = self._cancel(Stage.RINGING)
        self._failures.append(_LATE)
        self.stages = [Stage.OVER if stage is Stage.WAITING else stage for stage in self.stages]
        return cancelled + self._unless_somebody_is_left()

    def _won(self, party: int) -> list[Action]:
        self.stages[party] = Stage.WON
        self.over = True
        return [*self._cancel(Stage.RINGING, Stage.ASKED, elsewhere=True), Won(party)]

    def _lost(self, party: int, why: Lost) -> list[Action]:
        self.stages[party] = Stage.OVER
        self._failures.append(why)
        return self._next() + self._unless_somebody_is_left()

    def _next(self) -> list[Action]:
        """Call whoever is to be called now."""
        waiting = [n for n, stage in enumerate(self.stages) if stage is Stage.WAITING]
        busy = any(map(self._called, range(len(self.stages))))
        if not waiting or (busy and self._plan.order is Order.IN_TURN):
            return []
        if self._plan.order is Order.IN_TURN or not busy:
            return self._dial(waiting[0])
        return []

    def _dial(self, party: int) -> list[Action]:
        """Call a party, and those whose turn it is now because it is this one's."""
        actions = self._called_now(party)
        at_once, stagger = self._plan.order is Order.AT_ONCE, self._plan.stagger
        for following in range(party + 1, len(self.stages)):
            if self.stages[following] is not Stage.WAITING:
                break
            called = self._plan.parties[following]
            if called.beside and called.after:
                actions.append(SetTimer(Timer(Limit.STAGGER, following), called.after))
            elif called.beside or (at_once and not stagger):
                actions += self._called_now(following)
            else:
                if at_once:
                    actions.append(SetTimer(Timer(Limit.STAGGER, following), stagger))
                break
        return actions

    def _called_now(self, party: int) -> list[Action]:
        self.stages[party] = Stage.RINGING
        own = self._plan.parties[party].seconds
        each = self._plan.each if own is None else own
        limit = [] if each is None else [SetTimer(Timer(Limit.EACH, party), each)]
        return [Dial(party), *limit]

    def _cancel(self, *stages: Stage, elsewhere: bool = False) -> list[Action]:
        actions: list[Action] = []
        for party, stage in enumerate(self.stages):
            if stage in stages:
                self.stages[party] = Stage.OVER
                actions.append(Cancel(party, elsewhere))
        return actions

    def _unless_somebody_is_left(self) -> list[Action]:
        if any(stage is not Stage.OVER for stage in self.stages):
            return []
        return self._finish(min(self._failures, key=lambda one: _WEIGHT.index(one.reached)))

    def _finish(self, how: Lost) -> list[Action]:
        self.over = True
        return [how]

    def _listen(self) -> list[Action]:
        """Let the caller hear the only one who is called, where they are heard already.

        Never one who is asked for the key, nor who would be: that is not for the caller.
        """
        called = [party for party in range(len(self.stages)) if self._called(party)]
        sole = called[0] if len(called) == 1 and called[0] in self._early else None
        if sole is not None and self._plan.parties[sole].confirm:
            sole = None
        if sole == self._heard:
            return []
        self._heard = sole
        return [Hear(sole)]
