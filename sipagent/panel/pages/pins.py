"""PINs of entries: drawn by lot, shown once, taken away."""

from functools import partial

from starlette.responses import Response

from sipagent.access.pins import generate
from sipagent.exchange import editing
from sipagent.exchange.reading import load
from sipagent.panel.pages import entries
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import PINS

#: Kinds of entries whose PINs are set here.
_KINDS = ("users", "authorised")


def _set(visit: Visit, kind: str) -> Response:
    pages = entries.PAGES[kind]
    entry = pages.entry(visit, visit.house.data.read(load))
    if entry is None:
        raise missing()
    drawn = "" if "take" in visit.form else generate(getattr(entry, "number", entry.key))
    by = visit.person.name
    visit.house.data.write(lambda db: editing.set_pin(db, entry.key, drawn, kind, by=by))
    if not drawn:
        return moved(pages.address(entry.key, done="changed"))
    back = pages.address(entry.key)
    return visit.page("exchange/pin.html", entry=entry, pin=drawn, back=back)


ROUTES = tuple(
    Route(f"/exchange/{kind}/pin", Permission.EXCHANGE, partial(_set, kind=kind), "POST", PINS)
    for kind in _KINDS
)
