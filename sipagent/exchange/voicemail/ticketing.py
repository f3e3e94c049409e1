"""Messages that are tickets of the help desk as well, where their box says so.

Box and ticket each have the recording under a name of their own: whichever goes first takes
nothing from the other.
"""

import os
import shutil
from pathlib import Path

import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import User
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.voicemail.messages import VoiceMessage
from sipagent.tickets.model import Asker, AskerKind, Voice, Way
from sipagent.tickets.tickets import Tickets


def keep_recording(folder: Path, message: VoiceMessage) -> None:
    """Have the recording of a message under the ticket's name, too; one that is gone stays so.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    kept = folder / _name(message)
    try:
        os.link(folder / message.recording, kept)
    except (FileExistsError, FileNotFoundError):
        return
    except OSError:  # a file system without links
        shutil.copyfile(folder / message.recording, kept)


def open_ticket(
    db: sqlite_utils.Database,
    there: Snapshot,
    message: VoiceMessage,
    how: Transcription,
    text: str,
) -> int:
    """Make a ticket of a message, or find the one that it is; return its number.

    Args:
        db: within the transaction that writes down what was said.
        there: the exchange, which knows a caller in the house.
        message: that was left.
        how: what became of the words.
        text: the words.
    """
    return Tickets(db).open(
        _asker(there, message),
        Way.BOX,
        "",
        "",
        voice=Voice(_name(message), message.seconds, how, text),
        call=message.call,
        key=f"voice-message-{message.id}-{message.recording}",
    )


def _asker(there: Snapshot, message: VoiceMessage) -> Asker:
    ref = there.extension(message.extension) if message.extension else None
    user = there.exchange.find(FIELDS[ref.kind], ref.name) if ref is not None else None
    return Asker(
        kind=AskerKind.VISITOR,
        ref=message.caller,
        name=message.name or message.caller,
        phone=message.number or "",
        email=user.email if isinstance(user, User) else "",
        language=message.language,
        about=message.box,
    )


def _name(message: VoiceMessage) -> str:
    return f"ticket-{message.recording}"
