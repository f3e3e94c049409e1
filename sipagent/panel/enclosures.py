"""What comes with messages, as pages take it and give it out: attachments, keys, what was spoken.

Whatever somebody has sent is given out to be kept, and nothing in it may run; only pictures are
looked at, small ones that were made here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from starlette.responses import Response

from sipagent.panel.files import chunks, in_part, streamed
from sipagent.panel.guard import Door
from sipagent.panel.pages.now import number
from sipagent.panel.passes import digest
from sipagent.panel.permissions import Permission
from sipagent.panel.web import House, Route, Visit, missing
from sipagent.threads import FILES
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.model import Attachment, Entry
from sipagent.tickets.unfit import Unfit

#: The control of a form in which files are chosen.
_FIELD = "files"
#: Nothing of a file may do anything, where a browser shows it after all.
_POLICY = {"content-security-policy": "sandbox; default-src 'none'"}


class WithFiles(Protocol):
    """What has come with files: an entry of a ticket, a message of a chat."""

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files."""


def attachments_of(house: House) -> Attachments:
    """Return the folder of attachments."""
    return Attachments.of(house.config)


def kept(visit: Visit) -> tuple[Attachment, ...]:
    """Keep the files that have come with a form, all of them or none.

    Raises:
        Unfit: why one of them may not be kept.
        SetupError: the disk is full, or cannot be written.
    """
    most = visit.house.config.helpdesk.attachment_bytes
    return attachments_of(visit.house).keep(
        # One byte more than may be tells that it is too large; one file at a time is in memory.
        Offered(one.filename or "", one.file.read(most + 1))
        for name, one in visit.files.items()
        if name.partition(".")[0] == _FIELD
    )


def key_of(visit: Visit) -> str:
    """Return by what a form is known that is sent again; empty: by nothing.

    A browser says what it likes: so nobody names the form of somebody else, or what the house
    brings itself (``chat-7``).
    """
    who = f"owner {visit.owner.login}" if visit.door is Door.OWNERS else f"person {visit.person.id}"
    given = visit.form.get("key", "").strip()
    return digest(f"{who} {given}") if given else ""


def told(visit: Visit, unfit: Unfit) -> str:
    """Return why a file was not taken, in the language of who has sent it."""
    return visit.words(f"attachment.why-{unfit.why}", name=unfit.name)


def file_routes(
    place: str, permission: Permission, thread: Callable[[Visit], Iterable[WithFiles]]
) -> tuple[Route, Route]:
    """Return the routes of the files of a thread, and of small pictures of them.

    Args:
        place: path of the thread.
        permission: of who may have them.
        thread: finds it for who asks; ``Refused``: it is none of theirs.
    """

    def whole(visit: Visit) -> Response:
        return given_out(visit, thread(visit))

    def small(visit: Visit) -> Response:
        return given_small(visit, thread(visit))

    file = f"{place}/files/{{file}}"
    return (
        Route(file, permission, whole, threads=FILES),
        Route(f"{file}/small", permission, small, threads=FILES),
    )


def given_out(visit: Visit, thread: Iterable[WithFiles]) -> Response:
    """Return the file of a thread that the path names, to be kept.

    Raises:
        Refused: it is none of that thread, or gone.
    """
    file = _file(visit, thread)
    path = attachments_of(visit.house).content(file.file)
    plain = "".join(char if char.isascii() and char not in '"\\%' else "_" for char in file.name)
    # The name as it is, and one for who cannot read that (RFC 6266, section 4.3).
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return _sent(path, file.media, {"content-disposition": named})


def given_small(visit: Visit, thread: Iterable[WithFiles]) -> Response:
    """Return the small picture of a file of a thread.

    Raises:
        Refused: there is none.
    """
    file = _file(visit, thread)
    return _sent(attachments_of(visit.house).small(file.file), "image/webp", {})


def heard(visit: Visit, thread: Sequence[Entry], note: str, about: str) -> Response:
    """Return what was spoken in the entry that the path names, or the part that is asked for.

    Args:
        visit: of who hears it.
        thread: all of a ticket.
        note: what is put on record, before the first byte; empty: nothing is.
        about: of which ticket.

    Raises:
        Refused: nothing was spoken there, or it is gone.
    """
    entry = next((one for one in thread if one.id == number(visit.names["entry"])), None)
    if entry is None or entry.voice is None or not entry.voice.recording:
        raise missing()
    try:
        content = (visit.house.config.paths.recordings / entry.voice.recording).read_bytes()
    except OSError:
        raise missing() from None

    def part(first: int, last: int) -> Iterator[bytes]:
        if note:
            visit.note(note, about)
        return iter((content[first : last + 1],))

    return in_part(visit.range, len(content), part, "audio/wav", FILES)


def there(house: House, thread: Sequence[Entry]) -> frozenset[int]:
    """Return the ids of the entries whose sound is still there."""
    folder = house.config.paths.recordings
    return frozenset(
        one.id
        for one in thread
        if one.voice and one.voice.recording and (folder / one.voice.recording).is_file()
    )


def _file(visit: Visit, thread: Iterable[WithFiles]) -> Attachment:
    wanted = number(visit.names["file"])
    found = (file for entry in thread for file in entry.files if file.id == wanted)
    if (file := next(found, None)) is None:
        raise missing()
    return file


def _sent(path: Path | None, media: str, headers: dict[str, str]) -> Response:
    try:
        if path is None:
            raise missing()
        file = path.open("rb")
    except OSError:
        raise missing() from None
    size = path.stat().st_size
    return streamed(chunks(file), size, media, FILES, headers={**headers, **_POLICY})
