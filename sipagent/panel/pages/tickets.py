"""Tickets for who works on them: found, read, heard, answered, given to somebody, changed."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_urlsafe
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent import replies
from sipagent.helpdesk.chat.answers import ShortAnswer, ShortAnswers
from sipagent.helpdesk.notices.notices import Notices
from sipagent.panel import ticket_events
from sipagent.panel.enclosures import (
    attachments_of,
    file_routes,
    heard,
    kept,
    key_of,
    told,
)
from sipagent.panel.enclosures import there as sounds_there
from sipagent.panel.forms import edits
from sipagent.panel.forms.edits import Edit
from sipagent.panel.forms.fields import Choice, Drawn, Field, Select
from sipagent.panel.own_tickets import among, colleagues, ticket_of
from sipagent.panel.pages.now import AGAIN
from sipagent.panel.permissions import Permission
from sipagent.panel.ticket_lists import (
    CHOICES,
    IMPORTANCES,
    ME,
    NOBODY,
    STATUSES,
    WAYS,
    Listing,
    listing,
)
from sipagent.panel.web import Route, Stream, Visit, moved
from sipagent.threads import FILES
from sipagent.tickets.answering import Changed
from sipagent.tickets.kinds import ACCEPTED
from sipagent.tickets.model import Attachment, Change, Entry, Importance, Status, Ticket
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.times import taken
from sipagent.tickets.unfit import Unfit

_PATH = "/helpdesk/tickets"
_FILTERS = ("since", "until", "status", "importance", "way", "assignee", "subject", "words")
_FIELDS = (Field("subject"), Select("status"), Select("importance"), Select("assignee"))
#: What becomes of a ticket that was answered.
_AFTERWARDS = (Status.WAITING, Status.SOLVED)


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody adds to a ticket, of which they have seen a version, by a form with a key."""

    number: int
    text: str
    files: Sequence[Attachment]
    key: str
    seen: int


@dataclass(frozen=True, slots=True)
class _Desk:
    """A ticket as it lies before somebody: all that was said and done, and who else may do it."""

    ticket: Ticket
    thread: Sequence[Entry]
    changes: Sequence[Change]
    names: Sequence[str]
    short: Sequence[ShortAnswer]


def _list(visit: Visit) -> Response:
    snapshot = ticket_events.snapshot(visit)
    found = _listing(visit)
    names = visit.house.data.read(lambda db: colleagues(db, visit.person))
    return visit.page(
        "helpdesk/tickets.html",
        422 if found.wrong else 200,
        found=found,
        names=names,
        statuses=CHOICES,
        importances=IMPORTANCES,
        ways=WAYS,
        me=ME,
        nobody=NOBODY,
        snapshot=snapshot,
        again=AGAIN,
        path=_PATH,
    )


def _listing(visit: Visit) -> Listing:
    return listing(visit, _PATH, _FILTERS, partial(among, visit.person))


def _list_part(visit: Visit) -> Response:
    return visit.page("helpdesk/tickets_part.html", found=_listing(visit))


def _list_events(visit: Visit) -> AsyncIterator[str]:
    return ticket_events.parts(visit, _drawn_list)


def _drawn_list(visit: Visit) -> str:
    return visit.house.draw("helpdesk/tickets_part.html", visit, found=_listing(visit))


def _show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, status: int = 200, **values: object) -> Response:
    """Return the page of a ticket, with what was typed where nothing was kept."""
    snapshot = ticket_events.snapshot(visit)
    desk = visit.house.data.read(lambda db: _desk(visit, db))
    edit = values.pop("edit", None) or Edit(_now(desk.ticket))
    assert isinstance(edit, Edit)
    shown: dict[str, object] = {
        "text": "", "changed": False, "wrong": "", "what": "", "done": visit.query.get("done", ""),
        **values,
    }  # fmt: skip
    sent = replies.answers(visit.house.config, visit.house.data).way_of(desk.ticket)
    return visit.page(
        "helpdesk/ticket.html",
        status,
        sent=sent,
        fields=_drawn(visit, desk, edit),
        edit=edit,
        was=edits.shown(_now(desk.ticket)),
        afterwards=_AFTERWARDS,
        short=_short(visit, desk),
        accepted=ACCEPTED,
        key=token_urlsafe(),
        snapshot=snapshot,
        again=AGAIN,
        **_values(visit, desk),
        **shown,
    )


def _part(visit: Visit) -> Response:
    desk = visit.house.data.read(lambda db: _desk(visit, db))
    return visit.page("helpdesk/ticket_part.html", **_values(visit, desk))


def _drawn_part(visit: Visit) -> str:
    desk = visit.house.data.read(lambda db: _desk(visit, db))
    return visit.house.draw("helpdesk/ticket_part.html", visit, **_values(visit, desk))


async def _events(visit: Visit) -> AsyncIterator[str]:
    number = int(visit.names["ticket"])  # ``_admit`` has found it
    with visit.house.watching.open(number, visit.person.name):
        async for part in ticket_events.parts(visit, _drawn_part):
            yield part


def _admit(visit: Visit) -> object:
    return visit.house.data.read(lambda db: ticket_of(visit, db))


def _desk(visit: Visit, db: sqlite_utils.Database) -> _Desk:
    ticket, tickets = ticket_of(visit, db), Tickets(db)
    return _Desk(
        ticket,
        tickets.thread(ticket.number),
        tickets.changes(ticket.number),
        colleagues(db, visit.person),
        ShortAnswers(db).of(visit.person.name),
    )


def _short(visit: Visit, desk: _Desk) -> list[tuple[ShortAnswer, str]]:
    """Return the short answers, each with its text for who has asked."""
    asker = desk.ticket.asker
    named = {
        "name": asker.name,
        "phone": asker.phone,
        "agent": visit.person.user or visit.person.name,
    }
    return [(one, one.filled(named)) for one in desk.short]


def _values(visit: Visit, desk: _Desk) -> dict[str, Any]:
    """Return what the part of a page shows that goes on changing."""
    number = desk.ticket.number
    return {
        "one": desk.ticket,
        "taken": taken(desk.ticket, visit.house.support.hours, visit.zone),
        "thread": desk.thread,
        "unopened": visit.house.data.read(lambda db: Notices(db).unopened_of(number)),
        "changes": desk.changes,
        "sounds": sounds_there(visit.house, desk.thread),
        "others": visit.house.watching.others(number, visit.person.name),
        "base": f"{_PATH}/{number}",
    }


def _answer(visit: Visit) -> Response:
    after = visit.form.get("status", "")
    status = Status(after) if after in _AFTERWARDS else Status.WAITING
    house = visit.house

    def add(said: _Said) -> None:
        replies.answers(house.config, house.data).answer(
            said.number, visit.person.name, said.text,
            files=said.files, key=said.key, status=status, seen=said.seen,
        )  # fmt: skip

    return _said(visit, "answer", add)


def _note(visit: Visit) -> Response:
    def add(said: _Said) -> None:
        def write(db: sqlite_utils.Database) -> None:
            tickets = Tickets(db)
            if tickets.by_key(said.key) is None and tickets.find(said.number).version != said.seen:
                raise Changed(f"ticket {said.number} was changed meanwhile")
            tickets.note(
                said.number, visit.person.name, said.text, files=said.files, key=said.key
            )  # fmt: skip

        visit.house.data.write(write, durable=True)

    return _said(visit, "note", add)


def _said(visit: Visit, what: str, add: Callable[[_Said], None]) -> Response:
    """Add something to a thread, once, unless somebody else has changed the ticket meanwhile.

    Args:
        visit: with the form.
        what: is added; the form is called so.
        add: adds it; ``Changed``: the ticket is another one by now.
    """
    text, key = visit.form.get("text", "").strip(), key_of(visit)
    ticket, known = visit.house.data.read(
        lambda db: (ticket_of(visit, db), Tickets(db).by_key(key) is not None)
    )
    page = partial(_page, visit, text=text, what=what)
    if not known:
        if not text:
            return page(status=422, wrong=visit.words("ticket.wrong-empty"))
        if str(ticket.version) != visit.form.get("seen", ""):
            return page(status=409, changed=True)
        try:
            files = kept(visit)
        except Unfit as error:
            return page(status=422, wrong=told(visit, error))
        try:
            add(_Said(ticket.number, text, files, key, ticket.version))
        except Changed:
            attachments_of(visit.house).drop([one.file for one in files])
            return page(status=409, changed=True)
        visit.note(f"ticket-{what}", str(ticket.number))
    return moved(f"{_PATH}/{ticket.number}?done={what}")


def _change(visit: Visit) -> Response:
    """Keep what somebody has changed, unless somebody else has changed the same meanwhile."""

    def write(db: sqlite_utils.Database) -> tuple[Ticket, Edit]:
        desk = _desk(visit, db)
        edit = edits.sent(_FIELDS, visit.form, _now(desk.ticket))
        edit.wrong = _wrong(edit, desk)
        if edit.good and edit.changed:
            Tickets(db).change(desk.ticket.number, visit.person.name, **_changes(edit))
        return desk.ticket, edit

    ticket, edit = visit.house.data.write(write)
    if not edit.good:
        return _page(visit, 409 if edit.theirs else 422, edit=edit)
    return moved(f"{_PATH}/{ticket.number}?done=changed")


def _take(visit: Visit) -> Response:
    """Have somebody work on a ticket on which nobody works yet."""

    def write(db: sqlite_utils.Database) -> Ticket:
        ticket = ticket_of(visit, db)
        if ticket.assignee not in ("", visit.person.name):
            raise Changed(f"somebody works on ticket {ticket.number} already")
        status = Status.WORK if ticket.status is Status.NEW else None
        Tickets(db).change(
            ticket.number, visit.person.name, assignee=visit.person.name, status=status
        )
        return ticket

    try:
        ticket = visit.house.data.write(write)
    except Changed:
        return _page(visit, 409, changed=True)
    return moved(f"{_PATH}/{ticket.number}?done=changed")


def _now(ticket: Ticket) -> dict[str, str]:
    return {one.name: str(getattr(ticket, one.name)) for one in _FIELDS}


def _wrong(edit: Edit, desk: _Desk) -> dict[str, str]:
    """Return which fields hold what cannot be chosen; a browser sends none of that."""
    offered = {
        "status": STATUSES, "importance": IMPORTANCES, "assignee": ("", *desk.names),
    }  # fmt: skip
    return {
        name: f"ticket.wrong-{name}"
        for name, value in edit.changed.items()
        if name in offered and value not in offered[name]
    }


def _changes(edit: Edit) -> dict[str, Any]:
    made = {"status": Status, "importance": Importance}
    return {name: made.get(name, str)(str(value)) for name, value in edit.changed.items()}


def _drawn(visit: Visit, desk: _Desk, edit: Edit) -> list[Drawn]:
    """Return the fields of a ticket; who works on it is listed, even who would not be offered."""
    choices = {"status": STATUSES, "importance": IMPORTANCES}
    drawn = edits.drawn(visit.words, "ticket", _FIELDS, edit, choices)
    names = dict.fromkeys(("", *desk.names, desk.ticket.assignee))
    offered = [Choice(name, name or visit.words("ticket.assignee-nobody")) for name in names]
    return [replace(one, choices=offered) if one.field.name == "assignee" else one for one in drawn]


def _whole(visit: Visit) -> Sequence[Entry]:
    return visit.house.data.read(lambda db: Tickets(db).thread(ticket_of(visit, db).number))


def _hear(visit: Visit) -> Response:
    return heard(visit, _whole(visit), "request-heard", str(int(visit.names["ticket"])))


_ALLOWED = Permission.HELPDESK
_ONE = f"{_PATH}/{{ticket}}"
ROUTES = (
    Route(_PATH, _ALLOWED, _list),
    Route(f"{_PATH}/part", _ALLOWED, _list_part),
    Stream(f"{_PATH}/events", _ALLOWED, _list_events),
    Route(_ONE, _ALLOWED, _show),
    Route(f"{_ONE}/part", _ALLOWED, _part),
    Stream(f"{_ONE}/events", _ALLOWED, _events, _admit),
    Route(f"{_ONE}/answer", _ALLOWED, _answer, "POST", FILES, attachments=True),
    Route(f"{_ONE}/note", _ALLOWED, _note, "POST", FILES, attachments=True),
    Route(f"{_ONE}/facts", _ALLOWED, _change, "POST"),
    Route(f"{_ONE}/take", _ALLOWED, _take, "POST"),
    Route(f"{_ONE}/entries/{{entry}}/sound", _ALLOWED, _hear, threads=FILES),
    *file_routes(_ONE, _ALLOWED, _whole),
)
