"""Where requests of owners stood before they became tickets: whoever comes there is led on."""

from starlette.responses import Response

from sipagent.panel.pages.now import number
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

_TICKETS = "/helpdesk/tickets"


def _list(visit: Visit) -> Response:
    return moved(_TICKETS)


def _show(visit: Visit) -> Response:
    return moved(f"{_TICKETS}/{number(visit.names['ticket'])}")


ROUTES = (
    Route("/infoline/requests", Permission.INFOLINE, _list),
    Route("/infoline/requests/{ticket}", Permission.INFOLINE, _show),
)
