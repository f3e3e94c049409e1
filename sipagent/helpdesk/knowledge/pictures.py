"""Pictures of articles: made anew when they come (``tickets.attachments``), and kept for good."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.helpdesk.knowledge import markup
from sipagent.store.data import Data
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.unfit import Unfit, Why


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, under the name that its editor knows it by."""

    file: str
    name: str
    media: str

    @property
    def link(self) -> str:
        """What stands in the text of an article that shows it."""
        return f"![{self.name.rpartition('.')[0]}]({markup.PICTURES}{self.file})"


def kept(config: Config) -> Attachments:
    """Return the folder of pictures: beside that of attachments, which are swept up."""
    folder = config.paths.attachments / "knowledge"
    return Attachments(folder, 1, config.helpdesk.attachment_bytes)


def keep(data: Data, folder: Attachments, name: str, content: bytes, now: datetime) -> Picture:
    """Keep a picture; it is on the disk before the row that names it.

    Raises:
        Unfit: it is none, or one that may not be kept.
        SetupError: the disk is full, or cannot be written.
    """
    (one,) = folder.keep([Offered(name, content)])
    if not one.picture:
        folder.drop([one.file])
        raise Unfit(name, Why.KIND)
    data.write(
        lambda db: db.execute(
            "INSERT INTO knowledge_pictures (file, name, media, at) VALUES (?, ?, ?, ?)",
            [one.file, one.name, one.media, times.stored(now)],
        ),
        durable=True,
    )
    return Picture(one.file, one.name, one.media)


def pictures(db: sqlite_utils.Database) -> list[Picture]:
    """Return all pictures, the latest first."""
    rows = db.execute("SELECT file, name, media FROM knowledge_pictures ORDER BY id DESC")
    return [Picture(*row) for row in rows.fetchall()]


def stands(db: sqlite_utils.Database, folder: Attachments, file: str) -> tuple[Path, str] | None:
    """Return where a picture stands, and its media type; None: there is none."""
    row = db.execute("SELECT media FROM knowledge_pictures WHERE file = ?", [file]).fetchone()
    path = folder.content(file) if row else None
    return (path, row[0]) if path else None
