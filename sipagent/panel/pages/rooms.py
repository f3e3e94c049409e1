"""The rooms of the exchange, in which many talk."""

import sqlite_utils

from sipagent.exchange.rooms.pins import Role, set_pin
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field
from sipagent.panel.forms.naming import Chosen, announcements
from sipagent.panel.pages.pins import PinPages, SetPin

_FORM = EntryForm(
    "rooms",
    (
        Field("name", needed=True),
        Field("number", needed=True),
        Field("people", inputmode="numeric"),
        Chosen("greeting", among=announcements),
        Check("tones"),
        Check("names"),
        Check("count"),
        Check("wait"),
        Check("record"),
    ),
)


def _setting(role: Role) -> SetPin:
    def work(db: sqlite_utils.Database, key: str, pin: str, /, *, by: str) -> None:
        set_pin(db, key, role, pin, by=by)

    return work


_PINS = PinPages("rooms", {role.value: _setting(role) for role in Role})
ROOMS = EntryPages(
    _FORM, ("name", "number", "people"), template="exchange/with_pins.html", beside=_PINS.beside
)
MORE = _PINS.routes()
