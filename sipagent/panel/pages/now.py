"""What goes on now: calls, trunks and phones, by server-sent events; and ending a call."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.panel.board import Slowly, today
from sipagent.panel.guard import token_of
from sipagent.panel.live import Snapshot, Sources
from sipagent.panel.permissions import Permission
from sipagent.panel.standing import Standing, standing
from sipagent.panel.web import Ask, Route, Stream, Visit, missing, moved
from sipagent.records.history import CallRow, History
from sipagent.store.data import Data

#: Seconds after which a browser that heard nothing is told that the panel is still there.
BREATH = 15.0
#: Seconds after which a browser asks again that has lost the events.
AGAIN = 3
#: Calls that are listed at the most, those that have gone on longest.
_OPEN = 200
#: The cookie of nobody, with whose token a part is drawn that many see.
_ANYBODY = "anybody"
#: What may be done to somebody in a room, to all who are there, and to the room.
_OF_GUESTS = frozenset({"mute", "unmute", "drop"})
_OF_ALL = frozenset({"mute", "unmute"})
_OF_ROOMS = frozenset({"lock", "unlock", "record", "record-end", "end"})


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that goes on, and what the line says of who talks in it."""

    row: CallRow
    talk: dict[str, Any]


def sources(ask: Ask, data: Data, zone: tzinfo) -> Sources:
    """Return what is looked at, where the line is."""
    return {
        "status": lambda: _status(ask),
        "calls": lambda: data.read(_open_calls),
        "open": lambda: data.read(lambda db: History(db).count_open()),
        "talks": partial(ask, "calls.live"),
        "queues": partial(ask, "queues.live"),
        "rooms": partial(ask, "rooms.live"),
        "standing": lambda: data.read(lambda db: standing(db, zone)),
        "today": Slowly(lambda: data.read(lambda db: today(db, zone))),
    }


def _status(ask: Ask) -> dict[str, Any]:
    """Return how the line stands, without what changes all the time and is not shown."""
    told = ask("line.status")
    return {name: told[name] for name in ("ready", "reasons", "trunks")}


def _open_calls(db: sqlite_utils.Database) -> list[CallRow]:
    return History(db).open_calls(_OPEN)


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
    live, known = visit.house.live, number(visit.query.get("after"))
    yield f"retry: {1000 * AGAIN}\n\n"
    with live.looking():
        while True:
            snapshot = await live.after(known, BREATH)
            if snapshot is None:
                yield "event: breath\ndata:\n\n"
                continue
            known = snapshot.number
            yield event(_drawn(visit, template, snapshot, shown), known)


def _drawn(
    visit: Visit, template: str, snapshot: Snapshot, shown: Callable[[Snapshot], Mapping[str, Any]]
) -> str:
    """Return a part of a page, drawn once for all who see the same but for the tokens of forms."""
    key = template, visit.language, visit.sees
    if key not in snapshot.drawn:
        anybody = replace(visit, cookie=_ANYBODY, keep=None)
        snapshot.drawn[key] = visit.house.draw(template, anybody, **shown(snapshot))
    return snapshot.drawn[key].replace(token_of(_ANYBODY), visit.token)


def event(data: str, number: int) -> str:
    """Return one server-sent event (HTML Living Standard, section 9.2).

    One without any line of data would be told to nobody.
    """
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"id: {number}\n{lines}\n"


def _hang_up(visit: Visit) -> Response:
    call = visit.form.get("call", "")
    visit.house.ask("calls.hangup", call=call)
    visit.note("hangup", call)
    return moved("/live?done=hangup")


def _lead(visit: Visit) -> Response:
    """Lead a meeting from outside: mute or remove somebody, lock the room."""
    deed, room, guest = (visit.form.get(name, "") for name in ("deed", "room", "guest"))
    if deed not in (_OF_GUESTS if guest else _OF_ALL | _OF_ROOMS):
        raise missing()
    whom = {"guest": number(guest)} if guest else {}
    visit.house.ask(f"rooms.{deed}", room=room, **whom)
    visit.note(f"room-{deed}", f"{room} {guest}".strip())
    return moved("/live?done=done")


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    there = snapshot.answers.get("standing", Standing())
    meetings = {one["room"]: one for one in snapshot.answers.get("rooms", ())}
    return {
        "snapshot": snapshot,
        "line": snapshot.answers.get("status", {}),
        "calls": _calls(snapshot),
        "open": snapshot.answers.get("open", 0),
        "queues": snapshot.answers.get("queues", ()),
        "rooms": dict.fromkeys(there.rooms) | meetings,
        "standing": there,
    }


def number(text: str | None) -> int:
    """Return a number that somebody has sent; 0 where it is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else 0


ROUTES = (
    Route("/live", Permission.LIVE, _now),
    Route("/live/part", Permission.LIVE, _part),
    Stream("/live/events", Permission.LIVE, _events),
    Route("/live/rooms", Permission.STEER, _lead, "POST"),
    Route("/live/hangup", Permission.STEER, _hang_up, "POST"),
)
