"""Sound on its way from memory to a disk that may be full."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sipagent.exchange.recording.files import SECOND, PlainWriter, header, sound_of
from sipagent.exchange.recording.spool import PATIENCE, Spool, Spooled
from tests.exchange.recording.samples import seconds_of, voices

pytestmark = pytest.mark.unit


class Recording:
    """Writes into a spool as PJMEDIA does: a head, then sound, and the lengths at the end."""

    def __init__(self, spool: Spool) -> None:
        self._file = spool.path.open("wb", buffering=0)
        self._file.write(header(0))

    def say(self, sound: bytes) -> None:
        self._file.write(sound)

    def close(self) -> None:
        length = self._file.tell() - len(header(0))
        self._file.seek(0)
        self._file.write(header(length))
        self._file.close()


class Disk:
    """Takes seconds as long as there is room; it may be full for a time."""

    def __init__(self) -> None:
        self.full = False
        self.seconds: dict[int, bytes] = {}
        self.length = 0

    def write(self, number: int, sound: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.seconds[number] = sound

    def close(self, length: int) -> None:
        self.length = length


def test_each_second_goes_to_the_disk_and_its_memory_comes_back() -> None:
    spool, disk = Spool("call"), Disk()
    recording, sound = Recording(spool), voices(5.3)
    spool.writer = disk
    recording.say(sound[: 3 * SECOND + 4000])
    spool.drain()
    assert list(disk.seconds) == [0, 1, 2], "what is not whole waits"
    assert os.stat(spool.path).st_blocks * 512 < 2 * SECOND
    recording.say(sound[3 * SECOND + 4000 :])
    recording.close()
    assert spool.close() == Spooled(5.3, 0.0)
    assert b"".join(disk.seconds.values()) == sound
    assert disk.length == len(sound)


def test_what_is_said_before_there_is_a_file_waits() -> None:
    spool, disk = Spool("call"), Disk()
    recording, sound = Recording(spool), voices(3.0)
    recording.say(sound)
    spool.drain()
    spool.writer = disk
    spool.drain()
    assert b"".join(disk.seconds.values()) == sound
    recording.close()
    spool.close()


def test_a_disk_that_has_room_again_in_time_gets_everything() -> None:
    spool, disk = Spool("call"), Disk()
    recording, sound = Recording(spool), voices(10.0)
    spool.writer = disk
    disk.full = True
    for second in seconds_of(sound):
        recording.say(second)
        spool.drain()
    assert not disk.seconds
    disk.full = False
    recording.close()
    assert spool.close() == Spooled(10.0, 0.0)
    assert b"".join(disk.seconds.values()) == sound


def test_what_a_full_disk_does_not_take_for_a_minute_is_lost_and_the_rest_keeps_its_time() -> None:
    spool, disk = Spool("call"), Disk()
    recording, second = Recording(spool), voices(1.0)
    spool.writer = disk
    disk.full = True
    for _ in range(PATIENCE + 5):
        recording.say(second)
        spool.drain()
    assert os.stat(spool.path).st_blocks * 512 <= (PATIENCE + 2) * SECOND
    disk.full = False
    recording.close()
    assert spool.close() == Spooled(PATIENCE + 5.0, 5.0)
    assert list(disk.seconds) == list(range(5, PATIENCE + 5))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process become larger, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_real_disk_that_gets_full_in_the_middle_of_a_second(tmp_path: Path) -> None:
    spool, sound = Spool("call"), voices(4.0)
    recording = Recording(spool)
    spool.writer = PlainWriter(tmp_path / "call.wav")
    recording.say(sound)
    recording.close()
    with room_for(2 * SECOND + SECOND // 2):
        spool.drain()
    assert (tmp_path / "call.wav").stat().st_size == 2 * SECOND + SECOND // 2
    assert spool.close() == Spooled(4.0, 0.0), "there is room again"
    assert b"".join(sound_of(tmp_path / "call.wav", None)) == sound


def test_a_disk_that_stays_full_keeps_what_it_took(tmp_path: Path) -> None:
    spool, sound = Spool("call"), voices(4.0)
    recording = Recording(spool)
    spool.writer = PlainWriter(tmp_path / "call.wav")
    recording.say(sound)
    recording.close()
    with room_for(2 * SECOND + SECOND // 2):
        spooled = spool.close()
    assert spooled == Spooled(4.0, 2.0)
    kept = b"".join(sound_of(tmp_path / "call.wav", None))
    assert kept[: 2 * SECOND] == sound[: 2 * SECOND]
