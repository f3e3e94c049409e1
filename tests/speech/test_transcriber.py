"""Writing recordings down, with the real model.

The voice has said the sentences once: it never says one twice in the same way, and now and then
in one that Whisper hears wrong.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile

from sipagent.config import TranscriptionSection
from sipagent.errors import TranscriptionError
from sipagent.speech import models, transcriber
from sipagent.speech.transcriber import Transcriber
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "data/models"
SPOKEN = "Dzień dobry. W łazience cieknie woda z sufitu. Proszę o pilną pomoc."
RECORDED = Path(__file__).with_name("spoken.flac")
SHORT = Path(__file__).with_name("short.flac")


@pytest_asyncio.fixture
async def whisper() -> AsyncIterator[Transcriber]:
    made = Transcriber(TranscriptionSection(threads=2), MODELS)
    yield made
    await made.close()


def distance(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for n, a in enumerate(one, 1):
        row, last = [n], row
        for m, b in enumerate(other, 1):
            row.append(min(last[m] + 1, row[m - 1] + 1, last[m - 1] + (a != b)))
    return row[-1]


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == " ")


async def test_polish_is_understood(whisper: Transcriber) -> None:
    heard = await whisper.transcribe(RECORDED, "pl")
    wanted = plain(SPOKEN)
    assert distance(plain(heard.text), wanted) / len(wanted) < 0.25, heard.text
    assert heard.seconds == pytest.approx(5.4, abs=2)


@pytest.mark.parametrize("sound", ["silence", "noise", "hum", "ringback"])
async def test_no_words_are_made_up(whisper: Transcriber, tmp_path: Path, sound: str) -> None:
    times = np.arange(8 * 8000) / 8000
    samples = {
        "silence": np.zeros(len(times)),
        "noise": np.random.default_rng(1).normal(0, 0.05, len(times)),
        "hum": 0.1 * np.sin(2 * np.pi * 50 * times),
        "ringback": 0.1 * np.sin(2 * np.pi * 425 * times) * (times % 5 < 1),
    }[sound]
    soundfile.write(tmp_path / "a.wav", samples, 8000)
    assert (await whisper.transcribe(tmp_path / "a.wav", "pl")).text == ""


async def test_a_short_sentence_is_heard_in_a_long_silence(
    whisper: Transcriber, tmp_path: Path
) -> None:
    said, rate = soundfile.read(SHORT)
    soundfile.write(tmp_path / "a.wav", np.concatenate([said, np.zeros(20 * rate)]), rate)
    heard = await whisper.transcribe(tmp_path / "a.wav", "pl")
    assert distance(plain(heard.text), "proszę o telefon") < 4, heard.text


async def test_a_killed_process_fails_one_recording(whisper: Transcriber) -> None:
    await whisper.transcribe(RECORDED, "pl")
    pid = whisper.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    waiting = asyncio.create_task(whisper.transcribe(RECORDED, "pl"))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(TranscriptionError, match="died"):
        await waiting
    assert (await whisper.transcribe(RECORDED, "pl")).text
    assert whisper.pid not in (None, pid)


async def test_one_that_died_while_it_was_idle_fails_nothing(
    whisper: Transcriber, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    await whisper.transcribe(tmp_path / "a.wav", "pl")
    pid = whisper.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert (await whisper.transcribe(tmp_path / "a.wav", "pl")).text == ""
    assert whisper.pid not in (None, pid)


async def test_it_steps_back_behind_everything_else(whisper: Transcriber, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    await whisper.transcribe(tmp_path / "a.wav", "pl")
    pid = whisper.pid
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == 19
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE


async def test_closing_tells_those_who_wait(whisper: Transcriber) -> None:
    waiting = [asyncio.create_task(whisper.transcribe(RECORDED, "pl")) for _ in range(2)]
    while whisper.pid is None:
        await asyncio.sleep(0)
    await whisper.close()
    for task in waiting:
        with pytest.raises(TranscriptionError):
            await task
    assert whisper.pid is None


async def test_one_that_takes_too_long_is_given_up() -> None:
    slow = Transcriber(TranscriptionSection(timeout=0.05), MODELS)
    with pytest.raises(TranscriptionError, match=r"worked longer than 0\.05 s"):
        await slow.transcribe(RECORDED, "pl")
    assert slow.pid is None
    await slow.close()


async def test_its_memory_comes_back(whisper: Transcriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcriber, "_IDLE", 0.05)
    await whisper.transcribe(SHORT, "pl")
    deadline = time.monotonic() + PATIENCE
    while whisper.pid is not None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    poor = Transcriber(TranscriptionSection(), tmp_path)
    with pytest.raises(TranscriptionError, match="sipagent transcription install"):
        await poor.transcribe(tmp_path / "a.wav", "pl")


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"no sound at all" * 100])
async def test_what_cannot_be_read_is_told(
    whisper: Transcriber, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TranscriptionError, match=r"a\.wav"):
        await whisper.transcribe(path, "pl")


def test_a_model_is_found_by_name_or_by_its_directory(tmp_path: Path) -> None:
    base = (MODELS / "base").resolve()
    assert models.find("base", MODELS) == base
    assert models.find(str(base), tmp_path) == base
    assert models.installed(MODELS).count("base") == 1
    assert models.installed(tmp_path / "none") == []
