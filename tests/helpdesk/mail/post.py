"""Mails, the owners and users who write them, and who files them, for the tests of mail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlite_utils

from sipagent.config import MailSection
from sipagent.config_helpdesk import MailInSection
from sipagent.domains import SENDERS, composed
from sipagent.helpdesk.mail.confirming import Confirmations
from sipagent.helpdesk.mail.filing import Filing
from sipagent.helpdesk.mail.maildir import Maildir
from sipagent.helpdesk.mail.mails import Filed
from sipagent.helpdesk.mail.source import Arrived, Source
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.attachments import Attachments
from sipagent.tickets.model import Entry, Ticket
from sipagent.tickets.tickets import Tickets

#: Where a program dies in a round, and what the mailbox is.
CASES = (
    *(("maildir", one) for one in ("files-kept", "ticket-opened", "filed", "let-go")),
    *(("maildir", one) for one in ("letter-written", "letter-kept", "confirmed")),
    *(("deaf", one) for one in ("let-go", "confirmed")),
)
OURS = "biuro@manager.example"
_OWNERS = """
INSERT INTO managers (id, code, name) VALUES (1, 'ADM', 'Administracja');
INSERT INTO estates (id, manager_id, code, name) VALUES (1, 1, 'E1', 'Lipowa');
INSERT INTO owners (id, manager_id, estate_id, login, name) VALUES
    (1, 1, 1, '100001', 'Anna Lis'), (2, 1, 1, '100002', 'Adam Lis');
INSERT INTO owner_emails VALUES
    (1, 0, 1, 'Anna.Lis@poczta.example'), (1, 1, 1, 'wspolny@poczta.example'),
    (2, 0, 1, 'wspolny@poczta.example');
INSERT INTO parties (id, kind, name, extension, version) VALUES (1, 'user', 'Ewa Kot', '101', 1);
INSERT INTO users (id, email, mobile, role, rights, shown, language)
    VALUES (1, 'ewa@firma.example', '', 'user', '[]', '', 'en');
"""


_TABLES = [*composed().migrations, messages]


@cache
def _database() -> bytes:
    """A database with owners and a user: making its tables takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "line.db")
        with closing(open_database(path, _TABLES)) as db:
            db.executescript(_OWNERS)
        return path.read_bytes()


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


def written(
    text: str = "Dzień dobry, nie działa winda.",
    *,
    sender: str = "Obcy <obcy@obcy.example>",
    subject: str = "Winda",
    number: int = 1,
    answers: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A mail; ``number`` makes its Message-ID."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, OURS, subject
    mail["Message-ID"] = f"<mail-{number}@obcy.example>"
    if answers:
        mail["In-Reply-To"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


@dataclass
class Post:
    """A database with owners and users, and who files mails into it."""

    folder: Path
    clock: Callable[[], datetime] = field(default_factory=Clock)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = self.folder / "line.db"
        if not path.exists():
            path.write_bytes(_database())
        self.db: sqlite_utils.Database = open_database(path, _TABLES)
        self.data = Single(self.db)
        given = {"maildir": self.folder / "in", "addresses": (OURS,)} | self.settings
        mail = MailInSection(**given)
        self.attachments = Attachments(self.folder / "attachments", 5, 1_000_000)
        self.filing = Filing(
            self.data, self.attachments, mail, frozenset({OURS}), SENDERS, self.clock
        )
        self.outbox = Outbox(
            self.data, self.folder / "outbox", MailSection(sender=OURS), clock=self.clock
        )
        self.confirmations = Confirmations(
            self.data, self.outbox, Templates(composed().texts), "Biuro", OURS
        )
        self.tickets = Tickets(self.db, self.clock)

    def file(self, content: bytes) -> Filed:
        return self.filing.file(content)

    def ticket(self, number: int) -> tuple[Ticket, list[Entry]]:
        return self.tickets.find(number), self.tickets.thread(number)

    def count(self, table: str) -> int:
        return int(self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


class Deaf:
    """A mailbox that lets go of nothing: all that it holds comes again in each round."""

    def __init__(self, post: Post) -> None:
        self._folder = maildir_of(post.folder) / "new"
        self.let_go: list[tuple[str, str]] = []

    def reach(self) -> None:
        """It is always there."""

    def arrived(self) -> Iterator[Arrived]:
        for path in sorted(self._folder.iterdir()):
            yield Arrived(path.name, path.read_bytes())

    def done(self, mail: Arrived) -> None:
        self.let_go.append(("done", mail.name))

    def hold(self, mail: Arrived) -> None:
        self.let_go.append(("held", mail.name))

    def close(self) -> None:
        """Nothing is open."""

    def abort(self) -> None:
        """Nothing takes long."""


def maildir_of(folder: Path) -> Path:
    """Where mails come in beside the database of a folder."""
    return folder / "in"


def source_of(kind: str, post: Post) -> Source:
    """A mailbox as ``CASES`` name it."""
    return Maildir(maildir_of(post.folder), 1_000_000) if kind == "maildir" else Deaf(post)
