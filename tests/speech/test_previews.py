"""Words of announcements, read by a real voice for who writes them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sipagent.control.control import done
from sipagent.exchange.previews import Previews
from sipagent.panel.sounds import CLIP
from sipagent.speech.speaker import Speaker

pytestmark = pytest.mark.line


async def test_a_preview_is_the_clip_that_callers_will_hear(
    speakers: Callable[..., Speaker], tmp_path: Path
) -> None:
    speaker = speakers()
    await speaker.start()
    previews = Previews(speaker)
    told = None
    while told is None:  # a busy machine takes longer, and says so each time
        told = await done(previews.controls, "announcements.preview", {"text": "Dzień dobry."})
    assert isinstance(told, dict)
    assert re.fullmatch(CLIP, told["clip"])
    assert (tmp_path / "clips" / told["clip"]).is_file()
    clip = speaker.cached("Dzień dobry.", "pl")
    assert clip is not None
    assert (clip.path.name, clip.seconds) == (told["clip"], told["seconds"])
