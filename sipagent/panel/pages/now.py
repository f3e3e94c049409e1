"""What goes on now: calls, trunks and phones, by server-sent events; and ending a call."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.exchange.reading import load
from sipagent.panel.live import Snapshot, Sources
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Ask, Route, Stream, Visit, missing, moved
from sipagent.records.history import CallRow, History
from sipagent.store.data import Data

#: Seconds after which a browser that heard nothing is told that the panel is still there.
_BREATH = 15.0
#: Seconds after which a browser asks again that has lost the events.
AGAIN = 3
_OPEN = 200
#: What may be done in a room, and what of that concerns all of it.
_DEEDS = frozenset({"mute", "unmute", "drop", "lock", "unlock"})
_OF_ROOMS = frozenset({"lock", "unlock"})


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that goes on, and what the line says of who talks in it."""

    row: CallRow
    talk: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone of the exchange, and where it is registered."""

    account: str
    user: str
    #: Address, transport and maker of each place.
    places: tuple[tuple[str, str, str], ...]


def sources(ask: Ask, data: Data) -> Sources:
    """Return what is looked at."""
    return {
        "status": lambda: _status(ask),
        "calls": lambda: data.read(_open_calls),
        "talks": partial(ask, "calls.live"),
        "queues": partial(ask, "queues.live"),
        "rooms": partial(ask, "rooms.live"),
        "phones": lambda: data.read(_phones),
    }


def _status(ask: Ask) -> dict[str, Any]:
    """Return how the line stands, without what changes all the time and is not shown."""
    told = ask("line.status")
    return {name: told[name] for name in ("ready", "reasons", "trunks")}


def _open_calls(db: sqlite_utils.Database) -> list[CallRow]:
    return History(db).open_calls(_OPEN)


def _phones(db: sqlite_utils.Database) -> list[Phone]:
    places: dict[str, list[tuple[str, str, str]]] = {}
    rows = db.execute(
        "SELECT account, source, transport, user_agent FROM bindings "
        "JOIN phones ON phones.id = phone_id WHERE expires > strftime('%Y-%m-%dT%H:%M:%S')"
    )
    for account, *place in rows.fetchall():
        places.setdefault(account, []).append((place[0], place[1], place[2]))
    known = load(db).exchange.phones
    return [Phone(one.account, one.user, tuple(places.get(one.account, ()))) for one in known]


def _calls(snapshot: Snapshot) -> list[OpenCall]:
    talks = {one["id"]: one for one in snapshot.answers.get("talks", ())}
    return [OpenCall(row, talks.get(row.id, {})) for row in snapshot.answers.get("calls", ())]


def _now(visit: Visit) -> Response:
    snapshot = visit.house.live.look()
    done = visit.query.get("done", "")
    return visit.page("now.html", done=done, again=AGAIN, **_shown(snapshot))


def _part(visit: Visit) -> Response:
    """Return what changes of the page, for a browser that has no events."""
    return visit.page("now_part.html", **_shown(visit.house.live.look()))


def _events(visit: Visit) -> AsyncIterator[str]:
    return parts(visit, "now_part.html", _shown)


async def parts(
    visit: Visit, template: str, shown: Callable[[Snapshot], Mapping[str, Any]]
) -> AsyncIterator[str]:
    """Yield a part of a page as an event each time that something changes."""
    live, known = visit.house.live, _number(visit.query.get("after"))
    yield f"retry: {1000 * AGAIN}\n\n"
    with live.looking():
        while True:
            snapshot = await live.after(known, _BREATH)
            if snapshot is None:
                yield ": still here\n\n"
                continue
            known = snapshot.number
            part = visit.house.draw(template, visit, **shown(snapshot))
            yield event(part, known)


def event(data: str, number: int) -> str:
    """Return one server-sent event (HTML Living Standard, section 9.2)."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"id: {number}\n{lines}\n"


def _hang_up(visit: Visit) -> Response:
    call = visit.form.get("call", "")
    visit.house.ask("calls.hangup", call=call)
    visit.note("hangup", call)
    return moved("/live?done=hangup")


def _lead(visit: Visit) -> Response:
    """Lead a meeting from outside: mute or remove somebody, lock the room."""
    deed, room, guest = (visit.form.get(name, "") for name in ("deed", "room", "guest"))
    if deed not in _DEEDS:
        raise missing()
    wanted: dict[str, object] = {"room": room}
    if deed not in _OF_ROOMS:
        wanted["guest"] = _number(guest)
    visit.house.ask(f"rooms.{deed}", **wanted)
    visit.note(f"room-{deed}", f"{room} {guest}".strip())
    return moved("/live?done=room")


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot": snapshot,
        "line": snapshot.answers.get("status", {}),
        "calls": _calls(snapshot),
        "queues": snapshot.answers.get("queues", ()),
        "rooms": snapshot.answers.get("rooms", ()),
        "phones": snapshot.answers.get("phones", ()),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else 0


ROUTES = (
    Route("/live", Permission.LIVE, _now),
    Route("/live/part", Permission.LIVE, _part),
    Stream("/live/events", Permission.LIVE, _events),
    Route("/live/rooms", Permission.STEER, _lead, "POST"),
    Route("/live/hangup", Permission.STEER, _hang_up, "POST"),
)
