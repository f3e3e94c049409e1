"""Requests as they come to the desk, which mails them to the administration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.dictation.desk import Transcription
from sipagent.infoline.owner_requests import DictatedRequest, waiting
from sipagent.messages.message import Message
from sipagent.tickets.dictated import Dictated

log = structlog.get_logger(__name__)

#: Writes the letter to the administration; the recording is attached if it is there.
Letter = Callable[[DictatedRequest, Path], Message]


@dataclass(frozen=True, slots=True)
class RequestWork:
    """What a desk does with requests (``dictation.desk.Work``).

    Args:
        write: writes letters.
        recordings: the directory of the recordings.
    """

    write: Letter
    recordings: Path
    what: str = "request"

    def waiting(self, db: sqlite_utils.Database) -> list[DictatedRequest]:
        """Return those whose words are not known yet, by their numbers."""
        return waiting(db)

    def known_as(self, item: DictatedRequest) -> Mapping[str, object]:
        """Return its number."""
        return {"ticket": item.spoken.ticket.number}

    def recording(self, item: DictatedRequest) -> tuple[Path, str]:
        """Return its file and language."""
        return self._path(item), item.spoken.ticket.asker.language

    def letter(self, item: DictatedRequest, how: Transcription, text: str) -> Message | None:
        """Return the letter to the administration, where that has an address."""
        if not item.request.email:
            log.warning(
                "a request goes to nobody: the manager has no e-mail address; see "
                "sipagent managers edit",
                ticket=item.spoken.ticket.number,
                manager=item.spoken.ticket.asker.manager,
            )
            return None
        voice = replace(item.spoken.voice, transcription=how, transcript=text)
        known = replace(item, spoken=replace(item.spoken, voice=voice))
        return self.write(known, self._path(item))

    def handled(
        self, db: sqlite_utils.Database, item: DictatedRequest, how: Transcription, text: str
    ) -> None:
        """Write down what was said."""
        Dictated(db).transcribed(item.spoken.entry, how, text)

    def _path(self, item: DictatedRequest) -> Path:
        return self.recordings / item.spoken.voice.recording
