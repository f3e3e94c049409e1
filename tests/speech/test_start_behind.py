"""Voices that load behind a line that is open already."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sipagent.errors import SpeechError
from sipagent.speech.speaker import Speaker

pytestmark = pytest.mark.line

VOICES = Path(__file__).parents[2] / "voices"


async def test_what_was_rendered_before_is_there_at_once(speakers: Callable[..., Speaker]) -> None:
    first = speakers()
    await first.start()
    clip = await first.clip("Tak.", "pl")
    await first.close()
    second = speakers()
    await second.open()
    assert second.cached("Tak.", "pl") == clip
    second.start_behind()
    assert (await second.clip("Nie wiem.", "pl")).seconds > 0.3, "what is new waits for the voices"


async def test_closing_while_the_voices_load_leaves_nothing(
    speakers: Callable[..., Speaker],
) -> None:
    speaker = speakers()
    await speaker.open()
    speaker.start_behind()
    pool = speaker._pool
    assert pool is not None
    await speaker.close()
    assert [worker.pid for worker in pool.workers] == [None]


async def test_a_voice_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    name = "pl_PL-natan-low.onnx"
    (tmp_path / name).write_bytes(b"no model")
    shutil.copy(VOICES / f"{name}.json", tmp_path)
    speaker = Speaker({"pl": "pl_PL-natan-low"}, tmp_path, tmp_path / "clips")
    await speaker.open()
    with capture_logs() as logs:
        speaker.start_behind()
        with pytest.raises(SpeechError, match="cannot be loaded"):
            await speaker.clip("Tak.", "pl")
    await speaker.close()
    assert [one["log_level"] for one in logs if one["event"] == "voices not loaded"] == ["error"]
