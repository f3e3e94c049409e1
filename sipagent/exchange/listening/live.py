"""The conversations that go on just now: who talks with whom, and since when."""

import contextlib
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sipagent.exchange.about import About
from sipagent.scenario.talk import Facts, Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody whose conversations are listened to, whichever they have.

    Args:
        name: how records show them.
        user: of the house; empty: nobody's, and so only one ``leg`` is theirs.
        leg: its Call-ID.
    """

    name: str
    user: str = ""
    leg: str = ""

    @classmethod
    def of(cls, member: Member) -> "Whom":
        """Return a member of a conversation as somebody to be followed."""
        return cls(member.name, member.user, "" if member.user else member.leg.sip_id)

    def has(self, member: Member) -> bool:
        """Whether a member is this one."""
        if self.user:
            return member.user == self.user
        return member.leg.sip_id == self.leg


class LiveCall:
    """One conversation; attends to it (``switching.attending.Attending``).

    Args:
        record: the leg whose record tells of it.
        facts: of that call.
        calls: all of them.
    """

    def __init__(self, record: Leg, facts: Facts, calls: "LiveCalls") -> None:
        self.record = record
        self._facts = facts
        self._calls = calls
        self.began = datetime.now(UTC)
        #: Those who hear each other, or did last; and whether they do.
        self.members: Sequence[Member] = ()
        self.talking = False
        #: Those whose telephones hold: the others hear music.
        self.holding: Collection[Member] = ()
        #: Who listens in, and how.
        self.listeners: list[tuple[str, str]] = []
        #: Grows from one joining to the next, over all calls.
        self.turn = 0

    @property
    def about(self) -> About:
        """What it belongs to."""
        return self._facts.get(About) or About()

    @property
    def agent(self) -> Member | None:
        """Who of the members is listened to: who was called, if of the house, else who has called
        from there, else who was called; None: nobody has met yet.
        """
        of_the_house = [member for member in self.members if member.user]
        return next(reversed(of_the_house or self.members), None)

    def member(self, whom: Whom) -> Member | None:
        """Return somebody as a member of it."""
        return next((one for one in self.members if whom.has(one)), None)

    def joined(self, members: Sequence[Member]) -> None:
        """See ``Attending``."""
        self.members, self.talking, self.holding = members, True, ()
        self.turn = self._calls.next_turn()
        self._calls.tell()

    def held(self, holding: Collection[Member]) -> None:
        """See ``Attending``."""
        self.holding = holding
        self._calls.tell()

    def parted(self) -> None:
        """See ``Attending``."""
        self.talking, self.holding = False, ()
        self._calls.tell()

    def over(self) -> None:
        """See ``Attending``."""
        self._calls.forget(self)


class LiveCalls:
    """All conversations, in the order in which they have begun."""

    def __init__(self) -> None:
        self._all: list[LiveCall] = []
        self._turns = itertools.count(1)
        self._told: list[Callable[[], None]] = []

    def __iter__(self) -> Iterator[LiveCall]:
        """Yield them; those of a moment ago where some begin or end meanwhile."""
        return iter(list(self._all))

    def attend(self, record: Leg, talk: Talk) -> LiveCall:
        """Attend to a conversation that begins (``attendance.Attends``)."""
        call = LiveCall(record, talk.facts, self)
        self._all.append(call)
        return call

    def of(self, whom: Whom) -> LiveCall | None:
        """Return the conversation in which somebody talks; None: they talk with nobody.

        Of several it is one that their own telephone does not hold, and the last that was joined.
        """

        def order(call: LiveCall) -> tuple[bool, int]:
            return not any(whom.has(one) for one in call.holding), call.turn

        found = [one for one in self._all if one.talking and one.member(whom) is not None]
        return max(found, key=order, default=None)

    def after(self, call: LiveCall | None, *, without: str) -> LiveCall | None:
        """Return the next one in which somebody talks, after the last one the first again.

        Args:
            call: after which; None: the first.
            without: a user whose own ones are left out.
        """
        at = self._all.index(call) + 1 if call in self._all else 0
        for one in (*self._all[at:], *self._all[:at]):
            if one.talking and not any(member.user == without for member in one.members):
                return one
        return None

    @contextlib.contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Have somebody told for the length of the block whenever anything changes."""
        self._told.append(told)
        try:
            yield
        finally:
            self._told.remove(told)

    def next_turn(self) -> int:
        """Return a number that is greater than all before."""
        return next(self._turns)

    def tell(self) -> None:
        """Tell whoever watches that something has changed."""
        for told in self._told:
            told()

    def forget(self, call: LiveCall) -> None:
        """Know of a conversation no longer."""
        self._all.remove(call)
        self.tell()
