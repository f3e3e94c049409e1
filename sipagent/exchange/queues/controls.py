"""What can be asked of queues while the line runs: who waits, what members do."""

import asyncio
from collections.abc import Callable
from typing import Any

from sipagent.control.control import Control, Controls, Wish
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.attendant import LEADS
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.events import Doing, Ready
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref

#: Where somebody goes on who is taken out.
_ELSEWHERE = LEADS | {Kind.BOX}


class Live(Wish):
    """All queues, or one by its name."""

    queue: str = ""


class OneWho(Wish):
    """Somebody who waits, or is to be called back, by the number of the live list.

    ``to``: where they go on, as ``user:NAME`` and the like, or an internal number; empty: where the
    queue leads those who leave it. ``by``: who wants it, as records show them.
    """

    id: int
    to: str = ""
    by: str


class Resumed(Wish):
    """A member who needs no more time after a call: ``user:NAME``."""

    member: str


def controls(dispatcher: Dispatcher, there: Callable[[], Snapshot]) -> Controls:
    """Return them, by name."""

    async def live(wish: Live) -> object:
        names = [one.name for one in there().exchange.queues]
        if wish.queue and wish.queue not in names:
            raise DataError(f"there is no queue {wish.queue!r}")
        return [_told(dispatcher, there(), name) for name in names if wish.queue in ("", name)]

    async def ready(wish: Resumed) -> object:
        dispatcher.tell(Ready(Ref.of(wish.member)))
        return None

    async def take_out(wish: OneWho) -> object:
        to = _elsewhere(dispatcher, there(), wish)
        if not await dispatcher.take_out(wish.id, to, wish.by):
            raise DataError(f"nobody waits who has the number {wish.id}; see: sipagent queues live")
        return {"id": wish.id, "to": str(to or "")}

    return {
        "queues.live": Control(Live, live),
        "queues.ready": Control(Resumed, ready),
        "queues.take-out": Control(OneWho, take_out),
    }


def _elsewhere(dispatcher: Dispatcher, there: Snapshot, wish: OneWho) -> Ref | None:
    """Return where somebody is to go on, who is there; None: wherever the queue leads them.

    Raises:
        DataError: nobody goes on there, or nobody is on the line who could.
    """
    if not wish.to:
        return None
    to = Ref.of(editing.meant(there.exchange, wish.to))
    if to.kind not in _ELSEWHERE:
        raise DataError(f"{to} is nobody to whom somebody who waits could go on")
    editing.existing(there.exchange, FIELDS[to.kind], to.name)
    waits = dispatcher.machine.waiter(wish.id)
    if waits is not None and waits.absent:
        raise DataError("they are to be called back, and not on the line: nobody can talk to them")
    if waits is not None and to == Ref(Kind.QUEUE, waits.queue):
        raise DataError(f"they wait in {waits.queue} already")
    return to


def _told(dispatcher: Dispatcher, there: Snapshot, name: str) -> dict[str, Any]:
    machine, now = dispatcher.machine, asyncio.get_running_loop().time()
    queue = next(one for one in there.exchange.queues if one.name == name)
    waiting = [
        {
            "id": one.id,
            "place": place,
            "caller": dispatcher.caller(one.id),
            "seconds": round(now - one.arrived),
            "priority": one.priority,
            "callback": one.absent,
            "rings": sorted(ref.name for ref in machine.rung(one.id)),
        }
        for place, one in enumerate(machine.waiting(name), 1)
    ]
    members = [_member(dispatcher, there, ref) for ref in there.logins.of(queue)]
    return {"queue": name, "waiting": waiting, "members": members}


def _member(dispatcher: Dispatcher, there: Snapshot, ref: Ref) -> dict[str, Any]:
    agent = dispatcher.machine.agents.get(ref)
    does = agent.doing if agent is not None else Doing.IDLE
    state: str = does.value
    if does is Doing.IDLE and ref in there.logins.paused(there.handlings):
        state = "pause"
    elif does is Doing.IDLE and agent is not None and agent.busy:
        state = "private-call"
    queue = agent.queue if agent is not None and does is not Doing.IDLE else ""
    return {"member": str(ref), "state": state, "queue": queue}
