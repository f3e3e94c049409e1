"""Calls those into rooms who are to be called, each at its time, and once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from sipagent import tasks
from sipagent.domain import LineClosed, Originating
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.rooms.calling_in import CallingIn
from sipagent.exchange.rooms.invitations import Invitation, Invitations, Outcome
from sipagent.exchange.values import Kind, Ref, target_of
from sipagent.scenario.engine import Walk
from sipagent.scenario.model import Scenario
from sipagent.store.store import Store
from sipagent.telephony.party import Caller

#: After this time nobody is called any more whom a line that did not run should have called.
_FRESH = timedelta(minutes=10)
#: Seconds between two looks at whose time has come.
_LOOK = 1.0

log = structlog.get_logger(__name__)


class Inviting:
    """Makes the calls; what was planned stands in the database, whoever has planned it.

    Args:
        store: with the migrations ``rooms``.
        there: returns the exchange as it is now.
        clock: returns the time.
    """

    def __init__(
        self,
        store: Store,
        there: Callable[[], Exchange],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._there = there
        self._clock = clock
        self._watch: tasks.Lasting | None = None
        self._calls: set[asyncio.Task[None]] = set()

    def opened(self, line: Originating) -> None:
        """Call people from now on."""

        async def watch() -> None:
            await self._end_interrupted()
            while True:
                await self.look(line)
                await asyncio.sleep(_LOOK)

        self._watch = tasks.last(watch, "invitations")

    async def stop(self) -> None:
        """Call nobody any more; the calls are over, and what became of them is written down."""
        if self._watch is not None:
            await self._watch.stop()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def look(self, line: Originating) -> None:
        """Begin with those whose time has come."""
        now = self._clock()
        for one in await self._store.read(lambda db: Invitations(db).due(now)):
            if now - datetime.fromisoformat(one.at) > _FRESH:
                await self._end(one, Outcome.LATE)
                continue
            task = tasks.begin(self._call(one, line), f"invitation-{one.id}")
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _end_interrupted(self) -> None:
        """End those that an earlier run was calling when it died: nobody is called twice."""
        under_way = {task.get_name() for task in self._calls}
        for one in await self._store.read(lambda db: Invitations(db).begun()):
            if f"invitation-{one.id}" not in under_way:
                await self._end(one, Outcome.INTERRUPTED)

    async def _call(self, one: Invitation, line: Originating) -> None:
        # The disk knows it before the first telephone rings.
        if not await self._store.write(lambda db: Invitations(db).begin(one.id), durable=True):
            return
        calling = CallingIn(one)
        try:
            call = line.originate(self._walk(one, calling), Caller(None), one.room)
        except LineClosed:  # who starts the line again makes the call
            await self._store.write(lambda db: Invitations(db).wait(one.id), durable=True)
            return
        try:
            await asyncio.wait((call,))
        finally:
            await tasks.to_the_end(
                self._end(one, calling.outcome or Outcome.INTERRUPTED), f"end-invitation-{one.id}"
            )

    async def _end(self, one: Invitation, outcome: str) -> None:
        now = self._clock()
        await self._store.write(lambda db: Invitations(db).end(one.id, outcome, now), durable=True)
        log.info("an invitation is over", invitation=one.id, room=one.room, outcome=str(outcome))

    def _walk(self, one: Invitation, calling: CallingIn) -> Walk:
        target = target_of(one.target)
        name = target.name if isinstance(target, Ref) and target.kind is Kind.USER else one.user
        user = self._there().find("users", name)
        language = user.language if isinstance(user, User) else "pl"
        steps, routes = {calling.name: calling}, {calling.name: dict[str, str]()}
        return Walk(Scenario(Path(), calling.name, (language,), {}, calling.name, steps, routes))
