"""Messages as they come to the desk, which mails them to whom their box belongs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.dictation.desk import Transcription
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Box, Group, User
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Ref
from sipagent.exchange.voicemail.letters import Reader
from sipagent.exchange.voicemail.messages import State, VoiceMessage, VoiceMessages
from sipagent.exchange.voicemail.ticketing import keep_recording, open_ticket
from sipagent.messages.message import Message

#: What somebody dials to listen to the own box, and before the number of a group to its box.
OWN, GROUPS = "*97", "*98"

#: Writes the letter of a message to a reader; the recording is attached if it is there.
Letter = Callable[[VoiceMessage, Reader, Path], Message]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceWork:
    """What a desk does with messages (``dictation.desk.Work``).

    Args:
        there: returns the exchange as it is now.
        write: writes letters.
        recordings: the directory of the recordings.
    """

    there: Callable[[], Snapshot]
    write: Letter
    recordings: Path
    what: str = "voice message"

    def waiting(self, db: sqlite_utils.Database) -> list[VoiceMessage]:
        """Return what nobody was told of yet, the oldest first."""
        return VoiceMessages(db).waiting()

    def known_as(self, item: VoiceMessage) -> Mapping[str, object]:
        """Return its id and its box."""
        return {"message": item.id, "box": item.box}

    def recording(self, item: VoiceMessage) -> tuple[Path, str] | None:
        """Return its file and language; None for a call without a message."""
        if item.state is State.MISSED:
            return None
        return self.recordings / item.recording, item.language

    def letter(self, item: VoiceMessage, how: Transcription, text: str) -> Message | None:
        """Return the letter to the box's address, where it has one."""
        if self._is_ticket(item):
            keep_recording(self.recordings, item)
        reader = self._reader(item.box)
        if reader is None:
            return None
        told = replace(item, transcription=how, transcript=text)
        return self.write(told, reader, self.recordings / item.recording)

    def handled(
        self, db: sqlite_utils.Database, item: VoiceMessage, how: Transcription, text: str
    ) -> None:
        """Write down what was said, also as a ticket where the box says so."""
        VoiceMessages(db).transcribed(item.id, how, text)
        if self._is_ticket(item):
            number = open_ticket(db, self.there(), item, how, text)
            log.info("a voice message is a ticket", message=item.id, ticket=number)

    def _is_ticket(self, item: VoiceMessage) -> bool:
        box = self.there().exchange.find("boxes", item.box)
        return isinstance(box, Box) and box.tickets and item.state is not State.MISSED

    def _reader(self, name: str) -> Reader | None:
        there = self.there().exchange
        box = there.find("boxes", name)
        if not isinstance(box, Box) or not box.email:
            return None
        ref = Ref.of(box.owner)
        match there.find(FIELDS[ref.kind], ref.name):
            case User(language=language):
                return Reader(box.email, language, OWN)
            case Group(number=number):
                return Reader(box.email, "pl", f"{GROUPS}{number}")
            case _:
                return Reader(box.email, "pl", OWN)
