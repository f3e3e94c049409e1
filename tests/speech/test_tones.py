"""What is heard where there are no words: ringback, and music of the house or of one's own."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.errors import SetupError
from sipagent.speech import music
from sipagent.speech.tones import Tones
from tests.phone_tones import sine

pytestmark = pytest.mark.unit


def test_the_music_has_no_gap_and_no_click_where_it_begins_again() -> None:
    piece = music.piece()
    twice = np.concatenate([piece, piece])
    pieces = np.abs(twice).reshape(-1, 400).max(axis=1)
    assert pieces.min() > 0.005, "no twentieth of a second is silent"
    assert pieces.max() < 0.9, "nothing is cut off"
    steps = np.abs(np.diff(twice))
    assert steps[len(piece) - 1] <= steps.max()
    assert steps.max() < 0.2


async def test_music_of_ones_own_and_back(tmp_path: Path) -> None:
    tones = Tones(tmp_path / "tones")
    usual = tones.music
    soundfile.write(tmp_path / "own.ogg", sine(440, 3, -20) / 32768, 44100)
    tones.use(tmp_path / "own.ogg")
    assert tones.music.key == usual.key
    sound, rate = soundfile.read((await tones.music.clip()).path)
    assert rate == 8000
    assert np.abs(sound).max() > 0.05, "it is levelled to the voices"
    tones.use(None)
    assert tones.music == usual


@pytest.mark.parametrize("content", [None, b"no music"])
async def test_music_that_cannot_be_heard_changes_nothing(
    content: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tones = Tones(tmp_path / "tones")
    usual = tones.music
    file = tmp_path / "own.wav"
    if content is not None:
        file.write_bytes(content)
    tones.use(file)
    assert tones.music == usual


def test_lines_that_share_a_cache_open_at_the_same_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as lines:
        opened = list(lines.map(Tones, [tmp_path / "tones"] * 40))
    assert {tones.record.audio.path for tones in opened} == {tmp_path / "tones/record.wav"}
    assert [path.name for path in (tmp_path / "tones").iterdir() if path.suffix != ".wav"] == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "tones").write_text("a file")
    with pytest.raises(SetupError, match="cannot be written"):
        Tones(tmp_path / "tones")
