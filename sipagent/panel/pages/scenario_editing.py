"""Scenarios: what is done on a drawing, in its list, or in the text; all of it to the draft."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote, urlencode

from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.panel.pages.scenarios import listed, shown
from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios import changes, drafts
from sipagent.panel.scenarios.changes import place_of
from sipagent.panel.scenarios.drafts import Overtaken
from sipagent.panel.scenarios.fields import fields_of
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.panel.scenarios.work import Work, changed, drawn, keep, number_of, work_of
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.toml_text import ByHand

#: Does what a form asks for.
_Deed = Callable[[Visit, Work, Sheet], Sheet]


def _new(visit: Visit) -> Response:
    name = visit.form.get("name", "").strip()
    languages = visit.house.desk.catalogue().languages
    usual = [one for one in visit.house.words if one in languages] or list(languages)
    try:
        sheet = changes.new(name, usual)
    except DataError as error:
        return listed(visit, 422, typed=name, wrong=str(error))
    taken = name in visit.house.desk.files()
    if taken or visit.house.data.read(lambda db: drafts.draft(db, name)) is not None:
        return listed(visit, 422, typed=name, wrong="scenario.wrong-taken")
    keep(visit, Work(name, None, None), sheet)
    return moved(f"/scenarios/{quote(name, safe='')}")


def _edit(visit: Visit) -> Response:
    work, form = work_of(visit), visit.form
    deed = _DEEDS.get(form.get("do", ""))
    if deed is None:
        raise missing()
    opened = form.get("open", "")
    try:
        changed(visit, work, partial(deed, visit, work))
    except (Overtaken, DataError) as error:
        status = 409 if isinstance(error, Overtaken) else 422
        return shown(visit, work_of(visit), status, wrong=refused(error), step=opened)
    return _after(visit, form.get("name", "") if form["do"] in ("rename", "add") else opened)


def _undo(visit: Visit) -> Response:
    work, known = work_of(visit), number_of(visit.form.get("known"))
    try:
        visit.house.data.write(lambda db: drafts.undo(db, work.name, known=known))
    except Overtaken as error:
        return shown(visit, work_of(visit), 409, wrong=refused(error))
    if work.live is None and work.draft and _gone(visit, work.name):
        return moved("/scenarios", script=visit.by_script)
    return _after(visit, visit.form.get("open", ""))


def _discard(visit: Visit) -> Response:
    work, known = work_of(visit), number_of(visit.form.get("known"))
    try:
        visit.house.data.write(lambda db: drafts.discard(db, work.name, known=known))
    except Overtaken as error:
        return shown(visit, work_of(visit), 409, wrong=refused(error))
    visit.note("scenario-discard", work.name)
    return moved("/scenarios?done=scenarios.discarded", script=visit.by_script)


def _text(visit: Visit) -> Response:
    work = work_of(visit)
    return _texted(visit, work, work.sheet.text)


def _keep_text(visit: Visit) -> Response:
    """Keep a text as the draft; whoever is overtaken still has what they typed."""
    work = work_of(visit)
    text = visit.form.get("text", "").replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    try:
        keep(visit, work, Sheet(text, work.sheet.places))
    except Overtaken as error:
        return _texted(visit, work_of(visit), text, 409, refused(error))
    return moved(f"/scenarios/{quote(work.name, safe='')}")


def _texted(
    visit: Visit, work: Work, text: str, status: int = 200, wrong: str = ""
) -> Response:  # fmt: skip
    return visit.page(
        "scenarios/text.html", status, name=work.name, work=work, text=text, wrong=wrong
    )


def refused(error: DataError) -> str:
    """Return why something was not done: a key of the texts, or a sentence."""
    match error:
        case Overtaken():
            return "scenario.overtaken"
        case ByHand():
            return "scenario.by-hand"
    return str(error)


def _after(visit: Visit, step: str) -> Response:
    """Return the scenario after a change."""
    if visit.by_script:
        return shown(visit, work_of(visit), step=step)
    path = f"/scenarios/{quote(visit.names['name'], safe='')}"
    return moved(f"{path}?{urlencode({'step': step})}" if step else path)


def _gone(visit: Visit, name: str) -> bool:
    return visit.house.data.read(lambda db: drafts.draft(db, name)) is None


def _add(visit: Visit, work: Work, sheet: Sheet) -> Sheet:
    form = visit.form
    place = place_of(form.get("x", ""), form.get("y", ""))
    settled = _placed(visit, work, sheet) if place else sheet
    return changes.add(settled, form.get("name", "").strip(), form.get("type", ""), place)


def _place(visit: Visit, work: Work, sheet: Sheet) -> Sheet:
    form = visit.form
    place = place_of(form.get("x", ""), form.get("y", ""))
    if place is None:
        raise missing()
    return changes.put_at(_placed(visit, work, sheet), {form.get("step", ""): place})


def _placed(visit: Visit, work: Work, sheet: Sheet) -> Sheet:
    """Return a sheet on which each element has a place of its own: none moves by itself."""
    _, drawing = drawn(visit, work.name, sheet)
    return changes.put_at(sheet, {one.name: one.place for one in drawing.elements})


def _arrange(visit: Visit, work: Work, sheet: Sheet) -> Sheet:
    return Sheet(sheet.text)


def _settle(visit: Visit, work: Work, sheet: Sheet) -> Sheet:
    """Take what the form of a step says: its settings, and where its exits lead."""
    form, step = visit.form, visit.form.get("step", "")
    read, _ = drawn(visit, work.name, sheet)
    draft = read.found.drafts.get(step)
    if draft is None:
        raise missing()
    kind = visit.house.desk.vocabulary.steps.get(draft.table.type)
    fields = fields_of(kind, draft.table.settings) if kind else []
    sheet = changes.settle(sheet, step, {one.name: one.typed(form) for one in fields})
    return _joined(sheet, step, form)


def _joined(sheet: Sheet, step: str, form: Mapping[str, str]) -> Sheet:
    for field, target in form.items():
        exit = field.removeprefix("to:")
        if exit != field and target != form.get(f"was:{exit}", ""):
            sheet = changes.join(sheet, step, exit, target)
    return sheet


_DEEDS: Mapping[str, _Deed] = {
    "add": _add,
    "place": _place,
    "arrange": _arrange,
    "settle": _settle,
    "remove": lambda visit, _, sheet: changes.remove(sheet, visit.form.get("step", "")),
    "start": lambda visit, _, sheet: changes.start_at(sheet, visit.form.get("step", "")),
    "rename": lambda visit, _, sheet: changes.rename(
        sheet, visit.form.get("step", ""), visit.form.get("name", "").strip()
    ),
    "join": lambda visit, _, sheet: changes.join(
        sheet, *(visit.form.get(name, "") for name in ("step", "exit", "target"))
    ),
    "add-key": lambda visit, _, sheet: changes.add_key(
        sheet, *(visit.form.get(name, "") for name in ("step", "key", "target"))
    ),
    "remove-key": lambda visit, _, sheet: changes.remove_key(
        sheet, *(visit.form.get(name, "") for name in ("step", "key"))
    ),
}

_SCENARIOS = Permission.SCENARIOS
ROUTES = (
    Route("/scenarios", _SCENARIOS, _new, "POST"),
    Route("/scenarios/{name}/edit", _SCENARIOS, _edit, "POST"),
    Route("/scenarios/{name}/undo", _SCENARIOS, _undo, "POST"),
    Route("/scenarios/{name}/discard", _SCENARIOS, _discard, "POST"),
    Route("/scenarios/{name}/text", _SCENARIOS, _text),
    Route("/scenarios/{name}/text", _SCENARIOS, _keep_text, "POST"),
)
