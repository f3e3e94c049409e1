"""Calls that have come in, handed over once it is known where their answers go."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from sipagent import tasks
from sipagent.sip.leg import SipLeg
from sipagent.sip.locate import is_address
from sipagent.threads import NAMES, STRANGERS, Threads

#: Seconds that the DNS gets to say where answers to a call go.
_NAMES = 3.0

log = structlog.get_logger(__name__)


class Introductions:
    """Hands calls over, in the asyncio loop.

    Args:
        look_up: finds the address of a host, in certain threads, for PJSIP.
        on_call: takes the calls; None: nobody does.
    """

    def __init__(
        self,
        look_up: Callable[[str, Threads], Awaitable[bool]],
        on_call: Callable[[SipLeg], None] | None,
    ) -> None:
        self._look_up = look_up
        self._on_call = on_call
        self._waiting: dict[asyncio.Task[None], SipLeg] = {}

    def begin(self, call: SipLeg, hosts: Sequence[str]) -> None:
        """Hand a call over; first look up the hosts of its answers that are not addresses."""
        if self._on_call is None:
            return
        names = [host for host in hosts if not is_address(host)]
        if not names:
            self._on_call(call)
            return
        task = tasks.begin(self._later(call, names, self._on_call), f"names-{call.id}")
        self._waiting[task] = call
        task.add_done_callback(lambda done: self._waiting.pop(done, None))

    async def refuse(self, retry_after: int) -> None:
        """Refuse those that still wait (503); they may come again in so many seconds."""
        waiting, self._waiting = self._waiting, {}
        for task, call in waiting.items():
            task.cancel()
            await call.refuse(503, retry_after)

    async def _later(
        self, call: SipLeg, names: Sequence[str], on_call: Callable[[SipLeg], None]
    ) -> None:
        threads = NAMES if call.trunk else STRANGERS
        try:
            async with asyncio.timeout(_NAMES):
                for name in names:
                    await self._look_up(name, threads)
        except TimeoutError:
            log.warning("the DNS does not know in time where a call comes from")
        on_call(call)
