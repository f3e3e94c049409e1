"""Requests of owners: what they have dictated, as sound and in words, and the answers to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent import replies
from sipagent.errors import DataError
from sipagent.infoline.owner_requests import OwnerRequest, request_of
from sipagent.panel.files import in_part
from sipagent.panel.forms.entries import number_of
from sipagent.panel.own import is_own
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import FILES
from sipagent.tickets.answering import Sent
from sipagent.tickets.model import AskerKind, Entry, Filter, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets

#: Requests on a page.
_PAGE = 50
_STATUSES = tuple(one for one in Status if one is not Status.DRAFT)


@dataclass(frozen=True, slots=True)
class Thread:
    """A request, and what was added to it; ``recording`` is None where it is gone."""

    ticket: Ticket
    request: OwnerRequest
    question: Entry
    added: list[Entry]
    recording: Path | None

    @property
    def seen(self) -> str:
        """What a form says it has seen of it."""
        return str(self.ticket.version)


def _list(visit: Visit) -> Response:
    state, owner = visit.query.get("state", ""), visit.query.get("owner", "").strip()
    before = visit.query.get("before", "")
    found = visit.house.data.read(
        lambda db: [
            (one, request_of(db, one.id), Tickets(db).thread(one.number)[0])
            for one in Tickets(db).listed(
                Filter(
                    statuses=[Status(state)] if state in _STATUSES else (),
                    ways=[Way.PHONE],
                    asker=(AskerKind.OWNER, owner) if owner else None,
                    manager=visit.person.manager,
                    before=number_of(before) if before else None,
                    limit=_PAGE + 1,
                )
            )
        ]
    )
    more = len(found) > _PAGE
    given = {name: value for name, value in (("state", state), ("owner", owner)) if value}
    following = {**given, "before": found[_PAGE - 1][0].number} if more else {}
    return visit.page(
        "infoline/requests.html",
        tickets=found[:_PAGE],
        states=_STATUSES,
        state=state,
        owner=owner,
        given=given,
        first=not before,
        newest=f"/infoline/requests?{urlencode(given)}",
        older=f"/infoline/requests?{urlencode(following)}" if more else "",
    )


def _show(visit: Visit) -> Response:
    return _page(visit, visit.house.data.read(lambda db: _thread(visit, db)))


def _page(visit: Visit, thread: Thread, status: int = 200, **values: object) -> Response:
    shown = {"text": "", "changed": False, "done": visit.query.get("done", ""), **values}
    return visit.page("infoline/request.html", status, thread=thread, one=thread.ticket, **shown)


def _thread(visit: Visit, db: sqlite_utils.Database) -> Thread:
    """Return the request that the path names.

    Raises:
        Refused: there is none, or it is somebody else's.
    """
    tickets, number = Tickets(db), number_of(visit.names["ticket"])
    try:
        ticket = tickets.find(number)
    except DataError:
        raise missing() from None
    request = request_of(db, ticket.id)
    if request is None or not is_own(visit, ticket.asker.manager):
        raise missing()
    question, *added = tickets.thread(number)
    name = question.voice.recording if question.voice else ""
    path = visit.house.config.paths.recordings / name
    recording = path if name and path.is_file() else None
    return Thread(ticket, request, question, added, recording)


def _hear(visit: Visit) -> Response:
    """Return what was dictated, or the part of it that a browser asks for; that is on record."""
    thread = visit.house.data.read(lambda db: _thread(visit, db))
    if thread.recording is None:
        raise missing()
    try:
        content = thread.recording.read_bytes()
    except OSError:
        raise missing() from None

    def part(first: int, last: int) -> Iterator[bytes]:
        visit.note("request-heard", str(thread.ticket.number))
        return iter((content[first : last + 1],))

    return in_part(visit.range, len(content), part, "audio/wav", FILES)


def _reply(visit: Visit) -> Response:
    """Answer a request, unless somebody else has meanwhile."""
    thread = visit.house.data.read(lambda db: _thread(visit, db))
    text = visit.form.get("text", "").strip()
    if visit.form.get("seen") != thread.seen:
        return _page(visit, thread, 409, text=text, changed=True)
    if not text:
        return _page(visit, thread, 422, text=text)
    number, house = thread.ticket.number, visit.house
    sent = replies.answers(house.config, house.data).answer(number, visit.person.name, text)
    visit.note("request-answered", str(number))
    done = "answered" if sent is Sent.NOT else "mailed"
    return moved(f"/infoline/requests/{number}?done={done}")


def _close(visit: Visit) -> Response:
    thread = visit.house.data.read(lambda db: _thread(visit, db))
    if visit.form.get("seen") != thread.seen:
        return _page(visit, thread, 409, changed=True)
    number, why = thread.ticket.number, visit.form.get("text", "")
    visit.house.data.write(lambda db: Tickets(db).close(number, visit.person.name, why))
    visit.note("request-closed", str(number))
    return moved(f"/infoline/requests/{number}?done=closed")


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/requests", _ALLOWED, _list),
    Route("/infoline/requests/{ticket}", _ALLOWED, _show),
    Route("/infoline/requests/{ticket}/sound", _ALLOWED, _hear, threads=FILES),
    Route("/infoline/requests/{ticket}/reply", _ALLOWED, _reply, "POST"),
    Route("/infoline/requests/{ticket}/close", _ALLOWED, _close, "POST"),
)
