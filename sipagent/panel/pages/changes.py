"""What was changed in the exchange, by whom, what it was before; and taking it back."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange import journal
from sipagent.exchange.difference import Change
from sipagent.exchange.journal import Noted
from sipagent.exchange.undoing import undo
from sipagent.panel.forms.entries import number_of
from sipagent.panel.forms.showing import told
from sipagent.panel.pages import entries
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

#: Changes on a page; what was changed at once is never torn apart.
_PAGE = 50


class Together(NamedTuple):
    """What was changed at once."""

    number: int
    at: datetime
    by: str
    changes: list[Change]


def _list(visit: Visit, status: int = 200, trouble: str = "") -> Response:
    kind, key = visit.query.get("kind", ""), visit.query.get("key", "")
    before = number_of(visit.query.get("before", ""))

    def work(db: sqlite_utils.Database) -> list[Noted]:
        return journal.page(db, _PAGE, kind=kind, key=key, before=before)

    noted = visit.house.data.read(work)
    older = {"kind": kind, "key": key, "before": str(noted[-1].number)} if noted else {}
    return visit.page(
        "exchange/changes.html",
        status,
        found=list(_together(noted)),
        key=key,
        told=lambda kind, name, value: _told(visit, kind, name, value),
        trouble=trouble,
        done=visit.query.get("done", ""),
        older=f"/exchange/changes?{urlencode(older)}" if len(noted) >= _PAGE else "",
    )


def _undo(visit: Visit) -> Response:
    number = number_of(visit.form.get("number", ""))
    by, country = visit.person.name, visit.house.config.line.country
    try:
        visit.house.data.write(lambda db: undo(db, number, by=by, country=country))
    except DataError as error:
        return _list(visit, 409, str(error))
    return moved("/exchange/changes?done=undone")


def _together(noted: list[Noted]) -> Iterator[Together]:
    for number, group in itertools.groupby(noted, key=lambda one: one.number):
        found = list(group)
        yield Together(number, found[0].at, found[0].by, [one.change for one in found])


def _told(visit: Visit, kind: str, name: str, value: Any) -> str:
    pages = entries.PAGES.get(kind)
    return pages.told(visit, name, value) if pages else told(visit.words, name, value)


ROUTES = (
    Route("/exchange/changes", Permission.EXCHANGE, _list),
    Route("/exchange/changes/undo", Permission.EXCHANGE, _undo, "POST"),
)
