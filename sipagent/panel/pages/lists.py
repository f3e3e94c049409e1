"""People as a CSV file: down, and up again, tried out first."""

from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange import lists, user_list
from sipagent.exchange.difference import Change
from sipagent.exchange.reading import load
from sipagent.panel.pages import entries
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

#: A line has some hundred bytes: enough for a firm of thousands.
_MOST_BYTES = 300_000


def _file(visit: Visit) -> Response:
    text = user_list.written(visit.house.data.read(load).exchange)
    headers = {"content-disposition": 'attachment; filename="users.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


def _form(visit: Visit) -> Response:
    return _report(visit)


def _take(visit: Visit) -> Response:
    """Take a list, or only tell what it would change."""
    dry_run = "take" not in visit.form
    sent = visit.files.get("list")
    if sent is None:
        return _report(visit, 422, wrong=visit.words("list.no-file"))
    by, country = visit.person.name, visit.house.config.line.country
    try:
        text = lists.decoded(sent.file.read(), visit.words("list.line"))
        found = visit.house.data.write(
            lambda db: user_list.take(
                db, text, visit.words("list.line"), dry_run=dry_run, by=by, country=country
            )
        )
    except DataError as error:
        return _report(visit, 422, mistakes=str(error).splitlines())
    if dry_run:
        return _report(visit, found=found)
    return moved("/exchange/users?done=changed", script=visit.by_script)


def _report(
    visit: Visit,
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
        columns=user_list.COLUMNS,
        wrong=wrong,
        mistakes=mistakes,
        found=found,
        pages=entries.PAGES["users"],
    )


_EXCHANGE = Permission.EXCHANGE
ROUTES = (
    Route("/exchange/users.csv", _EXCHANGE, _file),
    Route("/exchange/users/list", _EXCHANGE, _form),
    Route("/exchange/users/list", _EXCHANGE, _take, "POST", files=_MOST_BYTES),
)
