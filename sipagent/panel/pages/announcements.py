"""The announcements of the exchange: words and voices, recordings, and how callers hear them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import Announcement, Exchange, Language
from sipagent.exchange.own_recordings import keep
from sipagent.exchange.reading import load
from sipagent.panel.forms.each import Each, Spoken
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Choice, Field
from sipagent.panel.forms.recording import RecordingField
from sipagent.panel.pages.recordings import SOUND
from sipagent.panel.permissions import Permission
from sipagent.panel.sounds import heard, rendered
from sipagent.panel.web import Route, Visit, missing
from sipagent.speech import recordings, voices

_PATH = "/exchange/announcements"
#: Bytes of a recording that may be sent: ten minutes of a CD, and its header.
_LARGEST = 110_000_000


def _voices(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return the voices that there are, and that of the line."""
    directory = visit.house.config.paths.voices
    changed = directory.stat().st_mtime_ns if directory.exists() else 0
    found = _available(directory, changed)
    own = Choice("", visit.words("announcement.own-voice"))
    return [own, *(Choice(name, name) for name in found)]


@lru_cache(maxsize=1)
def _available(directory: Path, changed: int) -> Sequence[str]:
    """Return the voices that were there when a directory was changed: to look takes a while."""
    return [one.name for one in voices.available(directory)]


_FORM = EntryForm(
    "announcements",
    (
        Field("name", needed=True),
        Spoken("text", keys=get_args(Language)),
        Each("voice", keys=get_args(Language), among=_voices),
        RecordingField("recording"),
    ),
)


class AnnouncementPages(EntryPages):
    """Pages of announcements, with whose form a recording may come."""

    def add(self, visit: Visit) -> Response:
        """Add an announcement, and keep its recording."""
        return self._with_recording(visit, None) or super().add(visit)

    def save(self, visit: Visit) -> Response:
        """Change an announcement, and keep its recording."""
        entry = self.entry(visit, visit.house.data.read(load))
        return self._with_recording(visit, entry) or super().save(visit)

    def _with_recording(self, visit: Visit, entry: Entry | None) -> Response | None:
        """Keep what came with the form, whose field names it then; return why that cannot be."""
        sent = visit.files.get("recording-file")
        if sent is None:
            return None
        name = PurePosixPath((sent.filename or "").replace("\\", "/")).name
        try:
            kept = keep(
                sent.file, re.sub(r"[^\w .-]", "_", name), visit.house.config.paths.announcements
            )
        except DataError as error:
            typed = self.form.sent(visit.form)
            wrong = {"recording": visit.words("wrong.recording")}
            details = {"recording": str(error)}
            return self.page(visit, entry, typed, 422, wrong=wrong, details=details)
        visit.form = {**visit.form, "recording": kept}
        return None


def _preview(visit: Visit) -> Response:
    """Return words as callers would hear them, as a part of a page that asks until it is there."""
    language = visit.form.get("language", "")
    if language not in get_args(Language):
        raise missing()
    text, voice = (visit.form.get(f"{name}.{language}", "").strip() for name in ("text", "voice"))
    told: dict[str, Any] = {"language": language, "clip": "", "wrong": "", "details": ""}
    if not text:
        return visit.page("exchange/preview.html", **{**told, "wrong": "announcement.no-words"})
    try:
        found = visit.house.ask("announcements.preview", text=text, language=language, voice=voice)
    except (DataError, SetupError) as error:
        wrong = {"wrong": "announcement.not-said", "details": str(error)}
        return visit.page("exchange/preview.html", **{**told, **wrong})
    return visit.page("exchange/preview.html", **{**told, **(found or {})})


def _clip(visit: Visit) -> Response:
    """Return what the line has rendered, as it is heard over it."""
    return heard(visit, rendered(visit, visit.names["clip"]))


def _recording(visit: Visit) -> Response:
    """Return a recording as it is heard over the line."""
    entry = ANNOUNCEMENTS.entry(visit, visit.house.data.read(load))
    if not isinstance(entry, Announcement) or not entry.recording:
        raise missing()
    try:
        signal = recordings.read(visit.house.config.paths.announcements / entry.recording)
    except ValueError:
        raise missing() from None
    return heard(visit, signal)


ANNOUNCEMENTS = AnnouncementPages(
    _FORM,
    ("name", "text", "recording"),
    template="exchange/announcement.html",
    files=_LARGEST,
)
MORE = (
    Route(f"{_PATH}/preview", Permission.EXCHANGE, _preview, "POST"),
    Route(f"{_PATH}/clip/{{clip}}", Permission.EXCHANGE, _clip, threads=SOUND),
    Route(f"{_PATH}/sound", Permission.EXCHANGE, _recording, threads=SOUND),
)
