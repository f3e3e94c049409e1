"""kill -9 at every point of a round: nothing twice, nothing lost."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sipagent.errors import DataError, SetupError
from sipagent.helpdesk.mail.mails import Outcome
from sipagent.helpdesk.mail.round import look
from sipagent.helpdesk.mail.source import Arrived
from tests.helpdesk.mail.post import CASES, Deaf, Post, maildir_of, source_of, written
from tests.helpdesk.mail.test_reading import MAILS

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[3]

#: A program that has a copy of itself die at each point.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from sipagent.helpdesk.mail import round
from sipagent.helpdesk.mail.filing import Filing
from sipagent.messages.files import Files
from sipagent.messages.outbox import Outbox
from sipagent.tickets.attachments import Attachments
from sipagent.tickets.tickets import Tickets
from tests.helpdesk.mail.post import CASES, Deaf, Post, source_of
from sipagent.helpdesk.mail.maildir import Maildir

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(kind, name):
    real = getattr(kind, name)
    setattr(kind, name, lambda *rest, **named: (real(*rest, **named), die()))

def prepare(point):
    match point:
        case "files-kept": after(Attachments, "sift")
        case "ticket-opened": after(Tickets, "open")
        case "filed": after(Filing, "file")
        case "let-go": after(Maildir, "done"); after(Deaf, "done")
        case "letter-written": after(Files, "write")
        case "letter-kept": after(Outbox, "_insert")
        case "confirmed": after(Outbox, "put")

for kind, point in CASES:
    child = os.fork()
    if not child:
        prepare(point)
        post = Post(Path(sys.argv[1], f"{kind}-{point}"))
        round.look(source_of(kind, post), post.filing, post.confirmations)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, (kind, point)
"""


def deliver(folder: Path, name: str, content: bytes) -> None:
    """Put a mail into a maildir, as a mail server does."""
    for one in ("tmp", "new", "cur"):
        (folder / one).mkdir(parents=True, exist_ok=True)
    (folder / "tmp" / name).write_bytes(content)
    (folder / "tmp" / name).rename(folder / "new" / name)


def test_kill_nine(tmp_path: Path) -> None:
    for kind, point in CASES:
        for name in ("gmail-inline-picture", "wp-new", "auto-vacation"):
            deliver(maildir_of(tmp_path / f"{kind}-{point}"), name, MAILS[name])
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, check=False)
    assert done.returncode == 0
    for kind, point in CASES:
        post = Post(tmp_path / f"{kind}-{point}")
        for _ in range(2):
            look(source_of(kind, post), post.filing, post.confirmations)
        assert everything_once(post, 3 if kind == "deaf" else 0), (kind, point)
        # What was kept before the row that would have named it is swept up later.
        named = {one.file for one in post.tickets.thread(101)[0].files}
        strays = post.attachments.strays(named, -1)
        assert len(strays) == 2 * (point in ("files-kept", "ticket-opened")), (kind, point)


def everything_once(post: Post, left: int) -> bool:
    """Whether there are two tickets, each with its letter, and so many mails wait."""
    rows = ("tickets", "ticket_entries", "helpdesk_mails", "outbox")
    files = post.tickets.thread(101)[0].files
    return (
        [post.count(table) for table in rows] == [2, 2, 5, 2]
        and len({one.recipient for one in post.outbox.listed()}) == 2
        and len(files) == 2
        and all(post.attachments.content(one.file) for one in files)
        and len(os.listdir(maildir_of(post.folder) / "new")) == left
    )


def test_a_round_says_what_mails_have_become(tmp_path: Path) -> None:
    post = Post(tmp_path)
    folder = maildir_of(tmp_path)
    deliver(folder, "1.a", written())
    deliver(folder, "2.b:2,", MAILS["auto-vacation"])
    deliver(folder, "3.c", b"")
    deliver(folder, ".hidden", written(number=2))
    counts = look(source_of("maildir", post), post.filing, post.confirmations)
    assert counts == Counter({Outcome.OPENED: 1, Outcome.IGNORED: 1, Outcome.HELD: 1})
    assert sorted(os.listdir(folder / "cur")) == ["1.a:2,S", "2.b:2,S", "3.c:2,F"]
    assert os.listdir(folder / "new") == [".hidden"]


def test_what_cannot_be_written_down_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(tmp_path)
    deliver(maildir_of(tmp_path), "1", written())
    deliver(maildir_of(tmp_path), "2", written(number=2))
    source = Deaf(post)

    def full(_: bytes) -> None:
        raise SetupError("the disk is full")

    monkeypatch.setattr(post.filing, "file", full)
    with pytest.raises(SetupError):
        look(source, post.filing, post.confirmations)
    assert source.let_go == []

    def impossible(_: bytes) -> None:
        raise DataError("it is none")

    monkeypatch.setattr(post.filing, "file", impossible)
    look(source, post.filing, post.confirmations)
    assert source.let_go == [("held", "1"), ("held", "2")]


def test_a_maildir_ends_soon_when_it_is_told(tmp_path: Path) -> None:
    post = Post(tmp_path)
    for name in "123":
        deliver(maildir_of(tmp_path), name, written())
    source = source_of("maildir", post)
    come: list[Arrived] = []
    for one in source.arrived():
        come.append(one)
        source.abort()
    assert [one.name for one in come] == ["1"]
