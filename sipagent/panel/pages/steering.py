"""What needs more than a button of what goes on now: where to, for how long, and at whose cost.

Each has a page of its own, for the one that shows what goes on changes while somebody types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import ConfigError, DataError, SetupError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange, Schedule
from sipagent.exchange.queues import logins
from sipagent.exchange.reading import load
from sipagent.exchange.rooms import planning
from sipagent.exchange.rooms.invitations import Invitations
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.steps.queue_codes import REASONS
from sipagent.exchange.timetable import Timetable
from sipagent.exchange.values import Ref
from sipagent.panel.pages.now import number
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

#: What may be done to a member of queues.
_DEEDS = frozenset({"pause", "resume", "login", "logout"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A number that may be typed, and who has it."""

    number: str
    name: str


def _tried(visit: Visit, work: Callable[[], object], again: Callable[[str], Response]) -> Response:
    """Do something, and go back to what goes on; or show the page again, and what is wrong."""
    try:
        work()
    except (DataError, ConfigError, SetupError) as error:
        return again(str(error))
    return moved("/live?done=done")


def _page(visit: Visit, template: str, wrong: str, **values: object) -> Response:
    return visit.page(template, 422 if wrong else 200, wrong=wrong, **values)


# Putting one of two through


def _transfer(visit: Visit, wrong: str = "") -> Response:
    given = visit.form or visit.query
    talk = _talk(visit, given.get("call", ""))
    offered = visit.house.data.read(_offered)
    who = given.get("who") or next(iter(talk["members"]), "")
    to = given.get("to", "")
    return _page(visit, "transfer.html", wrong, talk=talk, who=who, to=to, offered=offered)


def _do_transfer(visit: Visit) -> Response:
    wanted = {name: visit.form.get(name, "").strip() for name in ("call", "who", "to")}

    def work() -> None:
        visit.house.ask("calls.transfer", **wanted)
        visit.note("transfer", "{call}: {who} → {to}".format_map(wanted))

    return _tried(visit, work, partial(_transfer, visit))


def _talk(visit: Visit, call: str) -> dict[str, Any]:
    """Return a conversation that goes on.

    Raises:
        Refused: it is over.
    """
    talks = visit.house.live.look().answers.get("talks", ())
    found = next((one for one in talks if one["id"] == call and one["talking"]), None)
    if found is None:
        raise missing("refused.over")
    return dict(found)


# Taking one who waits out of a queue


def _take_out(visit: Visit, wrong: str = "") -> Response:
    given = visit.form or visit.query
    queue, waits = _waiting(visit, number(given.get("id")))
    offered = [one for one in visit.house.data.read(_offered) if one.name != queue]
    to = given.get("to", "")
    return _page(visit, "take_out.html", wrong, queue=queue, waits=waits, to=to, offered=offered)


def _do_take_out(visit: Visit) -> Response:
    key, to = number(visit.form.get("id")), visit.form.get("to", "").strip()

    def work() -> None:
        visit.house.ask("queues.take-out", id=key, to=to, by=visit.person.name)
        visit.note("take-out", f"{key} → {to}" if to else str(key))

    return _tried(visit, work, partial(_take_out, visit))


def _waiting(visit: Visit, key: int) -> tuple[str, dict[str, Any]]:
    """Return one who waits, and the queue.

    Raises:
        Refused: they wait no longer.
    """
    for queue in visit.house.live.look().answers.get("queues", ()):
        for one in queue["waiting"]:
            if one["id"] == key:
                return str(queue["queue"]), one
    raise missing("refused.over")


# Members of queues


def _member(visit: Visit, wrong: str = "") -> Response:
    given = visit.form or visit.query
    name = given.get("member", "")
    exchange, known = visit.house.data.read(lambda db: (load(db).exchange, logins.load(db)))
    who = _who(exchange, name)
    queues = [(one.name, who in known.of(one)) for one in exchange.queues]
    reasons = [reason for reason in REASONS.values() if reason]
    return _page(
        visit, "member.html", wrong,
        who=who, paused=known.pauses.get(who), queues=queues, reasons=reasons,
    )  # fmt: skip


def _do_member(visit: Visit) -> Response:
    deed, member, queue, reason = (
        visit.form.get(name, "") for name in ("deed", "member", "queue", "reason")
    )
    if deed not in _DEEDS or reason not in REASONS.values():
        raise missing()
    about = " ".join(filter(None, (member, queue, reason)))

    def work() -> None:
        visit.house.data.write(lambda db: _changed(db, deed, member, queue, reason))
        if deed == "resume":  # the time after a call ends, too
            visit.house.ask("queues.ready", member=member)
        visit.note(f"member-{deed}", about)

    return _tried(visit, work, partial(_member, visit))


def _changed(db: sqlite_utils.Database, deed: str, member: str, queue: str, reason: str) -> None:
    match deed:
        case "pause":
            logins.pause(db, member, reason)
        case "resume":
            logins.resume(db, member)
        case _:
            logins.log_in(db, queue, member, there=deed == "login")


def _who(exchange: Exchange, name: str) -> Ref:
    """Return a member by the name of the live list.

    Raises:
        Refused: there is none.
    """
    try:
        who = Ref.of(name)
        editing.existing(exchange, FIELDS[who.kind], who.name)
    except (ValueError, LookupError, DataError):
        raise missing() from None
    return who


# Rooms


def _invite(visit: Visit, wrong: str = "") -> Response:
    exchange, offered = visit.house.data.read(lambda db: (load(db).exchange, _offered(db)))
    given: Mapping[str, str] = visit.form or visit.query
    if exchange.find("rooms", given.get("room", "")) is None:
        raise missing()
    typed = {name: given.get(name, "") for name in ("room", "target", "at", "by")}
    users = [one.name for one in exchange.users]
    return _page(visit, "invite.html", wrong, typed=typed, offered=offered, users=users)


def _do_invite(visit: Visit) -> Response:
    room, target, at, by = (
        visit.form.get(name, "").strip() for name in ("room", "target", "at", "by")
    )
    config = visit.house.config

    def work() -> None:
        kept = visit.house.data.write(
            lambda db: planning.planned(db, config, room, target, at=at or None, by=by or None)
        )
        visit.note("room-invite", f"{kept.room}: {kept.target} {kept.at}")

    return _tried(visit, work, partial(_invite, visit))


def _cancel(visit: Visit) -> Response:
    key = number(visit.form.get("invitation"))
    visit.house.data.write(lambda db: Invitations(db).cancel(key, datetime.now(UTC)))
    visit.note("room-cancel", str(key))
    return moved("/live?done=done")


# Schedules


def _close(visit: Visit) -> Response:
    """Close a schedule for the rest of the day, or let its hours count again."""
    name, closed = visit.form.get("schedule", ""), visit.form.get("deed") == "close"
    visit.house.data.write(lambda db: _set_night(db, name, visit, closed=closed))
    visit.note("schedule-close" if closed else "schedule-open", name)
    return moved("/live?done=done")


def _set_night(db: sqlite_utils.Database, name: str, visit: Visit, *, closed: bool) -> None:
    found = load(db).exchange.find("schedules", name)
    if not isinstance(found, Schedule):
        raise missing()
    until = Timetable(found).next_day(visit.now, visit.zone) if closed else None
    editing.set_night(db, name, until)


def _offered(db: sqlite_utils.Database) -> list[Offered]:
    """Return whom somebody can go on to by an internal number or a short code."""
    exchange = load(db).exchange
    found = [
        *(Offered(one.number, one.name) for one in exchange.users),
        *(Offered(one.number, one.name) for one in exchange.groups),
        *(Offered(one.number, one.name) for one in exchange.queues),
        *(Offered(one.number, one.name) for one in exchange.boxes),
        *(Offered(one.code, one.name) for one in exchange.outside),
    ]
    return [one for one in found if one.number]


_STEER = Permission.STEER
ROUTES = (
    Route("/live/transfer", _STEER, _transfer),
    Route("/live/transfer", _STEER, _do_transfer, "POST"),
    Route("/live/take-out", _STEER, _take_out),
    Route("/live/take-out", _STEER, _do_take_out, "POST"),
    Route("/live/member", _STEER, _member),
    Route("/live/member", _STEER, _do_member, "POST"),
    Route("/live/invite", _STEER, _invite),
    Route("/live/invite", _STEER, _do_invite, "POST"),
    Route("/live/invitations/cancel", _STEER, _cancel, "POST"),
    Route("/live/schedules", _STEER, _close, "POST"),
)
