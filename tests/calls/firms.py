"""A line with a firm on it, for tests that share one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon


@contextmanager
def serving(there: Exchange, folder: Path, clips: Path, **settings: Any) -> Iterator[Daemon]:
    """Run a daemon with an exchange for the block, and see it end well."""
    daemon = Daemon(folder, clips, **settings)
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, there)
    daemon.start()
    try:
        yield daemon
        daemon.stop()
    finally:
        daemon.discard()
