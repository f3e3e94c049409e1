"""Messages as they are about a person: letters to them, and letters that mention them."""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import sqlite_utils

from sipagent.config import PathsSection
from sipagent.persons.holding import HeldFile, Holding, Row
from sipagent.persons.person import Person


def letters(paths: PathsSection) -> Holding:
    """Return what the outbox keeps of persons, and the folder of mails beside it."""
    return Holding(
        "messages",
        {"pl": "Wiadomości", "en": "Messages"},
        [_Outbox(paths.outbox), Mails("mails", paths.maildir)],
    )


class _Outbox:
    """Messages that wait or have left, each with its file."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return those that are to somebody, or mention them."""
        found = db.conn.execute("SELECT * FROM outbox ORDER BY id")
        names = [column[0] for column in found.description]
        rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
        return [row for row in rows if self._about(row, person)]

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return their files."""
        rows = self.rows(db, person)
        return [HeldFile(self._folder / str(row["file"]), str(row["file"])) for row in rows]

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Delete them."""
        db.conn.executemany("DELETE FROM outbox WHERE id = ?", [(row["id"],) for row in found])
        return len(found)

    def _about(self, row: Row, person: Person) -> bool:
        return (
            row["owner"] in person.logins
            or any(person.mentioned(str(row[name])) for name in ("recipient", "subject"))
            or mentioned(self._folder / str(row["file"]), person)
        )


class Mails:
    """Mails in a folder of the format maildir.

    Args:
        name: what they are called in an export.
        folder: where they are.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return nothing: the mails themselves are files."""
        return ()

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return those that are to or from somebody, or mention them."""
        return [HeldFile(path, path.name) for path in self._mails() if mentioned(path, person)]

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Return nothing: they are gone with their files."""
        return 0

    def _mails(self) -> Iterator[Path]:
        for name in ("new", "cur", "tmp"):
            folder = self._folder / name
            yield from sorted(folder.iterdir()) if folder.is_dir() else ()


def mentioned(path: Path, person: Person) -> bool:
    """Whether a mail, or another file of text, mentions somebody; one that is gone does not."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return any(map(person.mentioned, _texts(content)))


def _texts(content: bytes) -> Iterator[str]:
    """Yield a file as it is, and what stands in it encoded where it is a mail."""
    yield content.decode("utf-8", "replace")
    mail = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    for part in mail.walk():
        yield from (str(value) for value in part.values())
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload.decode(part.get_content_charset("utf-8"), "replace")
