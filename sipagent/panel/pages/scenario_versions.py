"""Scenarios: publishing a draft, the versions that were live, and how two of them differ."""

from itertools import zip_longest
from urllib.parse import quote

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import SipAgentError
from sipagent.panel.difference import lines
from sipagent.panel.pages.scenario_editing import refused
from sipagent.panel.pages.scenarios import shown
from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios import drafts
from sipagent.panel.scenarios.drafts import Overtaken, Version
from sipagent.panel.scenarios.sheet import put
from sipagent.panel.scenarios.work import Work, keep, number_of, work_of
from sipagent.panel.web import Route, Visit, missing, moved


def _publish(visit: Visit) -> Response:
    """Let the draft be what callers walk through from now on."""
    work = work_of(visit)
    known = number_of(visit.form.get("known"))
    if work.draft is None or known != work.number:
        return shown(visit, work, 409, wrong="scenario.overtaken")
    if visit.house.desk.read(work.name, work.sheet.text).mistakes:
        return shown(visit, work, 422, wrong="scenario.unfit")
    if "over" not in visit.form and _changed_beside(visit, work):
        return _compared(visit, work, "file", "draft", 409, "scenario.changed-beside")

    def publish(db: sqlite_utils.Database) -> None:
        if work.live is not None:
            drafts.found(db, work.name, work.live, visit.now)
        drafts.published(db, work.name, visit.person.name, visit.now, known=known)
        put(work.sheet, visit.house.desk.own / f"{work.name}.toml")

    try:
        visit.house.data.write(publish, durable=True)
    except Overtaken as error:
        return shown(visit, work_of(visit), 409, wrong=refused(error))
    visit.note("scenario-publish", work.name)
    path = f"/scenarios/{quote(work.name, safe='')}"
    return moved(f"{path}?done={_taken(visit)}", script=visit.by_script)


def _taken(visit: Visit) -> str:
    """Have the running line take the scenario; return what became of that, a key of the texts."""
    try:
        visit.house.ask("line.reload")
    except SipAgentError:
        return "scenario.published-later"
    return "scenario.published"


def _changed_beside(visit: Visit, work: Work) -> bool:
    """Whether the file is not that any more upon which the draft was begun."""
    base = visit.house.data.read(lambda db: drafts.base(db, work.name))
    was = base.sheet.text if base else None
    return was != (work.live.text if work.live else None)


def _versions(visit: Visit) -> Response:
    work = work_of(visit)
    lived = visit.house.data.read(lambda db: drafts.lived(db, work.name))
    live = work.live.text if work.live else None
    current = next((one.id for one in lived if one.sheet.text == live), 0)
    pairs = list(zip_longest(lived, lived[1:]))
    return visit.page(
        "scenarios/versions.html", name=work.name, work=work, pairs=pairs, current=current
    )  # fmt: skip


def _difference(visit: Visit) -> Response:
    query = visit.query
    return _compared(visit, work_of(visit), query.get("from", ""), query.get("to", ""))


def _compared(
    visit: Visit, work: Work, first: str, second: str, status: int = 200, wrong: str = ""
) -> Response:
    texts = [_text_of(visit, work, one) for one in (first, second)]
    return visit.page(
        "scenarios/difference.html",
        status,
        name=work.name,
        work=work,
        lines=lines(*texts),
        sides=[_named(visit, work, one) for one in (first, second)],
        wrong=wrong,
    )


def _text_of(visit: Visit, work: Work, which: str) -> str:
    """Return the text of a version, of the file or of the draft.

    Raises:
        Refused: there is no such thing.
    """
    if which == "draft" and work.draft:
        return work.draft.sheet.text
    if which == "file":
        return work.live.text if work.live else ""
    return _existing(visit, work, which).sheet.text


def _named(visit: Visit, work: Work, which: str) -> Version | None:
    """Return a version; None: the file, or the draft."""
    return None if which in ("file", "draft") else _existing(visit, work, which)


def _existing(visit: Visit, work: Work, which: str) -> Version:
    found = visit.house.data.read(lambda db: drafts.of_id(db, work.name, number_of(which)))
    if found is None:
        raise missing()
    return found


def _restore(visit: Visit) -> Response:
    """Let an old version be the draft; what it takes the place of can be had back by undoing."""
    work = work_of(visit)
    version = _existing(visit, work, visit.form.get("version", ""))
    try:
        keep(visit, work, version.sheet)
    except Overtaken as error:
        return shown(visit, work_of(visit), 409, wrong=refused(error))
    return moved(f"/scenarios/{quote(work.name, safe='')}?done=scenario.restored")


_SCENARIOS = Permission.SCENARIOS
ROUTES = (
    Route("/scenarios/{name}/publish", _SCENARIOS, _publish, "POST"),
    Route("/scenarios/{name}/versions", _SCENARIOS, _versions),
    Route("/scenarios/{name}/restore", _SCENARIOS, _restore, "POST"),
    Route("/scenarios/{name}/difference", _SCENARIOS, _difference),
)
