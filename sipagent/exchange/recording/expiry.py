"""Recorded conversations that are old: they go with their keys and words, and that is on record."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.config import Config
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.uses import uses_before
from sipagent.expiry import Expiring, with_files
from sipagent.store.data import Data

#: Who has deleted what was kept long enough.
RETENTION = "retention"

log = structlog.get_logger(__name__)


def conversations(config: Config) -> Sequence[Expiring]:
    """Return what is deleted of recordings after the days of ``[retention]``."""
    delete, keep = partial(_old, config.paths.recordings), config.retention
    return [
        Expiring("conversations", "recorded conversations", keep.conversations, delete),
        Expiring(
            "recording_uses", "records of what was done with recordings", keep.calls, uses_before
        ),
    ]


def _old(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[Kept]:
        return Recordings(db).before(moment, after, limit)

    def files(one: Kept) -> tuple[int, list[Path]]:
        return one.id, [folder / one.file]

    def forgotten(db: sqlite_utils.Database, one: Kept) -> None:
        Recordings(db).delete(one, RETENTION)
        log.info("recording deleted", recording=one.id, call_id=one.call, by=RETENTION)

    yield from with_files(data, dry_run, older, files, forgotten)
    if not dry_run:
        data.write(lambda db: Recordings(db).overwrite())
