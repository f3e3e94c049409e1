"""A scenario as somebody works on it: what is live, the draft upon it, and what they make of it."""

from collections.abc import Callable
from dataclasses import dataclass

from sipagent.panel.scenarios import drafts
from sipagent.panel.scenarios.desk import Read
from sipagent.panel.scenarios.drafts import Overtaken, Version
from sipagent.panel.scenarios.picture import Picture, picture
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.panel.scenarios.way import Way
from sipagent.panel.web import Visit, missing


@dataclass(frozen=True, slots=True)
class Work:
    """A scenario and its draft.

    Args:
        name: of the scenario.
        live: what stands in the file; None: it was never published.
        draft: None: there is none.
    """

    name: str
    live: Sheet | None
    draft: Version | None

    @property
    def sheet(self) -> Sheet:
        """What is worked on."""
        sheet = self.draft.sheet if self.draft else self.live
        assert sheet is not None  # ``work_of`` finds one or the other
        return sheet

    @property
    def number(self) -> int:
        """That of the draft; 0: there is none."""
        return self.draft.id if self.draft else 0


def work_of(visit: Visit) -> Work:
    """Return the scenario that the path names.

    Raises:
        Refused: there is none.
    """
    name, desk = visit.names["name"], visit.house.desk
    path = desk.files().get(name)
    draft = visit.house.data.read(lambda db: drafts.draft(db, name))
    if path is None and draft is None:
        raise missing()
    return Work(name, desk.sheet(path) if path else None, draft)


def drawn(visit: Visit, name: str, sheet: Sheet, way: Way | None = None) -> tuple[Read, Picture]:
    """Return what a sheet means, and its drawing."""
    read = visit.house.desk.read(name, sheet.text)
    return read, picture(read.found, read.mistakes, sheet.places, way or Way())


def keep(visit: Visit, work: Work, sheet: Sheet) -> None:
    """Keep another state of the draft.

    Raises:
        Overtaken: somebody else has changed it since the page was shown.
    """
    known = number_of(visit.form.get("known"))
    if known != work.number:
        raise Overtaken("the draft was changed meanwhile")
    if (work.live or work.draft) and sheet == work.sheet:
        return
    visit.house.data.write(
        lambda db: drafts.save(
            db, work.name, sheet, visit.person.name, visit.now, known=known, file=work.live
        )
    )


def changed(visit: Visit, work: Work, change: Callable[[Sheet], Sheet]) -> None:
    """Change the draft; see ``keep``.

    Raises:
        DataError: it cannot be changed in this way.
    """
    keep(visit, work, change(work.sheet))


def number_of(text: str | None) -> int:
    """Return the number of a version that a browser names; 0: none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else 0
