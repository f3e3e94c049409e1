"""Scenarios: which there are, and one as a drawing with its list, as it is or as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import Response

from sipagent.exchange.reading import load
from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios import drafts
from sipagent.panel.scenarios.desk import Read
from sipagent.panel.scenarios.drafts import Version
from sipagent.panel.scenarios.exits import joins
from sipagent.panel.scenarios.fields import fields_of, offers
from sipagent.panel.scenarios.picture import HEAD, ROW, WIDTH, Element
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.panel.scenarios.way import Way, way_of
from sipagent.panel.scenarios.work import Work, drawn, number_of, work_of
from sipagent.panel.web import Route, Visit, missing
from sipagent.records.history import CallRow, History
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.digits import KEYS


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario in the list."""

    name: str
    title: str
    languages: str
    steps: int
    mistakes: int
    #: What leads callers there; empty: nothing.
    used: str
    #: Whether it is one's own, not as shipped; None: it is a draft only.
    own: bool | None
    drafted: bool


@dataclass(frozen=True, slots=True)
class Past:
    """Something else than what is live now or worked on: an old version, or the way of a call."""

    sheet: Sheet
    version: Version | None = None
    call: CallRow | None = None
    way: Way = field(default_factory=Way)


class Said:
    """What a prompt says, for who reads the page.

    Args:
        catalogue: all prompts.
        read: the scenario.
        language: of the page; the scenario's own first one, where it does not speak that.
    """

    def __init__(self, catalogue: Catalogue, read: Read, language: str) -> None:
        spoken = read.found.table.languages if read.found.table else ()
        self.language = language if language in spoken else next(iter(spoken), language)
        self._catalogue = catalogue

    def __call__(self, key: str) -> str:
        """Return the words of a prompt; empty where there are none."""
        there = key in self._catalogue.keys(self.language)
        return self._catalogue.sketch(key, self.language) if there else ""


def listed(visit: Visit, status: int = 200, **told: str) -> Response:
    """Return the page with all scenarios."""
    desk, data = visit.house.desk, visit.house.data
    wanted, files, drafted = desk.wanted(), desk.files(), data.read(drafts.drafted)
    entries = []
    for name, path in files.items():
        read = desk.read(name, desk.sheet(path).text)
        used = wanted.get(name, "").rpartition(": ")[2]  # without the file that says so
        entries.append(_entry(name, read, used, path.parent == desk.own, name in drafted))
    for name in sorted(drafted - files.keys()):
        draft = data.read(lambda db, name=name: drafts.draft(db, name))  # type: ignore[misc]
        if draft is not None:
            entries.append(_entry(name, desk.read(name, draft.sheet.text), "", None, True))
    shown = {"typed": "", "wrong": "", "done": visit.query.get("done", ""), **told}
    return visit.page("scenarios/list.html", status, entries=entries, **shown)


def _entry(name: str, read: Read, used: str, own: bool | None, drafted: bool) -> Entry:
    table = read.found.table
    languages = ", ".join(table.languages) if table else ""
    title, steps = table.name if table else name, len(read.found.drafts)
    return Entry(name, title, languages, steps, len(read.mistakes), used, own, drafted)


def _show(visit: Visit) -> Response:
    return shown(visit, work_of(visit))


def shown(
    visit: Visit, work: Work, status: int = 200, *, done: str = "", wrong: str = "", step: str = ""
) -> Response:
    """Return the page of a scenario, or what a script puts in its place.

    Args:
        visit: who asks, and for which version, for the way of which call.
        work: the scenario.
        status: of the answer.
        done: what was done, a key of the texts.
        wrong: what was not done, a key of the texts or a sentence.
        step: whose form is open.
    """
    past = None if visit.posted else _past(visit, work)
    sheet, way = (past.sheet, past.way) if past else (work.sheet, Way())
    read, drawing = drawn(visit, work.name, sheet, way)
    chosen = step or visit.query.get("step", "")
    return visit.page(
        "scenarios/part.html" if visit.by_script else "scenarios/one.html",
        status,
        name=work.name,
        path=f"/scenarios/{quote(work.name, safe='')}",
        work=work,
        past=past,
        drawn=drawing,
        text=sheet.text,
        way=way,
        astray=way.unknown(read.found.drafts),
        places={one.name: at for at, one in enumerate(drawing.elements)},
        said=Said(visit.house.desk.catalogue(), read, visit.language),
        sizes={"width": WIDTH, "head": HEAD, "row": ROW},
        opened=_form(visit, read, drawing.elements, chosen) if past is None else None,
        types=sorted(visit.house.desk.vocabulary.steps),
        done=done or visit.query.get("done", ""),
        wrong=wrong,
    )


def _form(
    visit: Visit, read: Read, elements: Sequence[Element], chosen: str
) -> dict[str, object] | None:
    """Return what the form of a step shows; None: none is open."""
    found = next((one for one in elements if one.name == chosen), None)
    if found is None:
        return None
    desk, draft = visit.house.desk, read.found.drafts[chosen]
    table = {"type": draft.table.type, "on": draft.table.on, **draft.table.settings}
    kind = desk.vocabulary.steps.get(found.type)
    languages = read.found.table.languages if read.found.table else ()
    there = visit.house.data.read(load).exchange
    keys = draft.table.settings.get("keys", {})
    taken = set(keys) if isinstance(keys, dict) else set()
    return {
        "step": chosen,
        "fields": fields_of(kind, table) if kind else [],
        "joins": joins(draft),
        "offers": offers(desk.catalogue(), desk.vocabulary, languages, there),
        "keys": sorted(taken),
        "free": sorted(KEYS - taken, key="1234567890*#".find),
    }


def _past(visit: Visit, work: Work) -> Past | None:
    """Return what of the past is to be shown; None: nothing is.

    Raises:
        Refused: there is no such version, or no such call.
    """
    if key := visit.query.get("call", ""):
        return visit.house.data.read(lambda db: _walked(visit, work, key, History(db)))
    if wanted := visit.query.get("version", ""):
        find = number_of(wanted)
        version = visit.house.data.read(lambda db: drafts.of_id(db, work.name, find))
        if version is None:
            raise missing()
        return Past(version.sheet, version)
    return None


def _walked(visit: Visit, work: Work, key: str, history: History) -> Past:
    call = history.of_id(key)
    if call is None:
        raise missing()
    then = visit.house.data.read(lambda db: drafts.live_at(db, work.name, call.started))
    sheet = then.sheet if then else (work.live or work.sheet)
    return Past(sheet, call=call, way=way_of(history.timeline(call.id)))


ROUTES = (
    Route("/scenarios", Permission.SCENARIOS, listed),
    Route("/scenarios/{name}", Permission.SCENARIOS, _show),
)
