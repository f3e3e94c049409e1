"""Two firms that manage estates, with their owners, and people of the panel who work for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlite_utils

from sipagent.infoline.transfer.importing import import_files
from sipagent.panel.permissions import Role
from tests.panel.browsing import Panel, opened

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
