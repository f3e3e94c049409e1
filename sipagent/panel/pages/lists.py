"""Entries as CSV files: down, and up again, tried out first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange import lists, user_list
from sipagent.exchange.difference import Change
from sipagent.exchange.model import Exchange
from sipagent.exchange.outward import price_list
from sipagent.exchange.reading import load
from sipagent.panel.files import attached
from sipagent.panel.pages import entries
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

#: A line has some hundred bytes: enough for thousands.
_MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class _List:
    """A kind of entries as a file.

    Args:
        kind: which.
        columns: of the file.
        needed: how many of them there have to be, the first ones.
        written: returns the file of an exchange.
        take: takes what a visitor has sent, or tells what that would change.
    """

    kind: str
    columns: tuple[str, ...]
    needed: int
    written: Callable[[Exchange], str]
    take: Callable[[Visit, sqlite_utils.Database, str, bool], list[Change]]

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path, allowed = f"/exchange/{self.kind}", Permission.EXCHANGE
        return (
            Route(f"{path}.csv", allowed, partial(_file, one=self)),
            Route(f"{path}/list", allowed, partial(_report, one=self)),
            Route(f"{path}/list", allowed, partial(_take, one=self), "POST", files=_MOST_BYTES),
        )


def _file(visit: Visit, one: _List) -> Response:
    text = one.written(visit.house.data.read(load).exchange)
    return attached(text, f"{one.kind}.csv", "text/csv")


def _take(visit: Visit, one: _List) -> Response:
    """Take a list, or only tell what it would change."""
    dry_run = "take" not in visit.form
    sent = visit.files.get("list")
    if sent is None:
        return _report(visit, one, 422, wrong=visit.words("list.no-file"))
    try:
        text = lists.decoded(sent.file.read(), visit.words("list.line"))
        found = visit.house.data.write(lambda db: one.take(visit, db, text, dry_run))
    except DataError as error:
        return _report(visit, one, 422, mistakes=str(error).splitlines())
    if dry_run:
        return _report(visit, one, found=found)
    return moved(f"/exchange/{one.kind}?done=changed", script=visit.by_script)


def _report(
    visit: Visit,
    one: _List,
    status: int = 200,
    *,
    wrong: str = "",
    mistakes: list[str] | None = None,
    found: list[Change] | None = None,
) -> Response:
    """Show the form, and what became of a list; a script has the form already."""
    template = "exchange/list_report.html" if visit.by_script else "exchange/list.html"
    return visit.page(
        template,
        200 if visit.by_script else status,
        columns=one.columns,
        needed=one.columns[: one.needed],
        wrong=wrong,
        mistakes=mistakes,
        found=found,
        pages=entries.PAGES[one.kind],
    )


def _users(visit: Visit, db: sqlite_utils.Database, text: str, dry_run: bool) -> list[Change]:
    place, by = visit.words("list.line"), visit.person.name
    country = visit.house.config.line.country
    return user_list.take(db, text, place, dry_run=dry_run, by=by, country=country)


def _tariffs(visit: Visit, db: sqlite_utils.Database, text: str, dry_run: bool) -> list[Change]:
    place, by = visit.words("list.line"), visit.person.name
    return price_list.take(db, text, place, dry_run=dry_run, by=by)


_LISTS = (
    _List("users", user_list.COLUMNS, 2, user_list.written, _users),
    _List("tariffs", price_list.COLUMNS, 3, price_list.written, _tariffs),
)
ROUTES = tuple(route for one in _LISTS for route in one.routes())
