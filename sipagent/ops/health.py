"""Whether the line is well: what monitoring asks, put together from the parts of the daemon."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from sipagent import __version__
from sipagent.errors import SipAgentError
from sipagent.ops.metrics import WORKING, State, TrunkState

#: Seconds that PJSIP's thread gets for one turn before it counts as stuck.
_TURN = 2.0
#: Seconds for which the counts of the outbox are taken as true.
_FRESH = 5.0

log = structlog.get_logger(__name__)


def _no_trunks() -> Sequence[TrunkState]:
    return ()


def _none_refused() -> Mapping[str, int]:
    return {}


@dataclass
class Health:
    """Asks the parts of the daemon how they are.

    Args:
        turn: returns after a turn of PJSIP's thread.
        hindrances: why no new call is taken just now; empty where they are.
        calls: number of live calls.
        outbox: counts of the outbox; blocks, so it is asked in a thread.
        trunks: the trunks and their registrations.
        refused: calls and requests turned away, by reason.
    """

    turn: Callable[[], Awaitable[object]]
    hindrances: Callable[[], list[str]]
    calls: Callable[[], int]
    outbox: Callable[[], Mapping[str, int]]
    trunks: Callable[[], Sequence[TrunkState]] = _no_trunks
    refused: Callable[[], Mapping[str, int]] = _none_refused
    _started: float = field(default_factory=time.monotonic)
    _outbox: Mapping[str, int] = field(default_factory=dict)
    _outbox_read: float = -_FRESH
    _reading: "asyncio.Task[None] | None" = None

    async def live(self) -> bool:
        """Whether the asyncio loop and PJSIP's thread both turn."""
        try:
            async with asyncio.timeout(_TURN):
                await self.turn()
        except TimeoutError:
            return False
        return True

    def reasons(self) -> list[str]:
        """Return why a new call would not be served; empty where it would."""
        reasons = self.hindrances()
        trunks = self.trunks()
        if trunks and not any(trunk.state in WORKING for trunk in trunks):
            reasons += [f"trunk {trunk.name}: {trunk.state} {trunk.reason}" for trunk in trunks]
        return [reason.strip() for reason in reasons]

    async def state(self) -> State:
        """Return the line as it is now; the outbox may be some seconds old."""
        await self._refresh_outbox()
        return State(
            ready=not self.reasons(),
            calls=self.calls(),
            trunks=self.trunks(),
            refused=self.refused(),
            outbox=self._outbox,
        )

    async def status(self) -> dict[str, Any]:
        """Return the line as JSON values, for ``sipagent status``."""
        state = await self.state()
        return {
            "version": __version__,
            "uptime_seconds": round(time.monotonic() - self._started, 1),
            "calls": state.calls,
            "ready": state.ready,
            "reasons": self.reasons(),
            "trunks": [_trunk(trunk) for trunk in state.trunks],
            "refused": dict(state.refused),
            "outbox": dict(state.outbox),
        }

    async def _refresh_outbox(self) -> None:
        """Read the outbox where its counts are old; scrapes that come together share it."""
        if time.monotonic() - self._outbox_read < _FRESH:
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_outbox())
        await asyncio.shield(self._reading)

    async def _read_outbox(self) -> None:
        try:
            self._outbox = await asyncio.to_thread(self.outbox)
        except SipAgentError as error:
            log.warning("outbox cannot be counted", reason=str(error))
        self._outbox_read = time.monotonic()


def _trunk(trunk: TrunkState) -> dict[str, Any]:
    return {
        "name": trunk.name,
        "state": trunk.state,
        "since": trunk.since.isoformat(timespec="seconds"),
        "expires": trunk.expires,
        "reason": trunk.reason,
        "server": trunk.server,
    }
