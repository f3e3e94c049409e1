"""Where mails come from, as whoever files them sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sipagent.errors import SipAgentError


class MailboxFault(SipAgentError):
    """The mailbox cannot be read; the text says why, and where that is set."""

    code = "mailbox"
    exit_status = 3


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that has come; ``content`` is cut a byte beyond the largest that is read."""

    name: str
    content: bytes


class Source(Protocol):
    """A mailbox; used in one thread, but for ``abort``."""

    def reach(self) -> None:
        """See that it can be read.

        Raises:
            MailboxFault: it cannot.
        """

    def arrived(self) -> Iterator[Arrived]:
        """Yield what has come and was not dealt with, the oldest first.

        Raises:
            MailboxFault: it cannot be read.
        """

    def done(self, mail: Arrived) -> None:
        """Have a mail that is filed for good not come again."""

    def hold(self, mail: Arrived) -> None:
        """Leave a mail to a person, marked, and have it not come again."""

    def close(self) -> None:
        """End; safe to call twice."""

    def abort(self) -> None:
        """Come to an end soon; from any thread."""
