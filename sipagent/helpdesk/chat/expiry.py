"""Chats that are old: they go with all that was said in them."""

from collections.abc import Iterator
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.expiry import Expiring, in_batches
from sipagent.store.data import Data
from sipagent.store.database import delete_some


def chats_of(config: Config) -> Expiring:
    """Return what is deleted of chats after the days of ``[retention]``."""
    return Expiring("chats", "chats", config.retention.chats, _old)


def _old(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(_delete, data, moment, dry_run)


def _delete(db: sqlite_utils.Database, moment: datetime, limit: int | None) -> int:
    return delete_some(db, "chats", "ended < ?", [times.stored(moment)], limit)
