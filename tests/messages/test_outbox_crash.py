"""kill -9 at every point: what was promised arrives, and what arrives twice is the same."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from sipagent.messages.queue import State
from sipagent.messages.sender import Sender
from sipagent.messages.smtp import Smtp
from tests.messages.mail_helpers import Server, content_of, letter, mail_server, outbox, settings
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[2]

#: A program that puts one message, sends it, and dies where it is told to.
PROGRAM = """
import os, signal, smtplib, sys
from pathlib import Path
from tests.messages.mail_helpers import letter, outbox, settings
from sipagent.messages.files import Files
from sipagent.messages.outbox import Outbox
from sipagent.messages.sender import Sender
from sipagent.messages.smtp import Smtp

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(kind, name):
    real = getattr(kind, name)
    setattr(kind, name, lambda *rest: (real(*rest), die()))

def half(self, data):
    real_send(self, data[: len(data) // 2] if len(data) > 500 else data)
    if len(data) > 500:
        die()

match sys.argv[3]:
    case "file-written": after(Files, "write")
    case "files-synced": after(Files, "sync")
    case "not-committed": after(Outbox, "_insert")
    case "committed": after(Outbox, "put")
    case "not-sent": Smtp.deliver = die
    case "half-sent": real_send, smtplib.SMTP.send = smtplib.SMTP.send, half
    case "taken": Outbox.sent = die
    case "noted": after(Outbox, "sent")

mail = settings(int(sys.argv[2]))
box = outbox(Path(sys.argv[1]), mail)
box.put(letter())
Sender(box, Smtp(mail), mail.sender).round()
"""

#: A program that puts and sends as fast as it can, and says what it has promised.
BUSY = """
import asyncio, sys
from pathlib import Path
from tests.messages.mail_helpers import letter, outbox, settings
from sipagent.messages.sender import Sender
from sipagent.messages.smtp import Smtp

async def main():
    mail = settings(int(sys.argv[2]), per_owner=1000000)
    box = outbox(Path(sys.argv[1]), mail)
    await Sender(box, Smtp(mail), mail.sender).start()
    for number in range(1000000):
        await asyncio.to_thread(box.put, letter(subject=f"message {number}"))
        print(number, flush=True)

asyncio.run(main())
"""


async def program(source: str, *words: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", source, *map(str, words), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def send_the_rest(directory: Path, server: Server) -> list[State]:
    mail = settings(server.port)
    box = outbox(directory, mail)
    await asyncio.to_thread(Sender(box, Smtp(mail), mail.sender).round)
    return [entry.state for entry in box.listed(limit=1_000_000)]


@pytest.mark.parametrize(
    ("point", "promised", "copies"),
    [
        ("file-written", False, 0),
        ("files-synced", False, 0),
        ("not-committed", False, 0),
        ("committed", True, 1),
        ("not-sent", True, 1),
        ("half-sent", True, 1),
        ("taken", True, 2),
        ("noted", True, 1),
    ],
)
async def test_kill_nine(tmp_path: Path, point: str, promised: bool, copies: int) -> None:
    async with mail_server() as server:
        victim = await program(PROGRAM, tmp_path, server.port, point)
        assert await victim.wait() == -signal.SIGKILL
        assert await send_the_rest(tmp_path, server) == [State.SENT] * promised
    assert len(server.taken) == copies
    assert len({content_of(one) for one in server.taken}) == promised
    files = list((tmp_path / "outbox").iterdir())
    assert len(files) == 1
    old = time.time() - 3601
    os.utime(files[0], (old, old))
    assert outbox(tmp_path).sweep() == (not promised)


async def test_kill_nine_in_the_middle_of_everything(tmp_path: Path) -> None:
    async with mail_server() as server:
        victim = await program(BUSY, tmp_path, server.port)
        assert victim.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = b""
            while len(server.taken) < 20:
                said += await victim.stdout.readline()
        victim.kill()
        said += await victim.stdout.read()
        await victim.wait()
        states = await send_the_rest(tmp_path, server)
    subjects = Counter(server.subjects())
    promised = [int(line) for line in said.splitlines() if line.isdigit()]
    assert len(promised) >= 10
    assert subjects.keys() >= {f"message {number}" for number in promised}
    assert set(states) == {State.SENT}
    assert len(states) == len(subjects)
    # Only what was in the air can have come twice, and it is the same message then.
    assert sum(subjects.values()) - len(subjects) <= 1
    assert len({mail["Message-ID"] for mail in server.mails()}) == len(subjects)


def test_a_letter_has_something_to_be_cut() -> None:
    assert len(letter().attachments[0].data) > 500
