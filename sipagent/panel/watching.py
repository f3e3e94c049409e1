"""Tickets as they change: whoever looks on is told at once, and sees who else has one open.

Nothing is asked of the database as long as nobody looks. Only the panel itself is asked who has a
ticket open: that is forgotten with it.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

import sqlite_utils

from sipagent.panel.live import Live
from sipagent.store.data import Data


class Watching:
    """Knows that something has changed, and who has which ticket open.

    Args:
        data: the database; blocks.
    """

    def __init__(self, data: Data) -> None:
        self._lock = threading.Lock()
        self._open: Counter[tuple[int, str]] = Counter()
        sources = {"tickets": lambda: data.read(_marks), "open": self._opened}
        self.live = Live(sources, name="panel-tickets")

    def others(self, number: int, name: str) -> list[str]:
        """Return who else has a ticket open, by name."""
        with self._lock:
            return sorted({who for one, who in self._open if one == number and who != name})

    @contextlib.contextmanager
    def open(self, number: int, name: str) -> Iterator[None]:
        """Have others see, for the length of the block, that somebody has a ticket open."""
        with self._lock:
            self._open[number, name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[number, name] -= 1
                self._open += Counter()  # forgets those who have gone

    def _opened(self) -> dict[tuple[int, str], int]:
        with self._lock:
            return dict(self._open)


def _marks(db: sqlite_utils.Database) -> tuple[object, ...]:
    """Return what is different as soon as anything of any ticket is; it is found by indexes."""
    row: tuple[object, ...] = db.execute(
        "SELECT (SELECT max(id) FROM ticket_entries), (SELECT max(id) FROM ticket_changes), "
        "(SELECT count(*) FROM ticket_entries WHERE transcription = 'waiting'), "
        "(SELECT max(updated) FROM tickets), (SELECT version FROM helpdesk_notices_version)"
    ).fetchone()
    return row
