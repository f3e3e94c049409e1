"""PINs of entries: drawn by lot, shown once, taken away."""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import sqlite_utils
from starlette.responses import Response

from sipagent.access.pins import generate
from sipagent.exchange import editing
from sipagent.exchange.reading import load
from sipagent.exchange.rooms.pins import Role
from sipagent.exchange.rooms.pins import set_pin as set_pin_of_room
from sipagent.panel.pages import entries
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import PINS


class SetPin(Protocol):
    """Gives an entry a PIN, or takes it away where it is empty."""

    def __call__(self, db: sqlite_utils.Database, key: str, pin: str, *, by: str) -> None:
        """Do it."""


#: Kinds of entries whose PINs are set here → the field of each → what sets it.
_PINS: Mapping[str, Mapping[str, SetPin]] = {
    **{
        kind: {"pin": partial(editing.set_pin, kind=kind)}
        for kind in ("users", "authorised", "boxes")
    },
    "rooms": {role.value: partial(set_pin_of_room, role=role) for role in Role},
}


def _set(visit: Visit, kind: str) -> Response:
    pages = entries.PAGES[kind]
    entry = pages.entry(visit, visit.house.data.read(load))
    set_pin = _PINS[kind].get(visit.form.get("pin", "pin"))
    if entry is None or set_pin is None:
        raise missing()
    drawn = "" if "take" in visit.form else generate(getattr(entry, "number", "") or entry.key)
    by = visit.person.name
    visit.house.data.write(lambda db: set_pin(db, entry.key, pin=drawn, by=by))
    if not drawn:
        return moved(pages.address(entry.key, done="changed"))
    back = pages.address(entry.key)
    return visit.page("exchange/pin.html", entry=entry, pin=drawn, back=back)


ROUTES = tuple(
    Route(f"/exchange/{kind}/pin", Permission.EXCHANGE, partial(_set, kind=kind), "POST", PINS)
    for kind in _PINS
)
