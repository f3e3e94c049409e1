"""The calls of the past: a list with filters, page by page, and one call as a timeline."""

from starlette.responses import Response

from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing
from sipagent.records.history import CallRow, History

#: Calls on a page.
_PAGE = 50


def _list(visit: Visit) -> Response:
    found = visit.house.data.read(
        lambda db: History(db).calls(labels=visit.person.labels, limit=_PAGE)
    )
    return visit.page("calls.html", calls=found)


def _show(visit: Visit) -> Response:
    name = visit.names["call"]
    call, legs, events = visit.house.data.read(lambda db: _one(History(db), visit, name))
    return visit.page("call.html", call=call, legs=legs, events=events)


def _one(history: History, visit: Visit, name: str) -> tuple[CallRow, list[object], list[object]]:
    call = history.of_id(name)
    if call is None or not visit.person.labels.items() <= call.labels.items():
        raise missing()
    return call, list(history.legs(call)), list(history.timeline(call.id))


ROUTES = (
    Route("/calls", Permission.HISTORY, _list),
    Route("/calls/{call}", Permission.HISTORY, _show),
)
