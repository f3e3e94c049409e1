"""The outbox on a disk that is full: nothing is promised that is not kept."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.errors import SetupError
from sipagent.messages.message import Attachment
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import State
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.store.database import open_database
from tests.messages.mail_helpers import letter, settings

pytestmark = pytest.mark.outside

#: What makes a command one of root's.
ROOT = () if os.geteuid() == 0 else ("sudo", "--non-interactive")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KB, which root may mount, or who has sudo."""
    path = tmp_path / "disk"
    path.mkdir()
    command = [*ROOT, "mount", "-t", "tmpfs", "-o", "size=128k,mode=1777", "tmpfs", str(path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield path
    subprocess.run([*ROOT, "umount", "--lazy", str(path)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


def put_many(box: Outbox) -> None:
    for _ in range(9):
        box.put(letter(owner=""))


def test_a_full_disk_for_the_files(small_disk: Path, tmp_path: Path) -> None:
    db = open_database(tmp_path / "line.db", [messages])
    box = Outbox(Single(db), small_disk / "outbox", settings())
    (first,) = box.put(letter())
    big = letter(attachments=(Attachment("big.wav", "audio/wav", bytes(200_000)),))
    with pytest.raises(SetupError, match="No space left on device; make room"):
        box.put(letter("ewa@example.org"), big)
    assert [entry.id for entry in box.listed()] == [first]
    assert len(list((small_disk / "outbox").iterdir())) == 1
    assert box.put(letter())


def test_a_full_disk_for_the_database(small_disk: Path, tmp_path: Path) -> None:
    db = open_database(small_disk / "line.db", [messages])
    box = Outbox(Single(db), tmp_path / "outbox", settings())
    (first,) = box.put(letter())
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        fill(filler)
    with pytest.raises(SetupError, match="full"):
        put_many(box)
    promised = {entry.file for entry in box.listed()}
    assert {path.name for path in (tmp_path / "outbox").iterdir()} == promised
    filler.unlink()
    assert box.put(letter(owner=""))
    assert box.find(first).state is State.WAITING
