"""Mails from a maildir, which a mail server of the same machine fills."""

import os
from collections.abc import Iterator
from pathlib import Path

from sipagent.helpdesk.mail.source import Arrived, MailboxFault
from sipagent.messages.files import sync_directory


class Maildir:
    """A maildir: what is in ``new`` has come, what is in ``cur`` was dealt with.

    Args:
        folder: with ``new`` and ``cur``.
        largest: bytes of a mail that are read.
    """

    def __init__(self, folder: Path, largest: int) -> None:
        self._folder = folder
        self._largest = largest
        self._aborted = False

    def reach(self) -> None:
        """See that there is a maildir whose mails can be moved."""
        new = self._folder / "new"
        try:
            os.scandir(new).close()
        except OSError as error:
            raise self._fault(error) from error
        if not os.access(new, os.W_OK):
            raise MailboxFault(f"{new}: mails cannot be moved from it; see helpdesk.mail.maildir")

    def arrived(self) -> Iterator[Arrived]:
        """Yield the mails in ``new``, by their names, which begin with the time."""
        new = self._folder / "new"
        try:
            files = [one.name for one in os.scandir(new) if one.is_file(follow_symlinks=False)]
        except OSError as error:
            raise self._fault(error) from error
        for name in sorted(one for one in files if not one.startswith(".")):
            if self._aborted:
                return
            try:
                with (new / name).open("rb") as file:
                    content = file.read(self._largest + 1)
            except FileNotFoundError:  # a mail reader was quicker
                continue
            except OSError as error:
                raise self._fault(error) from error
            yield Arrived(name, content)

    def done(self, mail: Arrived) -> None:
        """Move it to ``cur``, seen."""
        self._move(mail, "S")

    def hold(self, mail: Arrived) -> None:
        """Move it to ``cur``, flagged and not seen."""
        self._move(mail, "F")

    def close(self) -> None:
        """Nothing is open."""

    def abort(self) -> None:
        """Yield no more of what has come."""
        self._aborted = True

    def _move(self, mail: Arrived, flag: str) -> None:
        cur = self._folder / "cur"
        base = mail.name.partition(":2,")[0]
        try:
            cur.mkdir(exist_ok=True)
            os.replace(self._folder / "new" / mail.name, cur / f"{base}:2,{flag}")
            sync_directory(cur)
        except FileNotFoundError:  # a mail reader was quicker
            pass
        except OSError as error:
            raise self._fault(error) from error

    def _fault(self, error: OSError) -> MailboxFault:
        path = error.filename or self._folder
        return MailboxFault(f"{path}: {error.strerror}; see helpdesk.mail.maildir")
