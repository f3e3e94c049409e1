"""Putting an e-mail into a maildir: what there is where no mail server is."""

import os
from pathlib import Path

from sipagent.messages.files import make_directory, sync_directory, write_durably
from sipagent.messages.queue import Entry
from sipagent.messages.refusal import NotNow


class Maildir:
    """Keeps messages in a directory that every mail reader understands."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        """Put it into ``new``; a message that is there already is not put twice.

        Its name comes from its Message-ID, so a delivery that a crash has kept from being noted
        finds the file of the first one.
        """
        name = f"{entry.message_id.strip('<>').partition('@')[0]}.sipagent"
        unfinished, new = self._directory / "tmp" / name, self._directory / "new" / name
        try:
            make_directory(self._directory)
            for folder in ("tmp", "new", "cur"):
                make_directory(self._directory / folder)
            seen = list((self._directory / "cur").glob(f"{name}*"))
            if not new.exists() and not seen:
                unfinished.unlink(missing_ok=True)
                write_durably(unfinished, content)
                os.replace(unfinished, new)
            sync_directory(new.parent)
        except OSError as error:
            raise NotNow(
                f"{self._directory}: {error.strerror}; see paths.maildir", server=True
            ) from error
        return str(seen[0] if seen else new)

    def rest(self) -> None:
        """Nobody to say goodbye to."""

    def abort(self) -> None:
        """Nothing that takes long."""
