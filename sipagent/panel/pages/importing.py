"""Importing owners from files: tried out first, with all mistakes and changes; then for good."""

from starlette.responses import Response

from sipagent.panel.files import attached
from sipagent.panel.imports import SHOWN, Import, Sent, Wanted
from sipagent.panel.own import offices_of
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import FILES

#: Bytes of all files of an import.
_MOST_BYTES = 64 * 1024 * 1024
_PATH = "/infoline/import"


def _form(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    return visit.page("infoline/import.html", status, wrong=wrong)


def _try_out(visit: Visit) -> Response:
    files: list[Sent] = []
    columns: Sent | None = None
    for name, one in visit.files.items():
        sent = (one.filename or "", one.file)
        if name == "columns":
            columns = sent
        else:
            files.append(sent)
    if not files:
        return _form(visit, 422, "import.no-files")
    wanted = Wanted(
        _manager(visit), bool(visit.form.get("skip_bad")), visit.person, visit.address, visit.now
    )
    return moved(f"{_PATH}/{visit.house.imports.try_out(wanted, files, columns).id}")


def _manager(visit: Visit) -> str | None:
    """Return the code of the only manager whose rows somebody may import; None: of any."""
    if visit.person.manager is None:
        return None
    offices = visit.house.data.read(lambda db: offices_of(visit, db))
    if not offices:
        raise missing()
    return offices[0].manager.code


def _show(visit: Visit) -> Response:
    one = _import(visit)
    template = "infoline/import_runs.html" if one.outcome is None else "infoline/import_done.html"
    return visit.page(template, one=one, outcome=one.outcome, most=SHOWN)


def _progress(visit: Visit) -> Response:
    """Return how far it is, as a part of a page; once it is done, the whole page."""
    one = _import(visit)
    if one.outcome is not None:
        return moved(f"{_PATH}/{one.id}", script=visit.by_script)
    return visit.page("infoline/import_progress.html", one=one)


def _make(visit: Visit) -> Response:
    one = _import(visit)
    visit.house.imports.make(one)
    return moved(f"{_PATH}/{one.id}")


def _report(visit: Visit) -> Response:
    """Return the rows that were left out, for whoever mends them."""
    one = _import(visit)
    if one.outcome is None or not one.outcome.left_out:
        raise missing()
    return attached(one.report.read_bytes(), "left-out.csv", "text/csv")


def _import(visit: Visit) -> Import:
    """Return the import that the path names.

    Raises:
        Refused: there is none any more, or somebody else has begun it.
    """
    found = visit.house.imports.find(visit.person, visit.names["import"])
    if found is None:
        raise missing()
    return found


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route(_PATH, _ALLOWED, _form),
    Route(_PATH, _ALLOWED, _try_out, "POST", FILES, files=_MOST_BYTES),
    Route(f"{_PATH}/{{import}}", _ALLOWED, _show),
    Route(f"{_PATH}/{{import}}", _ALLOWED, _make, "POST"),
    Route(f"{_PATH}/{{import}}/progress", _ALLOWED, _progress),
    Route(f"{_PATH}/{{import}}/left-out.csv", _ALLOWED, _report),
)
