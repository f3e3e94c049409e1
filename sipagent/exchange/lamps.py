"""What the lamps of the exchange's phones show; ``telephony.lamps.Lamps`` fits."""

from collections.abc import Callable, Iterator

from sipagent.exchange.attendant import PLACE
from sipagent.exchange.directory import Directory, Snapshot
from sipagent.exchange.messages_waiting import Waiting
from sipagent.exchange.model import User
from sipagent.exchange.presence import Presence
from sipagent.exchange.values import Kind, Target
from sipagent.telephony.lamps import Lamp, Messages


class HouseLamps:
    """Knows who has which number, who rings and talks, and whose messages wait."""

    def __init__(self, directory: Directory, presence: Presence, waiting: Waiting) -> None:
        self._directory = directory
        self._presence = presence
        self._waiting = waiting

    def lamp(self, dialled: str) -> Lamp | None:
        """See Lamps; groups, boxes and short codes have none."""
        if PLACE.fullmatch(dialled):
            return self._presence.of(dialled)
        ref = self._directory.extension(dialled)
        return self._presence.of(ref) if ref is not None and ref.kind is Kind.USER else None

    def messages(self, account: str) -> Messages:
        """See Lamps."""
        return self._waiting.of(account)

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        """See Lamps."""

        def told(whom: Target) -> None:
            if number := self._number(whom):
                lamp(number)

        def changed(before: Snapshot) -> None:
            for number in _others(before, self._directory.now):
                lamp(number)
            self._waiting.refresh()

        self._presence.subscribe(told)
        self._waiting.subscribe(messages)
        self._directory.subscribe(changed)

    def _number(self, whom: Target) -> str:
        """Return what is dialled for somebody who has a lamp; empty where nobody does."""
        if isinstance(whom, str):
            return whom
        user = self._directory.now.exchange.find("users", whom.name)
        return user.number if whom.kind is Kind.USER and isinstance(user, User) else ""


def _others(before: Snapshot, now: Snapshot) -> Iterator[str]:
    """Yield the numbers that somebody else has now, or nobody."""
    for number in before.extensions.keys() | now.extensions.keys():
        if before.extensions.get(number) != now.extensions.get(number):
            yield number
