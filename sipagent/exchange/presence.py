"""Who rings and who talks: what the lamps of phones show of users and of parking places."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

import structlog

from sipagent.exchange.values import Kind, Ref, Target
from sipagent.telephony.lamps import Lamp
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party
from sipagent.telephony.phones import UNKNOWN, Origin, Phones, Route

#: Is told whose state is another one now.
Told = Callable[[Target], None]

log = structlog.get_logger(__name__)


class Presence:
    """The state of everybody over all their telephones, and of parking places, which are known by
    what is dialled for them (``*70``).

    A state lasts as long as the block that makes it, however that is left.
    """

    def __init__(self) -> None:
        self._rings: Counter[Target] = Counter()
        self._calls: Counter[Target] = Counter()
        self._told: list[Told] = []

    def of(self, whom: Target) -> Lamp:
        """Return what somebody is doing; who talks, does so while another telephone rings."""
        if self._calls[whom]:
            return Lamp.TALKING
        return Lamp.RINGING if self._rings[whom] else Lamp.IDLE

    def busy(self) -> frozenset[str]:
        """Return the names of the users who are in a call."""
        refs = (one for one in self._calls if isinstance(one, Ref))
        return frozenset(one.name for one in refs if one.kind is Kind.USER)

    def subscribe(self, told: Told) -> None:
        """Have each change told from now on, in the loop, as soon as it is one."""
        self._told.append(told)

    @contextlib.contextmanager
    def ringing(self, whom: Target) -> Iterator[None]:
        """Somebody rings for the length of the block."""
        with self._counted(self._rings, whom):
            yield

    @contextlib.contextmanager
    def talking(self, whom: Target) -> Iterator[None]:
        """Somebody is in a call, or a place is taken, for the length of the block."""
        with self._counted(self._calls, whom):
            yield

    @contextlib.contextmanager
    def _counted(self, counts: Counter[Target], whom: Target) -> Iterator[None]:
        self._count(counts, whom, 1)
        try:
            yield
        finally:
            self._count(counts, whom, -1)

    def _count(self, counts: Counter[Target], whom: Target, step: int) -> None:
        before = self.of(whom)
        counts[whom] += step
        if not counts[whom]:
            del counts[whom]
        if self.of(whom) is not before:
            for told in self._told:
                self._tell(told, whom)

    def _tell(self, told: Told, whom: Target) -> None:
        try:
            told(whom)
        except Exception:  # a lamp must not end the call that it shows
            log.exception("a change of presence was not told")


class Bells:
    """Phones that make whoever is called with them ring; they are ``telephony.phones.Phones``.

    Args:
        phones: the real ones.
        presence: is told who rings.
        owners: whose the parties are.
    """

    def __init__(self, phones: Phones, presence: Presence, owners: Mapping[Party, Ref]) -> None:
        self._phones = phones
        self._presence = presence
        self._owners = owners
        #: Who rings now; a bell that was silenced is no more among them.
        self._ringing: set[contextlib.ExitStack] = set()

    def routes(self, party: Party, origin: Origin = UNKNOWN) -> Sequence[Route]:
        """See Phones."""
        return self._phones.routes(party, origin)

    def moved(self, party: Party, uri: str) -> Party:
        """See Phones."""
        return self._phones.moved(party, uri)

    @contextlib.asynccontextmanager
    async def dialling(
        self, party: Party, origin: Origin = UNKNOWN, route: Route | None = None
    ) -> AsyncIterator[Leg]:
        """Call a party, and let its owner ring meanwhile, or until it is silenced."""
        with self._ring(party):
            async with self._phones.dialling(party, origin, route) as leg:
                yield leg

    def silence(self) -> None:
        """Let nobody ring any more: the call was taken, and its winner talks by now."""
        for bell in list(self._ringing):
            bell.close()

    @contextlib.contextmanager
    def _ring(self, party: Party) -> Iterator[None]:
        with contextlib.ExitStack() as bell:
            if (owner := self._owners.get(party)) is not None:
                bell.enter_context(self._presence.ringing(owner))
            self._ringing.add(bell)
            bell.callback(self._ringing.discard, bell)
            yield
