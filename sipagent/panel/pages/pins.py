"""PINs of entries: set, drawn by lot and shown once, taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent.access.pins import generate
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored, load
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import PINS


class SetPin(Protocol):
    """Gives an entry a PIN, or takes it away where it is empty; it raises ``DataError``."""

    def __call__(self, db: sqlite_utils.Database, key: str, pin: str, /, *, by: str) -> None:
        """Do it."""


@dataclass(frozen=True, slots=True)
class PinPages:
    """Pages that set the PINs of a kind of entries.

    Args:
        kind: of the entries.
        pins: field of an entry → what sets it.
    """

    kind: str
    pins: Mapping[str, SetPin]

    def routes(self) -> tuple[Route, ...]:
        """Return the route of their forms."""
        path = f"/exchange/{self.kind}/pin"
        return (Route(path, Permission.EXCHANGE, self.change, "POST", PINS),)

    def beside(self, visit: Visit, stored: Stored, entry: Entry) -> Mapping[str, Any]:
        """Return which PINs an entry has, for its page."""
        return {"pins": {name: bool(getattr(entry, name)) for name in self.pins}}

    def change(self, visit: Visit) -> Response:
        """Set a PIN, draw one by lot, or take it away."""
        stored = visit.house.data.read(load)
        entry = stored.exchange.find(self.kind, visit.query.get("key", ""))
        name, do = visit.form.get("pin-of", ""), visit.form.get("do", "")
        if entry is None or name not in self.pins:
            raise missing()
        drawn = generate(getattr(entry, "number", "") or entry.key) if do == "draw" else ""
        pin = drawn or ("" if do == "remove" else visit.form.get("pin", "").strip())
        if not pin and do != "remove":
            return self._shown(visit, entry, name, wrong="pin.wrong")
        set_pin, key, by = self.pins[name], entry.key, visit.person.name
        try:
            visit.house.data.write(lambda db: set_pin(db, key, pin, by=by))
        except DataError as error:
            return self._shown(visit, entry, name, wrong="pin.wrong", details=str(error))
        if drawn:
            return self._shown(visit, entry, name, pin=drawn)
        return moved(f"/exchange/{self.kind}/entry?{urlencode({'key': entry.key, 'done': 'pin'})}")

    def _shown(
        self,
        visit: Visit,
        entry: Entry,
        name: str,
        *,
        pin: str = "",
        wrong: str = "",
        details: str = "",
    ) -> Response:
        """Show a PIN that was drawn, this once, or what is wrong with one that was typed."""
        return visit.page(
            "exchange/pin.html",
            422 if wrong else 200,
            kind=self.kind,
            entry=entry,
            name=name,
            pin=pin,
            wrong=wrong,
            details=details,
        )


def of_kind(kind: str) -> SetPin:
    """Return what sets the only PIN of entries of a kind."""
    return partial(editing.set_pin, kind=kind)
