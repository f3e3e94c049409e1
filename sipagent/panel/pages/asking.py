"""Asking for help, for everybody who is in: new tickets, the own ones, and what was answered."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.helpdesk.notices.notices import Notices
from sipagent.panel import people, ticket_events
from sipagent.panel.enclosures import file_routes, heard, kept, key_of, there, told
from sipagent.panel.own_tickets import asked_by, asker, own_ticket_of
from sipagent.panel.pages.notices import CORNER
from sipagent.panel.pages.now import AGAIN, number
from sipagent.panel.permissions import Permission
from sipagent.panel.ticket_lists import CHOICES, IMPORTANCES, Listing, listing
from sipagent.panel.web import Route, Stream, Visit, moved
from sipagent.threads import FILES
from sipagent.tickets.kinds import ACCEPTED
from sipagent.tickets.model import Entry, Filter, Importance, Ticket, Way
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.unfit import Unfit

_NEW, _OWN = "/helpdesk/new", "/helpdesk/own"
_FILTERS = ("since", "until", "subject", "status")
#: Characters of a subject at the most.
_SUBJECT = 200


def _form(
    visit: Visit, status: int = 200, *, wrong: str = "", importance: str = Importance.NORMAL
) -> Response:
    return visit.page(
        "helpdesk/new.html",
        status,
        subject=visit.form.get("subject", visit.query.get("subject", "")),
        text=visit.form.get("text", ""),
        importance=importance,
        importances=IMPORTANCES,
        accepted=ACCEPTED,
        # A form that was shown again is the same one: what it has brought is not brought twice.
        key=visit.form.get("key") or token_urlsafe(),
        wrong=wrong,
    )


def _ask(visit: Visit) -> Response:
    """Make a ticket, once, however often the form is sent."""
    subject, text = (visit.form.get(name, "").strip() for name in ("subject", "text"))
    key = key_of(visit)
    importance = visit.form.get("importance", "")
    if importance not in IMPORTANCES:
        importance = Importance.NORMAL
    known = visit.house.data.read(lambda db: Tickets(db).by_key(key))
    if known is not None:
        return moved(f"{_OWN}/{known}?done=sent")
    if not (subject and text) or len(subject) > _SUBJECT:
        return _form(visit, 422, wrong=visit.words("asking.wrong"), importance=importance)
    try:
        files = kept(visit)
    except Unfit as error:
        return _form(visit, 422, wrong=told(visit, error), importance=importance)

    def write(db: sqlite_utils.Database) -> int:
        return Tickets(db).open(
            asker(visit.person), Way.PANEL, subject, text,
            importance=Importance(importance), files=files, key=key,
        )  # fmt: skip

    return moved(f"{_OWN}/{visit.house.data.write(write, durable=True)}?done=sent")


def _listing(visit: Visit) -> Listing:
    def among(wanted: Filter) -> Filter:
        return replace(wanted, asker=asked_by(visit.person), notes=False)

    return listing(visit, _OWN, _FILTERS, among)


def _list(visit: Visit) -> Response:
    snapshot = ticket_events.snapshot(visit)
    found = _listing(visit)
    return visit.page(
        "helpdesk/own.html",
        422 if found.wrong else 200,
        found=found,
        unopened=CORNER.unopened(visit),
        statuses=CHOICES,
        snapshot=snapshot,
        again=AGAIN,
        path=_OWN,
    )


def _list_part(visit: Visit) -> Response:
    return visit.page("helpdesk/own_part.html", **_listed(visit))


def _listed(visit: Visit) -> dict[str, Any]:
    return {"found": _listing(visit), "unopened": CORNER.unopened(visit)}


def _list_events(visit: Visit) -> AsyncIterator[str]:
    def draw(visit: Visit) -> str:
        return visit.house.draw("helpdesk/own_part.html", visit, **_listed(visit))

    return ticket_events.parts(visit, draw)


def _show(visit: Visit) -> Response:
    """Show a ticket, with marks at answers that were not seen before; from now on they were."""
    page = _page(visit)
    CORNER.opened(visit, number(visit.names["ticket"]))
    return page


def _page(visit: Visit, status: int = 200, *, wrong: str = "") -> Response:
    snapshot = ticket_events.snapshot(visit)
    return visit.page(
        "helpdesk/own_ticket.html",
        status,
        text=visit.form.get("text", ""),
        wrong=wrong,
        done=visit.query.get("done", ""),
        accepted=ACCEPTED,
        key=visit.form.get("key") or token_urlsafe(),
        snapshot=snapshot,
        again=AGAIN,
        **_values(visit),
    )


def _values(visit: Visit) -> dict[str, Any]:
    ticket, thread = visit.house.data.read(lambda db: _seen(visit, db))
    return {
        "one": ticket,
        "thread": thread,
        "unopened": visit.house.data.read(lambda db: Notices(db).unopened_of(ticket.number)),
        "sounds": there(visit.house, thread),
        "base": f"{_OWN}/{ticket.number}",
    }


def _seen(visit: Visit, db: sqlite_utils.Database) -> tuple[Ticket, Sequence[Entry]]:
    """Return a ticket as who has asked sees it: without notes, and with people's own names."""
    ticket = own_ticket_of(visit, db)
    called = {one.name: one.user for one in people.listed(db)}
    thread = Tickets(db).thread(ticket.number, notes=False)
    return ticket, [replace(one, who=called.get(one.who) or one.who) for one in thread]


def _part(visit: Visit) -> Response:
    return visit.page("helpdesk/own_ticket_part.html", **_values(visit))


def _events(visit: Visit) -> AsyncIterator[str]:
    def draw(visit: Visit) -> str:
        return visit.house.draw("helpdesk/own_ticket_part.html", visit, **_values(visit))

    return ticket_events.parts(visit, draw)


def _admit(visit: Visit) -> object:
    return visit.house.data.read(lambda db: own_ticket_of(visit, db))


def _reply(visit: Visit) -> Response:
    text, key = visit.form.get("text", "").strip(), key_of(visit)
    ticket = visit.house.data.read(lambda db: own_ticket_of(visit, db))
    try:
        files = kept(visit)
    except Unfit as error:
        return _page(visit, 422, wrong=told(visit, error))
    if not (text or files):
        return _page(visit, 422, wrong=visit.words("ticket.wrong-empty"))
    visit.house.data.write(
        lambda db: Tickets(db).reply(ticket.number, text, way=Way.PANEL, files=files, key=key),
        durable=True,
    )
    return moved(f"{_OWN}/{ticket.number}?done=replied")


def _thread(visit: Visit) -> Sequence[Entry]:
    return visit.house.data.read(lambda db: _seen(visit, db))[1]


def _hear(visit: Visit) -> Response:
    return heard(visit, _thread(visit), "", "")


_IN = Permission.ACCOUNT
_ONE = f"{_OWN}/{{ticket}}"
ROUTES = (
    Route(_NEW, _IN, _form),
    Route(_NEW, _IN, _ask, "POST", FILES, attachments=True),
    Route(_OWN, _IN, _list),
    Route(f"{_OWN}/part", _IN, _list_part),
    Stream(f"{_OWN}/events", _IN, _list_events),
    Route(_ONE, _IN, _show),
    Route(f"{_ONE}/part", _IN, _part),
    Stream(f"{_ONE}/events", _IN, _events, _admit),
    Route(f"{_ONE}/reply", _IN, _reply, "POST", FILES, attachments=True),
    Route(f"{_ONE}/entries/{{entry}}/sound", _IN, _hear, threads=FILES),
    *file_routes(_ONE, _IN, _thread),
)
