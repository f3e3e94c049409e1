"""Texts that somebody writes are rendered for them, and no caller waits for that."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from sipagent.control.control import done
from sipagent.errors import DataError, SetupError, SpeechError
from sipagent.exchange.previews import Previews
from sipagent.scenario.talk import Pace
from sipagent.speech.clip import Clip
from sipagent.speech.recordings import Recordings
from tests.simulated import simulated

pytestmark = pytest.mark.unit


class Voices:
    """Voices that take their time; ``nikt`` is none of them."""

    ready = True

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self.read: list[tuple[str, str, bool]] = []
        self.voices: Mapping[str, str] = {}

    async def find(self, voices: Mapping[str, str]) -> None:
        if "nikt" in voices.values():
            raise SetupError("there is no voice nikt")

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> "Voices":
        self.voices = voices
        return self

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        self.read.append((text, language, urgent))
        await asyncio.sleep(self.seconds)
        if text == "...":
            raise SpeechError("there is nothing to say")
        return Clip(Path("/cache/abc.wav"), 2.5)

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        return None


async def preview(previews: Previews, **words: str) -> object:
    """Ask as the panel does."""
    return await done(previews.controls, "announcements.preview", words)


@simulated
async def test_a_text_is_rendered_behind_what_callers_wait_for() -> None:
    voices = Voices()
    told = await preview(Previews(voices), text="Urlop  do\n2 lipca.", language="pl", voice="nela")
    assert told == {"clip": "abc.wav", "seconds": 2.5}
    # As it would be kept: with single blanks.
    assert voices.read == [("Urlop do 2 lipca.", "pl", False)]
    assert voices.voices == {"pl": "nela"}


@simulated
async def test_who_asks_again_gets_what_was_begun() -> None:
    voices = Voices(seconds=8)
    previews = Previews(voices)
    told = [await preview(previews, text="Długie słowa.") for _ in range(3)]
    assert told == [None, None, {"clip": "abc.wav", "seconds": 2.5}]
    assert len(voices.read) == 1
    await preview(previews, text="Długie słowa.")
    assert len(voices.read) == 2  # the clip is in the cache by now
    await previews.stop()


@simulated
async def test_only_so_many_are_rendered_at_once() -> None:
    previews = Previews(Voices(seconds=100))
    asking = [asyncio.ensure_future(preview(previews, text=f"{number}.")) for number in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(DataError, match="several texts are being rendered"):
        await preview(previews, text="Jeszcze jeden.")
    assert await asyncio.gather(*asking) == [None] * 5
    await previews.stop()


@simulated
async def test_what_cannot_be_said_is_told() -> None:
    previews = Previews(Voices())
    with pytest.raises(DataError, match="nothing to say"):
        await preview(previews, text="...")
    with pytest.raises(SetupError, match="nikt"):
        await preview(previews, text="Witamy.", voice="nikt")
    with pytest.raises(DataError, match="language"):
        await preview(previews, text="Witamy.", language="de")
    with pytest.raises(DataError, match="longer than 2000 characters"):
        await preview(previews, text="a" * 2001)
    with pytest.raises(SetupError, match="the voices of the line are not there"):
        await preview(Previews(None), text="Witamy.")
