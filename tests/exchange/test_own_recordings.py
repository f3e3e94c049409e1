"""Recordings of announcements: what is kept, under which name, and what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.errors import DataError
from sipagent.exchange.own_recordings import keep
from tests.phone_tones import sine

pytestmark = pytest.mark.unit


def sound(hertz: float = 500.0, rate: int = 8000, channels: int = 1, **how: str) -> io.BytesIO:
    file = io.BytesIO()
    samples = np.repeat(sine(hertz, 0.5, -20)[:, None] / 32768, channels, axis=1)
    soundfile.write(file, samples, rate, **{"format": "WAV", **how})
    file.seek(0)
    return file


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_each_recording_has_a_name_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "announcements"
    files = [sound(hertz).read() for hertz in (500, 600, 700)]
    expected = ["Zamknięte 1.wav", "Zamknięte 1-2.wav", "Zamknięte 1-3.wav"]
    for _ in range(2):  # the same one again is the one that is there
        kept = [keep(io.BytesIO(content), "Zamknięte 1.wav", folder) for content in files]
        assert kept == expected
    assert names(folder) == sorted(expected)
    assert [(folder / name).read_bytes() for name in expected] == files
    assert (folder / "Zamknięte 1.wav").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "name", ["../up.wav", "/etc/passwd.wav", ".hidden.wav", "a.exe", "a.wav.sh", "a\n.wav"]
)
def test_a_name_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "announcements"
    with pytest.raises(DataError, match="is no name of a WAV, MP3, OGG or FLAC file"):
        keep(sound(), name, folder)
    with pytest.raises(DataError):
        keep(sound(), "", folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (io.BytesIO(b""), "cannot be read"),
        (io.BytesIO(b"#!/bin/sh\nexit\n"), "cannot be read"),
        (io.BytesIO(sound().read()[:40]), "cannot be read|is silent"),
        (sound(channels=6), "has 6 channels of 8000 Hz"),
        # A file of some kilobytes that would take gigabytes.
        (sound(rate=655_350, format="FLAC"), "has 1 channels of 655350 Hz"),
    ],
)
def test_what_is_no_recording_leaves_nothing(content: io.BytesIO, why: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"a.wav: ({why})"):
        keep(content, "a.wav", tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.wav: cannot be kept: "):
        keep(sound(), "a.wav", tmp_path / "file/announcements")
