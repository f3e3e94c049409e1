"""Whether the far end holds the call, and a clock that stands still meanwhile."""

import asyncio


class Hold:
    """Hold and resume (RFC 3264, section 8.4) as seen from the asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._since: float | None = None
        self._spent = 0.0
        #: Is done at the next hold or resume; then there is another one.
        self.turned: asyncio.Future[None] = loop.create_future()

    @property
    def on(self) -> bool:
        """Whether the far end holds now."""
        return self._since is not None

    def turn(self, *, on: bool) -> None:
        """Hold or resume."""
        now = self._loop.time()
        if self._since is not None:
            self._spent += now - self._since
        self._since = now if on else None
        turned, self.turned = self.turned, self._loop.create_future()
        turned.set_result(None)

    def clock(self) -> float:
        """Return seconds that go on only while the far end does not hold."""
        now = self._loop.time() if self._since is None else self._since
        return now - self._spent
