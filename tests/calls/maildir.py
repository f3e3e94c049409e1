"""The e-mails of a daemon that has no mail server: they land in a folder."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from tests.calls.daemon import Daemon, until


def mails(line: Daemon, count: int) -> list[EmailMessage]:
    """Return the e-mails in the maildir once there are so many, the first one first."""
    new = line.folder / "mail" / "new"

    def there() -> list[Path]:
        files = new.iterdir() if new.is_dir() else ()
        return sorted(files, key=lambda path: path.stat().st_mtime_ns)

    files = until(there, lambda found: len(found) >= count)
    read = (
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files
    )
    return list(read)


def text_of(mail: EmailMessage) -> str:
    """Return what an e-mail says as plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
