"""Scenarios: which there are, and one as a drawing with its list."""

from dataclasses import dataclass

from starlette.responses import Response

from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios.desk import Read
from sipagent.panel.scenarios.picture import HEAD, ROW, WIDTH, picture
from sipagent.panel.scenarios.way import Way, way_of
from sipagent.panel.web import Route, Visit, missing
from sipagent.records.history import CallRow, History
from sipagent.speech.catalogue import Catalogue


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
    #: Whether it is one's own, not as shipped.
    own: bool


def _list(visit: Visit) -> Response:
    desk = visit.house.desk
    wanted = desk.wanted()
    entries = []
    for name, path in desk.files().items():
        read = desk.read(name, desk.sheet(path).text)
        entries.append(_entry(name, read, wanted.get(name, ""), path.parent == desk.own))
    return visit.page("scenarios/list.html", entries=entries)


def _entry(name: str, read: Read, used: str, own: bool) -> Entry:
    table = read.found.table
    languages = ", ".join(table.languages) if table else ""
    title, steps = table.name if table else name, len(read.found.drafts)
    return Entry(name, title, languages, steps, len(read.mistakes), used, own)


def _show(visit: Visit) -> Response:
    name = visit.names["name"]
    desk = visit.house.desk
    path = desk.files().get(name)
    if path is None:
        raise missing()
    sheet = desk.sheet(path)
    read = desk.read(name, sheet.text)
    call, way = _way(visit)
    drawn = picture(read.found, read.mistakes, sheet.places, way)
    return visit.page(
        "scenarios/one.html",
        name=name,
        read=read,
        drawn=drawn,
        places={one.name: at for at, one in enumerate(drawn.elements)},
        text=sheet.text,
        call=call,
        way=way,
        astray=way.unknown(read.found.drafts),
        said=Said(desk.catalogue(), read, visit.language),
        sizes={"width": WIDTH, "head": HEAD, "row": ROW},
    )


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


def _way(visit: Visit) -> tuple[CallRow | None, Way]:
    """Return the call whose way is to be shown, and that way; None: none is wanted.

    Raises:
        Refused: there is no such call.
    """
    key = visit.query.get("call", "")
    if not key:
        return None, Way()

    def look(history: History) -> tuple[CallRow, Way]:
        call = history.of_id(key)
        if call is None:
            raise missing()
        return call, way_of(history.timeline(call.id))

    return visit.house.data.read(lambda db: look(History(db)))


ROUTES = (
    Route("/scenarios", Permission.SCENARIOS, _list),
    Route("/scenarios/{name}", Permission.SCENARIOS, _show),
)
