"""Going on with the erasure of a person that something has cut off, before the line opens."""

from contextlib import closing

import structlog

from sipagent.config import Config
from sipagent.errors import SipAgentError
from sipagent.persons.erasing import unfinished
from sipagent.store.database import explained, open_reader

log = structlog.get_logger(__name__)


def go_on(config: Config) -> None:
    """Do what is left; where that fails it is logged, and the line opens all the same."""
    path = config.paths.database
    try:
        if path.exists() and _left(config):
            # All rooms, the panel among them: only who needs them pays for them.
            from sipagent.cli.person import resume  # noqa: PLC0415

            resume(config)
    except SipAgentError as error:
        log.error("a person is not erased; try: sipagent person resume", reason=str(error))


def _left(config: Config) -> bool:
    path = config.paths.database
    with explained(path), closing(open_reader(path)) as db:
        return db["person_erasures"].exists() and bool(unfinished(db))
