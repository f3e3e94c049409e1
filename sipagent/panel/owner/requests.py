"""What an owner has asked, by telephone or here, and what was answered."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_urlsafe

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.helpdesk.notices.notices import Notices
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.requests import asker_of
from sipagent.messages.message import Message
from sipagent.messages.queue import Beside, OutboxLimit
from sipagent.panel.enclosures import file_routes, heard, kept, key_of, there, told
from sipagent.panel.forms.entries import number_of
from sipagent.panel.mailing import outbox_of
from sipagent.panel.owner.answers import CORNER
from sipagent.panel.owner.sending import letters_of_owners
from sipagent.panel.owner.shown import page
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import FILES
from sipagent.tickets.kinds import ACCEPTED
from sipagent.tickets.model import AskerKind, Entry, Filter, Ticket, Way
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.unfit import Unfit

_LIST = "/owner/requests"
#: Requests on the page, and those that an owner may make within a day.
_LATEST, _PER_DAY = 50, 10
#: Characters of a subject at the most.
_SUBJECT = 200


class _Twice(Exception):
    """The form has brought its words already."""


def _show_all(visit: Visit) -> Response:
    found, unopened = visit.house.data.read(
        lambda db: (
            Tickets(db).listed(_mine(visit.owner)),
            Notices(db).unopened(CORNER.whom(visit)),
        )
    )
    return page(visit, "requests.html", tickets=found, unopened=unopened)


def _form(visit: Visit, status: int = 200, *, wrong: str = "") -> Response:
    return page(
        visit,
        "request_new.html",
        status,
        subject=visit.form.get("subject", ""),
        text=visit.form.get("text", ""),
        # A form that was shown again is the same one: what it has brought is not brought twice.
        key=visit.form.get("key") or token_urlsafe(),
        accepted=ACCEPTED,
        wrong=wrong,
    )


def _ask(visit: Visit) -> Response:
    """Make a ticket, once, however often the form is sent, and write to the office."""
    subject, text = (visit.form.get(name, "").strip() for name in ("subject", "text"))
    key = key_of(visit)
    known, today = visit.house.data.read(lambda db: _counted(visit, db, key))
    if known is not None:
        return moved(f"{_LIST}/{known}?done=sent")
    if not (subject and text) or len(subject) > _SUBJECT:
        return _form(visit, 422, wrong=visit.words("owners.request-empty"))
    if today >= _PER_DAY:
        return _form(visit, 429, wrong=visit.words("owners.too-many-requests"))
    try:
        files = kept(visit)
    except Unfit as error:
        return _form(visit, 422, wrong=told(visit, error))
    owner, message_id = visit.owner, outbox_of(visit.house).message_id()

    def write(db: sqlite_utils.Database) -> None:
        if Tickets(db).by_key(key) is not None:
            raise _Twice
        asker = asker_of(
            owner, Directory(db).charges(owner.id), next(iter(owner.phones), ""), visit.language
        )
        Tickets(db).open(
            asker, Way.PAGE, subject, text, files=files, message_id=message_id, key=key
        )  # fmt: skip

    letter = letters_of_owners(visit.house).request(
        owner, subject, text, files=len(files), message_id=message_id
    )
    try:
        _written(visit, letter, write)
    except OutboxLimit:
        return _form(visit, 429, wrong=visit.words("owners.too-many-requests"))
    number = visit.house.data.read(lambda db: Tickets(db).by_key(key))
    return moved(f"{_LIST}/{number}?done=sent")


def _written(visit: Visit, letter: Message | None, write: Beside) -> None:
    """Write something down with the letter that tells the office of it, once."""
    with contextlib.suppress(_Twice):
        if letter is None:
            visit.house.data.write(write, durable=True)
        else:
            outbox_of(visit.house).put(letter, beside=write)


def _show(visit: Visit, status: int = 200, *, wrong: str = "") -> Response:
    ticket, thread = visit.house.data.read(lambda db: _seen(visit, db))
    whom = CORNER.whom(visit)
    unopened = visit.house.data.read(lambda db: Notices(db).unopened(whom))
    if ticket.number in unopened:
        visit.house.data.write(lambda db: Notices(db).opened(whom, ticket.number))
    return page(
        visit,
        "request.html",
        status,
        one=ticket,
        thread=thread,
        sounds=there(visit.house, thread),
        base=f"{_LIST}/{ticket.number}",
        text=visit.form.get("text", ""),
        key=visit.form.get("key") or token_urlsafe(),
        accepted=ACCEPTED,
        done=visit.query.get("done", ""),
        wrong=wrong,
    )


def _reply(visit: Visit) -> Response:
    """Add what an owner says to a request, and write to the office."""
    text, key = visit.form.get("text", "").strip(), key_of(visit)
    ticket, _ = visit.house.data.read(lambda db: _seen(visit, db))
    try:
        files = kept(visit)
    except Unfit as error:
        return _show(visit, 422, wrong=told(visit, error))
    if not (text or files):
        return _show(visit, 422, wrong=visit.words("owners.reply-empty"))
    message_id = outbox_of(visit.house).message_id()

    def write(db: sqlite_utils.Database) -> None:
        if key and Tickets(db).by_key(key) is not None:
            raise _Twice
        Tickets(db).reply(
            ticket.number, text, way=Way.PAGE, files=files, message_id=message_id, key=key
        )  # fmt: skip

    letter = letters_of_owners(visit.house).request(
        visit.owner,
        ticket.heading,
        text,
        files=len(files),
        number=ticket.number,
        message_id=message_id,
    )
    try:
        _written(visit, letter, write)
    except OutboxLimit:
        return _show(visit, 429, wrong=visit.words("owners.too-many-requests"))
    return moved(f"{_LIST}/{ticket.number}?done=replied")


def _hear(visit: Visit) -> Response:
    return heard(visit, _thread(visit), "", "")


def _thread(visit: Visit) -> Sequence[Entry]:
    return visit.house.data.read(lambda db: _seen(visit, db))[1]


def _seen(visit: Visit, db: sqlite_utils.Database) -> tuple[Ticket, Sequence[Entry]]:
    """Return the request that the path names, as its owner sees it: without notes.

    Raises:
        Refused: there is none, or it is somebody else's.
    """
    tickets, owner = Tickets(db), visit.owner
    try:
        ticket = tickets.find(number_of(visit.names["ticket"]))
    except DataError:
        raise missing() from None
    asker = ticket.asker
    if (asker.kind, asker.ref, asker.manager) != (AskerKind.OWNER, owner.login, owner.manager.id):
        raise missing()
    return ticket, tickets.thread(ticket.number, notes=False)


def _mine(owner: Owner) -> Filter:
    return Filter(
        asker=(AskerKind.OWNER, owner.login), manager=owner.manager.id, notes=False, limit=_LATEST
    )


def _counted(visit: Visit, db: sqlite_utils.Database, key: str) -> tuple[int | None, int]:
    """Return the ticket that a form has become, and how many were made within a day."""
    since = visit.now - timedelta(days=1)
    asked = Filter(asker=(AskerKind.OWNER, visit.owner.login), since=since, limit=_PER_DAY)
    return Tickets(db).by_key(key), len(Tickets(db).listed(asked))


_ALLOWED = Permission.OWNER
_ONE = f"{_LIST}/{{ticket}}"
ROUTES = (
    Route(_LIST, _ALLOWED, _show_all),
    Route(f"{_LIST}/new", _ALLOWED, _form),
    Route(f"{_LIST}/new", _ALLOWED, _ask, "POST", FILES, attachments=True),
    Route(_ONE, _ALLOWED, _show),
    Route(f"{_ONE}/reply", _ALLOWED, _reply, "POST", FILES, attachments=True),
    Route(f"{_ONE}/entries/{{entry}}/sound", _ALLOWED, _hear, threads=FILES),
    *file_routes(_ONE, _ALLOWED, _thread),
)
