"""How many stay on pages at the same time: staff, and strangers, who take no place of theirs."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from sipagent.panel.guard import Refused

#: Browsers that hear events, or have a channel, at the same time.
STAFF, STRANGERS = 200, 500
#: Those of strangers at one address, such as an office.
OF_ADDRESS = 50


class Places:
    """Counts those who stay."""

    def __init__(self) -> None:
        self._staff = 0
        self._strangers = Counter[str]()

    def require(self, stranger: str | None = None) -> None:
        """See that there is a place.

        Args:
            stranger: where a stranger is; None: it is somebody of the staff.

        Raises:
            Refused: all of them are taken.
        """
        if stranger is None:
            full = self._staff >= STAFF
        else:
            full = self._strangers[stranger] >= OF_ADDRESS or self._strangers.total() >= STRANGERS
        if full:
            raise Refused(503, "refused.busy")

    @contextlib.contextmanager
    def taken(self, stranger: str | None = None) -> Iterator[None]:
        """Take a place for the length of the block."""
        if stranger is None:
            self._staff += 1
        else:
            self._strangers[stranger] += 1
        try:
            yield
        finally:
            if stranger is None:
                self._staff -= 1
            else:
                self._strangers[stranger] -= 1
                if not self._strangers[stranger]:
                    del self._strangers[stranger]
