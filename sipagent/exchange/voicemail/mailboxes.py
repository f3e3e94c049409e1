"""Boxes at work: messages are taken into them, counted, listened to and deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from sipagent.dictation.recordings import SHORTEST, named
from sipagent.exchange.voicemail import greetings
from sipagent.exchange.voicemail.messages import VoiceMessage, VoiceMessages
from sipagent.sip import recording
from sipagent.speech.activity import speech_in
from sipagent.store.store import Store
from sipagent.telephony.party import Caller
from sipagent.threads import FILES

#: Seconds below which a recording is no message: whoever has dialled wrong hangs up.
LEAST = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is being left: its id, its box, and the file that is written meanwhile."""

    message: int
    box: str
    path: Path


class Mailboxes:
    """What callers and those who listen work with; boxes are known by their names.

    Args:
        store: with the migrations ``voicemail``.
        folder: of the recordings.
        wake: tells the desk that there is something to be mailed.
    """

    def __init__(self, store: Store, folder: Path, wake: Callable[[], None]) -> None:
        self._store = store
        self._folder = folder
        self._wake = wake
        #: Is told of a box whose messages have changed.
        self.changed: Callable[[str], None] = lambda box: None

    def counts(self, box: str) -> tuple[int, int]:
        """Return how many messages are new, and how many saved; to be asked in the event loop."""
        return VoiceMessages(self._store.view).counts(box)

    # Leaving a message

    async def begin(self, box: str, caller: Caller, call: str, language: str) -> Draft:
        """Write down who is about to leave a message.

        Raises:
            SetupError, DataError: that cannot be written, or there is no such box.
        """
        path = await FILES.run(named, self._folder, call)
        message = await self._store.write(
            lambda db: VoiceMessages(db).draft(box, caller, call, language, path.name),
            durable=True,
        )
        return Draft(message, box, path)

    async def settle(self, draft: Draft) -> float:
        """Keep what a caller has said; return its seconds, 0.0 where it is no message.

        What is shorter than two seconds is none, nor is silence or the tone of an exchange.
        """
        seconds = await FILES.run(_measured, draft.path)
        if seconds:
            await self._store.write(
                lambda db: VoiceMessages(db).keep(draft.message, seconds), durable=True
            )
            self.changed(draft.box)
        else:
            await FILES.run(draft.path.unlink, missing_ok=True)
            await self._store.write(lambda db: VoiceMessages(db).miss(draft.message), durable=True)
        kept = "message taken" if seconds else "call without a message"
        log.info(kept, message=draft.message, box=draft.box, seconds=round(seconds, 1))
        self._wake()
        return seconds

    async def recover(self) -> int:
        """Settle what callers were saying when the program died; return how many messages."""
        left = await self._store.read(lambda db: VoiceMessages(db).drafts())
        settled = [
            await self.settle(Draft(one.id, one.box, self._folder / one.recording)) for one in left
        ]
        return sum(seconds > 0 for seconds in settled)

    # Listening

    async def messages(self, box: str) -> Sequence[VoiceMessage]:
        """Return what can be listened to in a box, the oldest first."""
        return await self._store.read(lambda db: VoiceMessages(db).of_box(box))

    def path(self, message: VoiceMessage) -> Path:
        """Return where the recording of a message is."""
        return self._folder / message.recording

    async def save(self, message: VoiceMessage) -> None:
        """Note that a message was listened to."""
        await self._store.write(lambda db: VoiceMessages(db).save(message.id))
        self.changed(message.box)

    async def delete(self, message: VoiceMessage) -> None:
        """Delete a message and its recording.

        Raises:
            OSError: the recording is there still, and so is the message.
        """
        await FILES.run(self.path(message).unlink, missing_ok=True)
        await self._store.write(lambda db: VoiceMessages(db).delete(message.id))
        self.changed(message.box)

    # Greetings that somebody has spoken

    async def greeting(self, box: str) -> Path | None:
        """Return the greeting that was spoken for a box, where there is one."""
        name = await self._store.read(lambda db: greetings.greeting_of(db, box))
        return self._folder / name if name else None

    async def new_greeting(self, call: str) -> Path:
        """Return where a greeting is to be recorded; ``greet`` keeps it, or ``drop_greeting`` not.

        Raises:
            SetupError, DataError: recordings cannot be kept.
        """
        path = await FILES.run(named, self._folder, call)
        await self._store.write(lambda db: greetings.begin(db, path.name))
        return path

    async def greet(self, box: str, path: Path | None) -> None:
        """Greet with a recording from now on; None: as usual. The one before is deleted."""
        before = await self.greeting(box)
        name = path.name if path is not None else ""
        await self._store.write(lambda db: greetings.set_greeting(db, box, name), durable=True)
        if before is not None:
            await self.drop_greeting(before)

    async def drop_greeting(self, path: Path) -> None:
        """Delete a greeting that is no box's."""
        await FILES.run(path.unlink, missing_ok=True)
        await self._store.write(lambda db: greetings.forget(db, path.name))


def _measured(path: Path) -> float:
    """Return the seconds of a recording that is a message; 0.0 of one that is none."""
    seconds = recording.repair(path)
    speech = speech_in(path)
    return seconds if speech.until >= LEAST and speech.seconds >= SHORTEST else 0.0
