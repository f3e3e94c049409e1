"""Whether the line is well: what monitoring asks, put together from the parts of the daemon."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from sipagent import __version__, tasks, times
from sipagent.ops.metrics import WORKING, State, TrunkState
from sipagent.threads import STORE

#: Seconds that PJSIP's thread gets for one turn before it counts as stuck.
_TURN = 2.0
#: Seconds for which what was read from the database is taken as true.
_FRESH = 5.0
#: Seconds after which a database that has not answered is a reason to be worried.
_STORE = 2.0

log = structlog.get_logger(__name__)


def _no_trunks() -> Sequence[TrunkState]:
    return ()


def _none_refused() -> Mapping[str, int]:
    return {}


async def _takes_all() -> None:
    """Take what nobody writes."""


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
        phones: number of places where phones are registered.
        phones_refused: attempts to register that were refused, by reason.
        lamps: number of lamps that phones have subscribed to.
        store: writes to the database, and raises where that fails; asked in a thread.
    """

    turn: Callable[[], Awaitable[object]]
    hindrances: Callable[[], list[str]]
    calls: Callable[[], int]
    outbox: Callable[[], Mapping[str, int]]
    trunks: Callable[[], Sequence[TrunkState]] = _no_trunks
    refused: Callable[[], Mapping[str, int]] = _none_refused
    phones: Callable[[], int] = int
    phones_refused: Callable[[], Mapping[str, int]] = _none_refused
    lamps: Callable[[], int] = int
    store: Callable[[], Awaitable[None]] = _takes_all
    _started: float = field(default_factory=time.monotonic)
    _outbox: Mapping[str, int] = field(default_factory=dict)
    #: What is wrong with the database; empty where nothing is.
    _trouble: str = ""
    _looked: float = -_FRESH
    _looking: "asyncio.Task[None] | None" = None

    async def live(self) -> bool:
        """Whether the asyncio loop and PJSIP's thread both turn."""
        try:
            async with asyncio.timeout(_TURN):
                await self.turn()
        except TimeoutError:
            return False
        return True

    async def reasons(self) -> list[str]:
        """Return why a new call would not be served as it should; empty where it would."""
        await self._look()
        reasons = self.hindrances()
        if self._trouble:
            reasons.append(self._trouble)
        reasons += [
            f"{one.name} does not go on, and is started again: see the log"
            for one in tasks.standings()
            if not one.well
        ]
        trunks = self.trunks()
        if trunks and not any(trunk.state in WORKING for trunk in trunks):
            reasons += [f"trunk {trunk.name}: {trunk.state} {trunk.reason}" for trunk in trunks]
        return [reason.strip() for reason in reasons]

    async def state(self) -> State:
        """Return the line as it is now; what is in the database may be some seconds old."""
        return State(
            ready=not await self.reasons(),
            calls=self.calls(),
            trunks=self.trunks(),
            refused=self.refused(),
            phones=self.phones(),
            phones_refused=self.phones_refused(),
            lamps=self.lamps(),
            outbox=self._outbox,
            tasks=tasks.standings(),
        )

    async def status(self) -> dict[str, Any]:
        """Return the line as JSON values, for ``sipagent status``."""
        state = await self.state()
        return {
            "version": __version__,
            "uptime_seconds": round(time.monotonic() - self._started, 1),
            "calls": state.calls,
            "ready": state.ready,
            "reasons": await self.reasons(),
            "trunks": [_trunk(trunk) for trunk in state.trunks],
            "refused": dict(state.refused),
            "phones": state.phones,
            "phones_refused": dict(state.phones_refused),
            "lamps": state.lamps,
            "outbox": dict(state.outbox),
            "tasks": {one.name: _task(one) for one in state.tasks},
        }

    async def _look(self) -> None:
        """Look at the database where that was long ago; who asks at the same time shares it."""
        if time.monotonic() - self._looked < _FRESH:
            return
        if self._looking is None or self._looking.done():
            self._looking = tasks.begin(self._look_now(), "look-at-database")
        await asyncio.wait((self._looking,), timeout=_STORE)
        if not self._looking.done():
            self._trouble = "the database does not answer"

    async def _look_now(self) -> None:
        try:
            self._outbox = await STORE.run(self.outbox)
            await self.store()
        except Exception as error:  # whatever it is, callers would meet it as well
            log.error("the database cannot be used", reason=str(error))
            self._trouble = str(error)
        else:
            self._trouble = ""
        self._looked = time.monotonic()


def _task(standing: tasks.Standing) -> dict[str, Any]:
    return {"well": standing.well, "failures": standing.failures}


def _trunk(trunk: TrunkState) -> dict[str, Any]:
    return {
        "name": trunk.name,
        "state": trunk.state,
        "since": times.stored(trunk.since, "seconds"),
        "expires": trunk.expires,
        "reason": trunk.reason,
        "server": trunk.server,
    }
