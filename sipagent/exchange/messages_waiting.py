"""Whose messages wait, in the boxes of users and of the groups that they are in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.values import Kind, Ref
from sipagent.telephony.lamps import Messages

#: Returns how many new messages a box holds, and how many saved ones; asked in the loop.
Counts = Callable[[str], tuple[int, int]]


class Waiting:
    """The messages of everybody, as the lamps of their phones show them.

    What the boxes hold is asked where it may have changed, and remembered, so that ``of`` may be
    asked in any thread.

    Args:
        there: returns the exchange as it is now.
        counts: of a box, by its name.
    """

    def __init__(self, there: Callable[[], Snapshot], counts: Counts) -> None:
        self._there = there
        self._counts = counts
        #: By account.
        self._messages: dict[str, Messages] = {}
        self._told: list[Callable[[str], None]] = []

    def of(self, account: str) -> Messages:
        """Return the messages of whose phone has an account."""
        return self._messages.get(account, Messages())

    def subscribe(self, told: Callable[[str], None]) -> None:
        """Have each account told whose messages are others now, in the loop."""
        self._told.append(told)

    def changed(self, box: str) -> None:
        """Ask again what the people of a box have, and tell their phones."""
        self._ask({account: boxes for account, boxes in self._boxes() if box in boxes})

    def refresh(self) -> None:
        """Ask again what everybody has: at the start, and where the exchange has changed."""
        self._ask(dict(self._boxes()))

    def _ask(self, asked: Mapping[str, Sequence[str]]) -> None:
        counts = cache(self._counts)
        for account, boxes in asked.items():
            messages = Messages(*map(sum, zip((0, 0), *map(counts, boxes), strict=True)))
            if messages != self.of(account):
                self._messages[account] = messages
                for told in self._told:
                    told(account)

    def _boxes(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield each account with the boxes whose messages are its user's."""
        exchange = self._there().exchange
        for phone in exchange.phones:
            me = str(Ref(Kind.USER, phone.user))
            mine = {me}
            for group in exchange.groups:
                if me in group.members:
                    mine.add(str(Ref(Kind.GROUP, group.name)))
            yield phone.account, [box.name for box in exchange.boxes if box.owner in mine]
