"""Recordings that were cut off are whole again."""

import asyncio
import wave
from pathlib import Path

import pytest

from sipagent.sip import recording

pytestmark = pytest.mark.unit


def written(
    path: Path, seconds: float, *, channels: int = 1, closed: bool = True, extra: bytes = b""
) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(seconds * 8000) * 2 * channels))
    content = bytearray(path.read_bytes())
    if not closed:
        content[4:8] = content[40:44] = bytes(4)
    path.write_bytes(bytes(content) + extra)
    return path


def frames(path: Path) -> int:
    with wave.open(str(path)) as file:
        return file.getnframes()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("extra", [b"", b"\x01"])
def test_a_crash_leaves_a_length_of_nothing(tmp_path: Path, extra: bytes, channels: int) -> None:
    path = written(tmp_path / "a.wav", 1.5, channels=channels, closed=False, extra=extra)
    assert recording.repair(path) == 1.5
    assert frames(path) == 12000


def test_a_whole_recording_stays_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", 1.5)
    before = path.read_bytes()
    assert recording.repair(path) == 1.5
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(44), bytes(100)])
def test_nothing_was_recorded(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert recording.repair(path) == 0
    assert recording.repair(tmp_path / "none.wav") == 0


async def test_it_is_complete_when_the_writer_has_closed_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", 1.0, closed=False)
    asyncio.get_running_loop().call_later(0.05, written, path, 1.25)
    assert await recording.completed(path) == 1.25


async def test_a_writer_that_never_closes_it_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_CLOSING", 0.02)
    path = written(tmp_path / "a.wav", 1.0, closed=False)
    assert await recording.completed(path) == 1.0
