"""A line with an exchange on it, for the tests of a module."""

import contextlib
from collections.abc import Iterator

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon


@contextlib.contextmanager
def at_work(daemon: Daemon, there: Exchange) -> Iterator[Daemon]:
    """Start a line with an exchange on it; stop it after the block, and see it end well.

    Where anything fails once the line has ended by itself, the error tells why it has.
    """
    with contextlib.closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, there)
    daemon.start()
    try:
        yield daemon
        daemon.stop()
    except Exception as error:
        if words := daemon.last_words():
            error.add_note(words)
        raise
    finally:
        daemon.discard()
