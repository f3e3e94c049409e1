"""How long a call lasts, and waiting for what its far end does: not beyond that."""

import asyncio
from typing import TypeVar

from sipagent.errors import HungUp
from sipagent.sip.hold import Hold

Result = TypeVar("Result")


class Lifetime:
    """Of one call, as the asyncio loop sees it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.hold = Hold(loop)
        self._ended: asyncio.Future[None] = loop.create_future()

    @property
    def over(self) -> bool:
        """Whether the call is over."""
        return self._ended.done()

    def end(self) -> None:
        """Let it be over, for all who wait."""
        self._ended.set_result(None)

    async def wait_over(self) -> None:
        """Return when the call is over."""
        await asyncio.shield(self._ended)

    def check(self) -> None:
        """Go on only while it lasts.

        Raises:
            HungUp: the call is over.
        """
        if self.over:
            raise HungUp("the call is over")

    async def come(self, event: "asyncio.Future[None]") -> None:
        """Wait for what comes once; several may, and who gives up takes it from no other."""
        await self.unless_over(asyncio.shield(event))

    async def unless_over(
        self, awaited: "asyncio.Future[Result]", seconds: float | None = None
    ) -> Result:
        """Wait for a result, but not beyond the end of the call.

        The time does not run while the far end holds, and begins anew when it is back.

        Raises:
            HungUp: the call ended first.
            TimeoutError: neither came in time.
        """
        try:
            while not (awaited.done() or self.over):
                limit = None if self.hold.on else seconds
                done, _ = await asyncio.wait(
                    (awaited, self._ended, self.hold.turned),
                    timeout=limit,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    raise TimeoutError
            self.check()
            return awaited.result()
        finally:
            if not awaited.done():
                awaited.cancel()
