"""Where callers wait who were parked, until somebody fetches them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sipagent.switching.member import Loan, Member


class Taken(Exception):
    """Somebody waits there already."""


class Lot:
    """The parking places, each for one caller at a time.

    Args:
        shown: shows for a block that somebody waits at a place.
    """

    def __init__(
        self, shown: Callable[[str], AbstractContextManager[None]] = lambda place: nullcontext()
    ) -> None:
        self._shown = shown
        self._waiting: dict[str, tuple[str, Loan]] = {}

    def at(self, place: str) -> str:
        """Return the name of who waits at a place; empty: nobody."""
        return self._waiting[place][0] if place in self._waiting else ""

    @contextmanager
    def parked(self, place: str, name: str) -> Iterator[Loan]:
        """Let somebody wait at a place for the block; who fetches them is given by the loan.

        Raises:
            Taken: the place is somebody else's.
        """
        if place in self._waiting:
            raise Taken
        loan = Loan()
        self._waiting[place] = name, loan
        try:
            with self._shown(place):
                yield loan
        finally:
            if self._waiting.get(place, ("", None))[1] is loan:
                del self._waiting[place]

    def fetch(self, place: str, member: Member) -> Loan | None:
        """Connect a member with who waits at a place, and return what tells how long it lasts.

        None: nobody waits there (any more).
        """
        _, loan = self._waiting.pop(place, ("", None))
        if loan is not None:
            loan.give(member)
        return loan
