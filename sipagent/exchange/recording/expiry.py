"""Recorded conversations that are old: they go with their keys and words, and that is on record."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.config import Config
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.expiry import Expiring, with_files
from sipagent.store.data import Data

#: Who has deleted what was kept long enough.
RETENTION = "retention"

log = structlog.get_logger(__name__)


def conversations(config: Config) -> Expiring:
    """Return what is deleted of recordings after the days of ``[retention]``."""
    delete = partial(_old, config.paths.recordings)
    return Expiring(
        "conversations", "recorded conversations", config.retention.conversations, delete
    )


def _old(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[Kept]:
        return Recordings(db).before(moment, after, limit)

    def file(one: Kept) -> tuple[int, Path | None]:
        return one.id, folder / one.file if one.file else None

    def forgotten(db: sqlite_utils.Database, one: Kept) -> None:
        Recordings(db).delete(one, RETENTION)
        log.info("recording deleted", recording=one.id, call_id=one.call, by=RETENTION)

    return with_files(data, dry_run, older, file, forgotten)
