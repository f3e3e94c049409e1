"""What comes from outside without end is taken at a pace."""

import time
from collections.abc import Callable


class Limit:
    """Lets ``burst`` pass at once and one more a second, and counts the others."""

    def __init__(self, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._clock = clock
        self._tokens, self._seen, self._dropped = burst, clock(), 0

    def pass_one(self) -> tuple[bool, int]:
        """Return whether one passes, and how many have not since the last that did."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + now - self._seen)
        self._seen = now
        if self._tokens < 1:
            self._dropped += 1
            return False, 0
        self._tokens -= 1
        dropped, self._dropped = self._dropped, 0
        return True, dropped
