"""Lock-outs: who has guessed wrong too often, and letting them try again."""

from datetime import datetime

import sqlite_utils
from starlette.responses import Response

from sipagent.access.lockout import Kind, Lockout
from sipagent.access.pins import closed_until, reopen
from sipagent.infoline.lockouts import Locked, lift, locked
from sipagent.panel.people import note
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

#: Lock-outs on the page.
_MOST = 200


def _list(visit: Visit) -> Response:
    settings, manager = visit.house.config.login, visit.person.manager

    def work(db: sqlite_utils.Database) -> tuple[list[Locked], datetime | None]:
        found = locked(db, Lockout(settings), visit.now, manager, _MOST)
        # That no PIN is taken is everybody's: who guessed them is not told to one of them.
        return found, None if manager is not None else closed_until(db, settings, visit.now)

    found, closed = visit.house.data.read(work)
    done = visit.query.get("done", "")
    return visit.page("infoline/lockouts.html", locked=found, closed=closed, most=_MOST, done=done)


def _lift(visit: Visit) -> Response:
    kind, value = visit.form.get("kind", ""), visit.form.get("value", "")
    if kind not in set(Kind):
        raise missing()

    def work(db: sqlite_utils.Database) -> None:
        lift(db, Kind(kind), value, visit.person.manager)
        about = f"{kind} {value}"
        note(db, visit.now, visit.person.name, visit.address, "lockout-lifted", about)

    visit.house.data.write(work)
    return moved("/infoline/lockouts?done=lifted")


def _take_pins(visit: Visit) -> Response:
    """Take PINs again before the hour is over."""
    if visit.person.manager is not None:
        raise missing()

    def work(db: sqlite_utils.Database) -> None:
        reopen(db)
        note(db, visit.now, visit.person.name, visit.address, "pins-reopened")

    visit.house.data.write(work)
    return moved("/infoline/lockouts?done=pins")


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/lockouts", _ALLOWED, _list),
    Route("/infoline/lockouts", _ALLOWED, _lift, "POST"),
    Route("/infoline/lockouts/pins", _ALLOWED, _take_pins, "POST"),
)
