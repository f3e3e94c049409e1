"""Recorded conversations: a list, and each as a file; who has had one is on record."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlite_utils
from pydantic import Field
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange.recording.export import Format, export
from sipagent.exchange.recording.files import sound_of
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.keys import keys_of, opened_key
from sipagent.exchange.recording.uses import Use
from sipagent.panel.api.endpoint import Asked, Endpoint, Given, PageOf, Told, absent
from sipagent.panel.api.files import sent
from sipagent.panel.api.scopes import Scope
from sipagent.threads import Threads

#: Making files of recordings takes the processor's time.
_SOUND = Threads("api-sound", 1, 20)
_TYPES = {Format.WAV: "audio/wav", Format.OPUS: "audio/ogg", Format.MP3: "audio/mpeg"}


class WhichRecordings(PageOf):
    """Which recordings; the latest come first."""

    user: str = Field("", max_length=100)
    call: str = Field("", max_length=40)
    after: str = Field("", pattern=r"^\d{0,15}$", description="`next` of the page before.")


class HowToHear(Given):
    """How a recording is written."""

    format: Format = Format.WAV


class RecordingTold(Told):
    """A recorded conversation; times are UTC."""

    id: int
    call: str
    started: datetime
    ended: datetime | None = Field(description="Null: it goes on.")
    seconds: float
    missing: float = Field(description="Seconds that were lost, and are silence.")
    why: str = Field(description="What says that it is recorded.")
    announced: bool
    left_party: str
    right_party: str
    user: str
    queue: str
    room: str
    number: str


class RecordingsTold(Told):
    """A page of recordings, the latest first."""

    items: list[RecordingTold]
    next: str | None = Field(description="`after` of the next page; null: this is the last one.")


class WrittenDown(Told):
    """What was said, as far as it is written down; empty: it is not."""

    transcript: str


def _list_recordings(asked: Asked) -> RecordingsTold:
    wanted = asked.query
    before = int(wanted.after) if wanted.after else None
    found = asked.house.data.read(
        lambda db: Recordings(db).listed(
            user=wanted.user, call=wanted.call, before=before, limit=wanted.limit + 1
        )
    )[::-1]
    items = [RecordingTold.model_validate(one, from_attributes=True) for one in found]
    more, items = len(items) > wanted.limit, items[: wanted.limit]
    return RecordingsTold(items=items, next=str(items[-1].id) if more else None)


def _show_recording(asked: Asked) -> RecordingTold:
    return RecordingTold.model_validate(_found(asked), from_attributes=True)


def _read_recording(asked: Asked) -> WrittenDown:
    one = _found(asked)
    if one.transcript:
        _used(asked, one, Use.READ)
    return WrittenDown(transcript=one.transcript)


def _hear_recording(asked: Asked) -> Response:
    one, config, form = _found(asked), asked.house.config, asked.query.format
    if one.ended is None:
        raise DataError(f"recording {one.id} still goes on; try again after the call")
    path = config.paths.recordings / one.file
    if not path.exists():
        raise absent(f"sound of recording {one.id}")
    _used(asked, one, Use.EXPORTED)
    with TemporaryDirectory(prefix="sipagent-") as folder:
        target = Path(folder, f"recording-{one.id}.{form}")
        export(sound_of(path, opened_key(one.key, keys_of(config))), target, form)
        return sent(target.read_bytes(), _TYPES[form], target.name)


def _found(asked: Asked) -> Kept:
    number = asked.number("recording")
    try:
        return asked.house.data.read(lambda db: Recordings(db).find(number))
    except DataError:
        raise absent(f"recording {number}") from None


def _used(asked: Asked, one: Kept, what: Use) -> None:
    """Put on record what is done, before it is."""

    def note(db: sqlite_utils.Database) -> None:
        Recordings(db).used(one, f"token {asked.token.name}", what)

    asked.house.data.write(note)


_ONE = "/recordings/{recording}"

ENDPOINTS = (
    Endpoint(
        "GET", "/recordings", Scope.RECORDINGS_READ, _list_recordings, "List recordings.",
        RecordingsTold, WhichRecordings,
    ),
    Endpoint(
        "GET", _ONE, Scope.RECORDINGS_READ, _show_recording, "Show a recording.", RecordingTold
    ),
    Endpoint(
        "GET", f"{_ONE}/transcript", Scope.RECORDINGS_READ, _read_recording,
        "Return what was said.", WrittenDown,
    ),
    Endpoint(
        "GET", f"{_ONE}/sound", Scope.RECORDINGS_READ, _hear_recording,
        "Return what is heard, in two channels.", tuple(_TYPES.values()), HowToHear,
        threads=_SOUND,
    ),
)  # fmt: skip
