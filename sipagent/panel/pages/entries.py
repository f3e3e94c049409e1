"""The exchange: which kinds of entries have pages, and what calls cost to what is typed there."""

from collections.abc import Mapping

from starlette.responses import Response

from sipagent.exchange.outward.costs import cost_of
from sipagent.exchange.reading import load
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.pricing import sentence
from sipagent.panel.pages import announcements, schedules
from sipagent.panel.pages.announcements import ANNOUNCEMENTS
from sipagent.panel.pages.authorised import AUTHORISED
from sipagent.panel.pages.boxes import BOXES
from sipagent.panel.pages.groups import GROUPS
from sipagent.panel.pages.numbers import NUMBERS
from sipagent.panel.pages.outside import OUTSIDE
from sipagent.panel.pages.phones import PHONES
from sipagent.panel.pages.queues import QUEUES
from sipagent.panel.pages.rooms import ROOMS
from sipagent.panel.pages.schedules import SCHEDULES
from sipagent.panel.pages.tariffs import TARIFFS
from sipagent.panel.pages.users import USERS
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit

#: Kind → its pages.
PAGES: Mapping[str, EntryPages] = {
    one.kind: one
    for one in (
        *(USERS, PHONES, OUTSIDE, AUTHORISED),
        *(GROUPS, QUEUES, ROOMS, BOXES),
        *(SCHEDULES, ANNOUNCEMENTS, NUMBERS, TARIFFS),
    )
}


def cost(visit: Visit) -> Response:
    """Return what calls to a number cost that somebody types, as a part of a page."""
    name = visit.query.get("name", "")
    typed = visit.query.get(name, "").strip()
    there = visit.house.data.read(load).exchange
    found = cost_of(there, typed, visit.house.config.line.country)
    if found is None:
        return Response("", media_type="text/html")
    told = sentence(visit.words, found)
    return visit.page("forms/cost.html", name=name, number=found.number, cost=told)


ROUTES = (
    Route("/exchange/cost", Permission.EXCHANGE, cost),
    *(route for pages in PAGES.values() for route in pages.routes()),
    *schedules.MORE,
    *announcements.MORE,
)
