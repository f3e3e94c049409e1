"""Wrong passwords of phones: who has sent too many has to wait, an address as an account.

What callers key in is counted in ``sipagent.access``, in the database. This is for the thread of
PJSIP, which waits for nobody: it is kept in memory, and forgotten with the program.
"""

import time
from collections.abc import Callable

from sipagent.config import LoginSection

#: More are not kept, however many addresses and names somebody makes up.
_MOST = 20_000


class Streaks:
    """Failures in a row, of whoever they are counted for.

    Args:
        settings: how often one may err, and how long one waits then.
        clock: seconds that only grow.
    """

    def __init__(self, settings: LoginSection, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        #: Failures and when the last one was; who failed longest ago stands first.
        self._streaks: dict[str, tuple[int, float]] = {}

    def use(self, settings: LoginSection) -> None:
        """Let phones err as often as other settings say."""
        self._settings = settings

    def wait(self, whose: str) -> float:
        """Return how many seconds one has to wait still; 0 where one is free."""
        if (streak := self._streaks.get(whose)) is None:
            return 0.0
        failures, at = streak
        return max(0.0, at + self._settings.wait_after(failures) - self._clock())

    def count(self, whose: str) -> None:
        """Add a failure."""
        failures, at = self._streaks.pop(whose, (0, 0.0))
        if self._clock() > at + self._settings.wait_after(failures) + self._settings.longest_wait:
            failures = 0
        elif len(self._streaks) >= _MOST:
            del self._streaks[next(iter(self._streaks))]
        self._streaks[whose] = failures + 1, self._clock()

    def forget(self, whose: str) -> None:
        """End a streak."""
        self._streaks.pop(whose, None)
