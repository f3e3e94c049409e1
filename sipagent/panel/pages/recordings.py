"""Recordings of calls: found by what is said in them, heard, read and kept; all of it on record."""

from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.exchange.recording import words
from sipagent.exchange.recording.export import Format, in_memory
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.opening import opened
from sipagent.exchange.recording.played import Played
from sipagent.exchange.recording.uses import Use, uses
from sipagent.panel.files import chunks, in_part, streamed
from sipagent.panel.permissions import Permission
from sipagent.panel.player import players
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import Threads

#: Threads that read sound and write it in other formats: a minute of work for an hour of sound.
SOUND = Threads("sound", 4, 100)
#: Recordings on a page, and lines of what was done with them.
_PAGE, _USES = 50, 200
_TYPES = {Format.WAV: "audio/wav", Format.OPUS: "audio/ogg", Format.MP3: "audio/mpeg"}


def _list(visit: Visit) -> Response:
    sought = visit.query.get("words", "").strip()
    if sought:
        return _found(visit, sought)
    before = visit.query.get("before", "")
    number = int(before) if _is_number(before) else None
    listed = visit.house.data.read(
        lambda db: Recordings(db).listed(before=number, limit=_PAGE + 1)
    )[::-1]
    more = len(listed) > _PAGE
    return visit.page(
        "history/recordings.html",
        recordings=listed[:_PAGE],
        sought="",
        around={},
        first=number is None,
        older=f"/recordings?{urlencode({'before': listed[_PAGE - 1].id})}" if more else "",
    )


def _found(visit: Visit, sought: str) -> Response:
    """Return in which recordings words are said; who reads what stands around them is on record."""

    def noted(db: sqlite_utils.Database) -> None:
        for one in found:
            Recordings(db).used(one.recording, _who(visit), Use.FOUND)

    found = visit.house.data.read(lambda db: words.search(db, sought, _PAGE))
    visit.house.data.write(noted)
    return visit.page(
        "history/recordings.html",
        recordings=[one.recording for one in found],
        sought=sought,
        around={one.recording.id: one.around for one in found},
        first=True,
        older="",
    )


def _show(visit: Visit) -> Response:
    one = _read(visit)
    (player,), used = visit.house.data.read(
        lambda db: (players(db, [one], visit.language), uses(db, one.id, _USES))
    )
    return visit.page(
        "history/recording.html",
        player=player,
        recording=one,
        uses=used[::-1],
        formats=[form.value for form in Format],
        writing=visit.house.scribe.state(one.id),
        writes=visit.house.config.transcription.enabled,
    )


def _words(visit: Visit) -> Response:
    """Return the words alone, or how far writing them down is."""
    one = _read(visit)
    return visit.page(
        "history/words.html",
        recording=one,
        writing=visit.house.scribe.state(one.id),
        writes=visit.house.config.transcription.enabled,
    )


def _write_down(visit: Visit) -> Response:
    one = visit.house.data.read(lambda db: Recordings(db).whole(_kept(db, visit).id))
    visit.house.scribe.begin(one, _who(visit))
    return moved(f"/recordings/{one.id}#words")


def _sound(visit: Visit) -> Response:
    """Return the sound, or the part of it that a browser asks for."""
    one = visit.house.data.read(lambda db: Recordings(db).whole(_kept(db, visit).id))
    played = _played(visit, one)
    answer = in_part(visit.range, played.size, played.part, _TYPES[Format.WAV], SOUND)
    if answer.status_code != 416:  # nothing of it is read before this is on record
        visit.house.data.write(lambda db: Recordings(db).heard(one, _who(visit)))
    return answer


def _file(visit: Visit) -> Response:
    """Return all of it in a format; whoever has it is on record before the first byte."""
    if visit.names["form"] not in set(Format):
        raise missing()
    form = Format(visit.names["form"])
    one = visit.house.data.read(lambda db: Recordings(db).whole(_kept(db, visit).id))
    played = _played(visit, one)
    name = f"recording-{one.id}.{form}"
    _note(visit, one, Use.EXPORTED)
    if form is Format.WAV:
        parts = played.part(0, played.size - 1)
        return streamed(parts, played.size, _TYPES[form], SOUND, name=name)
    try:
        file = in_memory(played.sound(), form)
    except SetupError as error:
        raise DataError(str(error)) from None
    size = file.seek(0, 2)
    file.seek(0)
    return streamed(chunks(file), size, _TYPES[form], SOUND, name=name)


def _uses(visit: Visit) -> Response:
    done = visit.house.data.read(lambda db: uses(db, None, _USES))
    return visit.page("history/uses.html", uses=done[::-1])


def _read(visit: Visit) -> Kept:
    """Return the recording that the path names; whoever reads its words is on record."""
    one = visit.house.data.read(lambda db: _kept(db, visit))
    if one.transcript:
        _note(visit, one, Use.READ)
    return one


def _kept(db: sqlite_utils.Database, visit: Visit) -> Kept:
    """Return the recording that the path names.

    Raises:
        Refused: it is not there.
    """
    name = visit.names["recording"]
    if not _is_number(name):
        raise missing()
    try:
        return Recordings(db).find(int(name))
    except DataError:
        raise missing() from None


def _played(visit: Visit, one: Kept) -> Played:
    """Return the sound of a recording.

    Raises:
        DataError: it cannot be read; the text says why.
    """
    try:
        return Played(*opened(visit.house.config, one))
    except SetupError as error:  # the line itself is there
        raise DataError(str(error)) from None


def _note(visit: Visit, one: Kept, what: Use) -> None:
    visit.house.data.write(lambda db: Recordings(db).used(one, _who(visit), what))


def _who(visit: Visit) -> str:
    """Return who uses a recording; no user of the machine is called like that."""
    return f"{visit.person.name} (panel)"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


ROUTES = (
    Route("/recordings", Permission.RECORDINGS, _list),
    Route("/recordings/uses", Permission.RECORDINGS, _uses),
    Route("/recordings/{recording}", Permission.RECORDINGS, _show),
    Route("/recordings/{recording}/sound", Permission.RECORDINGS, _sound),
    Route("/recordings/{recording}/words", Permission.RECORDINGS, _words),
    Route("/recordings/{recording}/words", Permission.RECORDINGS, _write_down, "POST"),
    Route("/recordings/{recording}/file.{form}", Permission.RECORDINGS, _file, threads=SOUND),
)
