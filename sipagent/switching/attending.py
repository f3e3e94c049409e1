"""Who attends to what people say to each other, and is told who talks with whom now.

Recording, listening in and lists of live calls do. Whoever makes people talk tells them:
``switching.connection`` does for two.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import structlog

from sipagent.switching.member import Member

log = structlog.get_logger(__name__)


class Attending(Protocol):
    """Attends to one conversation, from when its members meet until one of them is left alone.

    It is told in the loop, in the order in which things happen, and returns at once.
    """

    def joined(self, members: Sequence[Member]) -> None:
        """These hear each other from now on, and nobody else; the one who has called comes first.

        Told anew whenever somebody has come or gone, also where two who have parted are back. One
        who was lent is another member with the same leg.
        """

    def held(self, holding: Collection[Member]) -> None:
        """The telephones of these members hold, and the others hear music.

        Told between ``joined`` and ``parted``, whenever that changes. Nobody: all hear each other.
        """

    def parted(self) -> None:
        """They hear each other no longer: one has gone, waits, or is put through to others."""

    def over(self) -> None:
        """Nobody will be joined any more; told once, and last."""


class Audience:
    """All who attend to one conversation; ``Attending`` itself.

    Args:
        attending: they; a fault of one ends neither the conversation nor the others.
    """

    def __init__(self, attending: Sequence[Attending] = ()) -> None:
        self._attending = attending

    def joined(self, members: Sequence[Member]) -> None:
        """See ``Attending``."""
        self._tell(lambda one: one.joined(members))

    def held(self, holding: Collection[Member]) -> None:
        """See ``Attending``."""
        self._tell(lambda one: one.held(holding))

    def parted(self) -> None:
        """See ``Attending``."""
        self._tell(lambda one: one.parted())

    def over(self) -> None:
        """See ``Attending``."""
        self._tell(lambda one: one.over())

    def _tell(self, what: Callable[[Attending], None]) -> None:
        for one in self._attending:
            try:
                what(one)
            except Exception:
                log.exception("a change of a conversation was not told")


#: Nobody attends.
NOBODY = Audience()
