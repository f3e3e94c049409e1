"""The outbox: messages that wait, those that are done, and having one tried again."""

from urllib.parse import urlencode

from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.infoline.online.letters import CHANGE, CODE
from sipagent.messages.queue import Entry, State
from sipagent.messages.reading import Written, read
from sipagent.panel.forms.entries import number_of
from sipagent.panel.mailing import outbox_of
from sipagent.panel.own import is_own
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

#: Messages on a page.
_PAGE = 50
#: What lets somebody in is for them alone: nobody reads it here.
_SECRET = frozenset({"panel-code", CODE, CHANGE})


def _list(visit: Visit) -> Response:
    state, before = visit.query.get("state", ""), visit.query.get("before", "")
    found = outbox_of(visit.house).listed(
        state=State(state) if state in set(State) else None,
        manager=visit.person.manager,
        before=number_of(before) if before else None,
        limit=_PAGE + 1,
    )
    more = len(found) > _PAGE
    given = {"state": state} if state else {}
    following = {**given, "before": found[_PAGE - 1].id} if more else {}
    return visit.page(
        "infoline/outbox.html",
        entries=found[:_PAGE],
        states=tuple(State),
        state=state,
        given=given,
        first=not before,
        newest=f"/infoline/outbox?{urlencode(given)}",
        older=f"/infoline/outbox?{urlencode(following)}" if more else "",
    )


def _show(visit: Visit) -> Response:
    entry = _entry(visit)
    return visit.page(
        "infoline/message.html",
        entry=entry,
        written=_written(visit, entry),
        done=visit.query.get("done", ""),
    )


def _written(visit: Visit, entry: Entry) -> Written | None:
    """Return what stands in a message; None: that is gone, or nobody's to read."""
    if entry.kind in _SECRET:
        return None
    try:
        return read(outbox_of(visit.house).content(entry))
    except (DataError, SetupError):
        return None


def _retry(visit: Visit) -> Response:
    entry = _entry(visit)
    outbox_of(visit.house).retry([entry.id])
    visit.note("message-retried", str(entry.id))
    return moved(f"/infoline/outbox/{entry.id}?done=retried")


def _entry(visit: Visit) -> Entry:
    """Return the message that the path names.

    Raises:
        Refused: there is none, or it is somebody else's.
    """
    try:
        entry = outbox_of(visit.house).find(number_of(visit.names["message"]))
    except DataError:
        raise missing() from None
    if not is_own(visit, entry.manager):
        raise missing()
    return entry


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/outbox", _ALLOWED, _list),
    Route("/infoline/outbox/{message}", _ALLOWED, _show),
    Route("/infoline/outbox/{message}/retry", _ALLOWED, _retry, "POST"),
)
