"""Keys that a far end has pressed, and that nobody has asked for yet (type-ahead)."""

import asyncio
from collections import deque
from typing import Literal

from sipagent.sip.lifetime import Lifetime
from sipagent.telephony.leg import Conceal

#: Keys that are kept while nobody asks for them.
_TYPE_AHEAD = 64


class Keys:
    """Of one call, in the order in which they were pressed."""

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        #: Which of those to come are kept out of records and logs.
        self.conceal = Conceal.NONE
        #: How many have come so far.
        self.count = 0
        self._kept: deque[str] = deque(maxlen=_TYPE_AHEAD)
        self._came = asyncio.Event()

    @property
    def ahead(self) -> bool:
        """Whether one waits to be asked for."""
        return bool(self._kept)

    def put(self, digit: str) -> bool:
        """Keep one that has come; return whether it is to be concealed."""
        self.count += 1
        secret = self.conceal is Conceal.ALL or (
            self.conceal is Conceal.AHEAD and "#" in self._kept
        )
        self._kept.append(digit)
        self._came.set()
        return secret

    def drop(self) -> None:
        """Forget those that nobody has asked for."""
        self._kept.clear()

    def another(self) -> "asyncio.Future[Literal[True]]":
        """Return what is done when one comes that has not come yet."""
        self._came.clear()  # at once: one may come before the task takes its turn
        return asyncio.ensure_future(self._came.wait())

    async def next(self, seconds: float | None = None) -> str:
        """Return the next one.

        Raises:
            HungUp: the call ended first.
            TimeoutError: none came in time.
        """
        while not self._kept:
            await self._lifetime.unless_over(self.another(), seconds)
        return self._kept.popleft()
