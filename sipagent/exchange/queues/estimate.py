"""How long somebody who waits will wait still: from what was measured, or nothing."""

import math
import statistics
from collections import defaultdict, deque
from collections.abc import Iterable

#: So many of the last waits count, and below so many nothing is said.
LATEST, FEWEST = 20, 5


class Estimates:
    """The last waits that an answer has ended, by queue.

    What one place in the line has taken is what was waited, by the place at arrival; the median of
    that is what each place will take.
    """

    def __init__(self) -> None:
        self._paces: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))

    def take(self, queue: str, waited: float, place: int) -> None:
        """Take one more: seconds, and the place at arrival, from 1."""
        self._paces[queue].append(waited / place)

    def take_all(self, waits: Iterable[tuple[str, float, int]]) -> None:
        """Take several, the oldest first."""
        for queue, waited, place in waits:
            self.take(queue, waited, place)

    def minutes(self, queue: str, place: int) -> int | None:
        """Return how many minutes are left at most, 0 for less than one; None: not known."""
        paces = self._paces.get(queue, ())
        if len(paces) < FEWEST:
            return None
        seconds = statistics.median(paces) * place
        return 0 if seconds < 60 else math.ceil(seconds / 60)
