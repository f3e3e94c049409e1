"""Two firms that manage estates, with their owners, and people of the panel who work for them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
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
    was = dict(re.findall(r'name="(was\.\w+)" value="([^"]*)"', page))
    typed = {name.removeprefix("was."): value for name, value in was.items()}
    answer = browser.post(path, **{**was, **typed, **changes})
    return answer.status_code, answer.text


def deeds(panel: Panel, what: str) -> list[tuple[str, str]]:
    """Return who has done something, and about what."""
    rows = panel.store.view.execute(
        "SELECT person, about FROM panel_deeds WHERE what = ? ORDER BY id", [what]
    )
    return rows.fetchall()
