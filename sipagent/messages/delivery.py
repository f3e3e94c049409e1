"""The ways for an e-mail to leave: an SMTP server, or a maildir."""

from pathlib import Path
from typing import Protocol

from sipagent.config import MailSection
from sipagent.messages.maildir import Maildir
from sipagent.messages.queue import Entry
from sipagent.messages.smtp import Smtp


class Delivery(Protocol):
    """A way for messages to leave; ``deliver`` and ``rest`` run in one thread."""

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        """Hand a message over, and return where it is; the other side has it then.

        Raises:
            NotNow: it may be taken later.
            Never: it will not be taken.
        """

    def rest(self) -> None:
        """Say goodbye to the other side; nothing depends on how that goes."""

    def abort(self) -> None:
        """Break off what goes on; called from another thread."""


def delivery_of(settings: MailSection, maildir: Path) -> Delivery:
    """Return the way that the settings ask for."""
    return Smtp(settings) if settings.server else Maildir(maildir)
