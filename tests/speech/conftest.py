"""The Polish voice of this repository, and a cache for each test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sipagent.speech.speaker import Speaker

VOICES = Path(__file__).parents[2] / "voices"
POLISH = {"pl": "pl_PL-natan-low"}


@pytest.fixture
async def speakers(tmp_path: Path) -> AsyncIterator[Callable[..., Speaker]]:
    """Make speakers with ``tmp_path / "clips"`` as their cache, and close them at the end."""
    made: list[Speaker] = []

    def make(**settings: object) -> Speaker:
        speaker = Speaker(POLISH, VOICES, tmp_path / "clips", **settings)  # type: ignore[arg-type]
        made.append(speaker)
        return speaker

    yield make
    for speaker in made:
        await speaker.close()
