"""Messages in boxes that are old, and greetings of boxes that are gone: with their recordings."""

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
    delete = partial(_messages, config.paths.recordings)
    return Expiring("voicemail", "messages in boxes", config.retention.voicemail, delete)


def _messages(folder: Path, data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    def older(db: sqlite_utils.Database, after: int, limit: int) -> list[VoiceMessage]:
        return VoiceMessages(db).before(moment, after, limit)

    def file(message: VoiceMessage) -> tuple[int, Path | None]:
        return message.id, folder / message.recording if message.recording else None

    def spoken(greeting: SpokenGreeting) -> tuple[int, Path | None]:
        return greeting.id, folder / greeting.recording

    def forgotten(db: sqlite_utils.Database, message: VoiceMessage) -> None:
        VoiceMessages(db).delete(message.id)

    yield from with_files(data, dry_run, older, file, forgotten)
    yield from with_files(data, dry_run, left_over, spoken, forget)
