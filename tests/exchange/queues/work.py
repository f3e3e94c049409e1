"""A firm whose queue is at work, without a network: what is posted is written at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import sqlite_utils

from sipagent.domain import Handler
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.journal import Journal
from sipagent.exchange.queues.logins import MISSED_CALLS, Logins
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.schema import exchange
from sipagent.exchange.values import Ref
from sipagent.store.database import open_database
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller
from tests.exchange.house import CONTACTS, FIRM, MAIN, House

Result = TypeVar("Result")

ANNA, JAN, EWA = (Ref.of(f"user:{name}") for name in ("Anna Nowak", "Jan Kowal", "Ewa Lis"))


def firm(**fields: Any) -> Exchange:
    """The firm with a queue for Anna and Ewa, to which its number leads."""
    usual = {"name": "Serwis", "number": "1000", "members": (str(ANNA), str(EWA)), "announce": 0}
    queue = Queue.model_validate({**usual, "strategy": "in-order", "whisper": False, **fields})
    numbers = tuple(
        one.model_copy(update={"leads_to": "queue:Serwis"}) if one.number == MAIN else one
        for one in FIRM.numbers
    )
    return FIRM.model_copy(update={"queues": (queue,), "numbers": numbers})


class Ledger:
    """A store that writes at once; ``store.Store`` as far as the journal uses it."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self.db = db

    def post(self, sql: str, values: Sequence[Any]) -> None:
        self.db.execute(sql, list(values))
        self.db.conn.commit()

    async def write(
        self, work: Callable[[sqlite_utils.Database], Result], *, durable: bool = False
    ) -> Result:
        with self.db.atomic():
            return work(self.db)

    async def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        return work(self.db)


class Line:
    """Makes the line's own calls; ``domain.Originating``."""

    def __init__(self, work: "Work", tones: Path) -> None:
        self._work = work
        self._tones = tones
        self.calls: list[OwnLeg] = []

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        call = OwnLeg(f"own-{len(self.calls) + 1}", caller)
        self.calls.append(call)
        return asyncio.create_task(self._handled(call, handler))

    async def _handled(self, call: OwnLeg, handler: Handler) -> None:
        talk = self._work.talk(self._tones, handler.languages[0])
        await handler.run(call, talk, longest=3600.0, closing=asyncio.Event())


class Work(House):
    """The firm, whose dispatcher is at work within ``async with work.begun(...)``."""

    def __init__(
        self,
        callees: Mapping[str, Callee] | None = None,
        contacts: Mapping[str, Sequence[str]] = CONTACTS,
        there: Exchange | None = None,
    ) -> None:
        super().__init__(callees or {}, contacts, there or firm())
        #: Who was paused by the line, and for which queue.
        self.told: list[tuple[Ref, str]] = []

    @contextlib.asynccontextmanager
    async def begun(self, folder: Path) -> AsyncIterator["Work"]:
        """Let the dispatcher work for the block, with a database in a folder."""
        db = open_database(folder / "line.db", [exchange, queues])
        editing.replace(db, self.exchange)
        self.db = db
        store: Any = Ledger(db)
        journal = Journal(store)
        self.dispatcher = Dispatcher(self.board, lambda: self.snapshot, store, journal, self._pause)
        self.board.queueing = self.dispatcher.waiting
        self.dispatcher.begin(await journal.open())
        running = asyncio.create_task(self.dispatcher.run())
        try:
            yield self
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.dispatcher.stop()
            db.close()

    async def open(self, tones: Path) -> Line:
        """Let the line make calls of its own."""
        line = Line(self, tones)
        await self.dispatcher.callbacks.opened(line)
        return line

    def log_in(self, queue: str, member: Ref, *, there: bool) -> None:
        """Log somebody in or out."""
        logins = self.snapshot.logins
        self._change(replace(logins, there={**logins.there, (queue, member): there}))

    def pause(self, member: Ref, why: str) -> None:
        """Pause somebody; an empty reason ends that."""
        pauses = {**self.snapshot.logins.pauses, member: why}
        self._change(replace(self.snapshot.logins, pauses={k: v for k, v in pauses.items() if v}))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the journal says."""
        return self.db.execute(sql).fetchall()

    async def _pause(self, member: Ref, queue: Queue) -> None:
        self.told.append((member, queue.name))
        self.pause(member, MISSED_CALLS)

    def _change(self, logins: Logins) -> None:
        self.snapshot = replace(self.snapshot, logins=logins)
        self.dispatcher.changed()


def caller(number: str = "+48600700700", name: str = "a", script: Sequence[Any] = ()) -> FakeLeg:
    """Somebody who calls the firm's number."""
    return FakeLeg(
        script,
        id=f"call-{name}",
        sip_id=f"sip-{name}",
        caller=Caller(number),
        called=MAIN,
        trunk="carrier",
        sleep=asyncio.sleep,
    )
