"""Requests as they come to the desk, which mails them to the administration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.dictation.desk import Transcription
from sipagent.infoline.tickets import Ticket, Tickets
from sipagent.messages.message import Message

log = structlog.get_logger(__name__)

#: Writes the letter to the administration; the recording is attached if it is there.
Letter = Callable[[Ticket, Path], Message]


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

    def waiting(self, db: sqlite_utils.Database) -> list[Ticket]:
        """Return those whose words are not known yet, by their numbers."""
        return Tickets(db).waiting()

    def known_as(self, item: Ticket) -> Mapping[str, object]:
        """Return its number."""
        return {"ticket": item.number}

    def recording(self, item: Ticket) -> tuple[Path, str]:
        """Return its file and language."""
        return self._path(item), item.request.language

    def letter(self, item: Ticket, how: Transcription, text: str) -> Message | None:
        """Return the letter to the administration, where that has an address."""
        if not item.request.email:
            log.warning(
                "a request goes to nobody: the manager has no e-mail address; see "
                "sipagent managers edit",
                ticket=item.number,
                manager=item.request.manager,
            )
            return None
        return self.write(replace(item, transcription=how, transcript=text), self._path(item))

    def handled(
        self, db: sqlite_utils.Database, item: Ticket, how: Transcription, text: str
    ) -> None:
        """Write down what was said."""
        Tickets(db).transcribed(item.id, how, text)

    def _path(self, item: Ticket) -> Path:
        return self.recordings / item.request.recording
