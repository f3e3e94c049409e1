"""The messages in one's own boxes: read, heard, kept, deleted."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange.model import Box
from sipagent.exchange.voicemail.boxes import is_for
from sipagent.exchange.voicemail.messages import VoiceMessage, VoiceMessages
from sipagent.exchange.writing import next_version
from sipagent.panel.files import chunks, in_part
from sipagent.panel.own_number import own_user
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import FILES

#: Messages of a box that are shown, the latest of them.
_MOST = 200


def _boxes(visit: Visit) -> list[Box]:
    """Return the boxes that somebody may listen to: their own, and those of their groups."""
    user, stored = own_user(visit)
    return [one for one in stored.exchange.boxes if is_for(stored.exchange, one, user)]


def _list(visit: Visit) -> Response:
    boxes = _boxes(visit)

    def work(db: sqlite_utils.Database) -> list[tuple[Box, list[VoiceMessage]]]:
        found = VoiceMessages(db)
        return [(one, found.of_box(one.name)[: -_MOST - 1 : -1]) for one in boxes]

    return visit.page(
        "own/messages.html",
        boxes=visit.house.data.read(work),
        done=visit.query.get("done", ""),
    )


def _own(visit: Visit) -> VoiceMessage:
    """Return the message that the address names.

    Raises:
        Refused: there is none, or it is not theirs.
    """
    number, boxes = visit.names["message"], {one.name for one in _boxes(visit)}
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise missing()
    try:
        found = visit.house.data.read(lambda db: VoiceMessages(db).find(int(number)))
    except DataError:
        raise missing() from None
    if found.box_id is None or found.box not in boxes or not found.recording:
        raise missing()
    return found


def _sound(visit: Visit) -> Response:
    """Return the recording, or the part of it that a browser asks for."""
    path = _path(visit, _own(visit))
    try:
        size = path.stat().st_size
    except OSError:
        raise missing() from None
    return in_part(visit.range, size, partial(_part, path), "audio/wav", FILES)


def _part(path: Path, first: int, last: int) -> Iterator[bytes]:
    file = path.open("rb")
    file.seek(first)
    return chunks(file, last - first + 1)


def _heard(visit: Visit) -> Response:
    """Note that a message was listened to; lamps follow."""
    message = _own(visit)

    def work(db: sqlite_utils.Database) -> None:
        VoiceMessages(db).save(message.id)
        next_version(db)

    visit.house.data.write(work)
    return moved("/own/messages")


def _delete(visit: Visit) -> Response:
    message = _own(visit)
    _path(visit, message).unlink(missing_ok=True)
    visit.house.data.write(lambda db: VoiceMessages(db).delete(message.id))
    visit.note("message-deleted", f"{message.box} {message.id}")
    return moved("/own/messages?done=removed")


def _path(visit: Visit, message: VoiceMessage) -> Path:
    return visit.house.config.paths.recordings / message.recording


_OWN = Permission.OWN
ROUTES = (
    Route("/own/messages", _OWN, _list),
    Route("/own/messages/{message}/sound", _OWN, _sound),
    Route("/own/messages/{message}/heard", _OWN, _heard, "POST"),
    Route("/own/messages/{message}/delete", _OWN, _delete, "POST"),
)
