"""What callers have said that is old, and greetings of no box: they go with their recordings."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlite_utils

from sipagent.config import Config
from sipagent.exchange.voicemail.greetings import SpokenGreeting, forget, left_over
from sipagent.exchange.voicemail.messages import VoiceMessage, VoiceMessages
from sipagent.expiry import Expiring, with_files
from sipagent.store.data import Data


def voice_messages(config: Config) -> Expiring:
    """Return what is deleted of boxes after the days of ``[retention]``."""
    delete = partial(_old, config.paths.recordings)
    return Expiring("voicemail", "messages in boxes", config.retention.voicemail, delete)


def _old(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    yield from _greetings(folder, data, moment, dry_run)
    yield from _messages(folder, data, moment, dry_run)


def _messages(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[VoiceMessage]:
        return VoiceMessages(db).before(moment, after, limit)

    def files(message: VoiceMessage) -> tuple[int, list[Path]]:
        return message.id, [folder / message.recording] if message.recording else []

    def forgotten(db: sqlite_utils.Database, message: VoiceMessage) -> None:
        VoiceMessages(db).delete(message.id)

    return with_files(data, dry_run, older, files, forgotten)


def _greetings(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[SpokenGreeting]:
        return left_over(db, moment, after, limit)

    def files(greeting: SpokenGreeting) -> tuple[int, list[Path]]:
        return greeting.id, [folder / greeting.recording]

    def forgotten(db: sqlite_utils.Database, greeting: SpokenGreeting) -> None:
        forget(db, greeting.recording)

    return with_files(data, dry_run, older, files, forgotten)
