"""Voicemail at work: its boxes, and the desk that mails what comes into them."""

from collections.abc import Callable
from pathlib import Path

import structlog

from sipagent.config import Config
from sipagent.dictation.desk import Desk
from sipagent.domain import House, Staff
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.voicemail.letters import Reader, letter
from sipagent.exchange.voicemail.mailboxes import Mailboxes
from sipagent.exchange.voicemail.messages import VoiceMessage
from sipagent.exchange.voicemail.pins import BoxPins
from sipagent.exchange.voicemail.work import VoiceWork
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates

log = structlog.get_logger(__name__)


class VoicemailStaff(Staff):
    """What the steps of voicemail work with, and the desk."""

    def __init__(self, house: House, there: Callable[[], Snapshot]) -> None:
        self._config = house.config
        self._templates = house.templates
        recordings = house.config.paths.recordings
        work = VoiceWork(there, self._letter, recordings)
        self._desk = Desk(house.store, house.outbox, work, house.transcribe, "voicemail")
        self.boxes = Mailboxes(house.store, recordings, self._desk.wake)
        self._pins = BoxPins(house.store, house.config.login)
        self.services = {Mailboxes: self.boxes, BoxPins: self._pins}

    async def start(self) -> None:
        """Begin with what callers were saying when an earlier run died."""
        if kept := await self.boxes.recover():
            log.warning("messages that callers were leaving when a run died are kept", count=kept)
        await self._desk.start()

    async def stop(self) -> None:
        """End; what is not mailed is mailed after the next start."""
        await self._desk.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Write letters, and let callers err, as other settings say."""
        self._config = config
        self._templates = templates
        self._pins.use(config.login)

    def _letter(self, message: VoiceMessage, reader: Reader, recording: Path) -> Message:
        return letter(self._templates, message, reader, recording, self._config.line.zone)
