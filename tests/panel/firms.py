"""Two firms that manage estates, with their owners, and people of the panel who work for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import sqlite_utils

from sipagent.infoline.transfer.importing import import_files
from sipagent.panel.permissions import Role
from tests.panel.browsing import Browser, Panel, opened

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
#: An owner of each manager; Anna's telephone.
ANNA, JAN, ANNAS_PHONE = "100001", "2000002", "+48600100101"


def fill(db: sqlite_utils.Database) -> None:
    """Keep the owners of the sample data."""
    import_files(db, [SAMPLE])


@contextmanager
def firms(folder: Path, **settings: object) -> Iterator[Panel]:
    """Open a panel with an administrator (``adm``) and the managers ``klucz`` and ``bajka``."""
    with opened(folder, fill, **settings) as panel:
        panel.add("adm", language="en")
        panel.add("klucz", Role.MANAGER, manager="ZLOTY-KLUCZ", language="en")
        panel.add("bajka", Role.MANAGER, manager="BAJKA", language="en")
        yield panel


def inside(panel: Panel, name: str) -> Browser:
    """Return a browser in which somebody is."""
    browser = panel.browser()
    browser.log_in(name)
    return browser


def save(browser: Browser, path: str, page: str, **changes: str) -> tuple[int, str]:
    """Send the form of a page as a browser does, with changes; return what comes back."""
    form = Controls(path)
    form.feed(page)
    answer = browser.post(path, **{**form.values, **changes})
    return answer.status_code, answer.text


class Controls(HTMLParser):
    """Reads what a browser would send of a form.

    Args:
        path: where the form goes.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._path = path
        self._inside = False
        self._named = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a control, or the beginning of one."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("action") == self._path
        if not self._inside:
            return
        name = told.get("name", "")
        checked = told.get("type") != "checkbox" or "checked" in told
        if tag == "input" and name and checked:
            self.values[name] = told.get("value", "on")
        elif tag in ("textarea", "select"):
            self._named, self.values[name] = name, ""
        elif tag == "option" and "selected" in told:
            self.values[self._named] = told["value"]

    def handle_data(self, data: str) -> None:
        """Take what stands in a textarea; its first line break is none of it."""
        if self.lasttag == "textarea":
            self.values[self._named] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        if tag == "textarea":
            self.values[self._named] = self.values[self._named].removeprefix("\n")
            self.lasttag = ""
        if tag == "form":
            self._inside = False


def deeds(panel: Panel, what: str) -> list[tuple[str, str]]:
    """Return who has done something, and about what."""
    rows = panel.store.view.execute(
        "SELECT person, about FROM panel_deeds WHERE what = ? ORDER BY id", [what]
    )
    return rows.fetchall()
