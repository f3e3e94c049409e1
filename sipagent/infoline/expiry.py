"""What owners have done on their page, as long as it is kept: changes of contacts, and codes."""

from collections.abc import Iterator
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.expiry import Expiring, in_batches
from sipagent.store.data import Data
from sipagent.store.database import delete_some

#: Days for which codes that were sent are counted.
_CODES = 1


def expiring(config: Config) -> list[Expiring]:
    """Return what is deleted of it after the days of ``[retention]``."""
    return [
        Expiring("contacts", "contacts that owners have changed", config.retention.changes, _old),
        Expiring("codes", "codes that were sent to owners", _CODES, _codes),
    ]


def _old(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def settled(db: sqlite_utils.Database, before: datetime, limit: int | None) -> int:
        at = [times.stored(before, "seconds")]
        return delete_some(db, "owner_changes", "settled < ?", at, limit)

    return in_batches(settled, data, moment, dry_run)


def _codes(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def sent(db: sqlite_utils.Database, before: datetime, limit: int | None) -> int:
        at = [times.stored(before, "seconds")]
        return delete_some(db, "online_sends", "at < ?", at, limit)

    return in_batches(sent, data, moment, dry_run)
