"""Announcements: who says them, what is rendered ahead, and files that are new."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import soundfile

from sipagent.errors import SetupError
from sipagent.exchange.announcements import OwnAnnouncements
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Announcement, Exchange
from sipagent.exchange.reading import Stored
from sipagent.exchange.steps.redirect import Redirect, RedirectSettings
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.steps import Announcement as Step
from sipagent.scenario.steps import AnnouncementSettings
from sipagent.scenario.talk import Pace, Talk
from sipagent.speech.clip import Clip
from sipagent.speech.recordings import Recording, Recordings
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import ANNAS, CATALOGUE, House, Voice
from tests.phone_tones import Signal, sine
from tests.simulated import simulated

pytestmark = pytest.mark.unit

THERE = Exchange(
    announcements=(
        Announcement(name="Melodia", recording="melodia.wav"),
        Announcement(
            name="Urlop", text={"pl": "Jestem na urlopie.", "en": "On leave."}, voice={"pl": "nela"}
        ),
        Announcement(name="Witamy", text={"pl": "Witamy."}),
        Announcement(name="Zepsute", text={"pl": "Cześć."}, voice={"pl": "nikt"}),
    )
)


@dataclass(frozen=True)
class Reader:
    """Reads with some voices, and remembers what."""

    voices: tuple[tuple[str, str], ...]
    recorded: Recordings
    read: list[tuple[str, str]] = field(default_factory=list, compare=False)

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        self.read.append((text, language))
        return Clip(Path("/dev/null"), 1.0)

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        return None


class Voices:
    """Those that there are; ``nikt`` is none of them."""

    def __init__(self) -> None:
        self.ready = False
        self.read: list[tuple[str, str]] = []
        self.found: list[str] = []

    async def find(self, voices: Mapping[str, str]) -> None:
        if "nikt" in voices.values():
            raise SetupError("there is no voice nikt")
        self.found += voices.values()

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> Reader:
        return Reader(tuple(voices.items()), recorded, self.read)


def said_by(there: Exchange, folder: Path, voices: Voices | None = None) -> OwnAnnouncements:
    snapshot = Snapshot.of(Stored(there))
    return OwnAnnouncements(lambda: snapshot, folder, voices)


def talk(language: str = "pl", known: Announcements | None = None) -> Talk:
    services: dict[type, object] = {Announcements: known} if known is not None else {}
    return Talk(CATALOGUE, Voice(), (language,), services=services)


def write_tone(path: Path, hertz: float = 500.0, seconds: float = 1.0) -> Signal:
    samples = sine(hertz, seconds, -20) / 32768
    soundfile.write(path, samples, 8000)
    return samples


@pytest.mark.parametrize(
    ("name", "language", "text", "spoken_in", "voices"),
    [
        ("Urlop", "pl", "Jestem na urlopie.", "pl", (("pl", "nela"),)),
        ("Urlop", "en", "On leave.", "en", (("pl", "nela"),)),
        ("Witamy", "en", "Witamy.", "pl", ()),
        ("Zepsute", "pl", "Cześć.", "pl", ()),
    ],
)
async def test_words_are_read_in_their_language_by_their_voice(
    name: str,
    language: str,
    text: str,
    spoken_in: str,
    voices: tuple[tuple[str, str], ...],
    tmp_path: Path,
) -> None:
    said = await said_by(THERE, tmp_path, Voices()).said(talk(language), name)
    assert said is not None
    assert (said.key, said.text, said.language) == (f"announcement.{name}", text, spoken_in)
    assert isinstance(said.speaker, Reader)
    assert said.speaker.voices == voices


async def test_without_voices_of_its_own_the_caller_hears_the_usual_one(tmp_path: Path) -> None:
    said = await said_by(THERE, tmp_path).said(talk(), "Urlop")
    assert said is not None
    assert isinstance(said.speaker, Voice)


async def test_a_recording_is_played_until_its_file_changes(tmp_path: Path) -> None:
    known = said_by(THERE, tmp_path, Voices())
    assert await known.said(talk(), "Melodia") is None, "there is no file yet"
    file = tmp_path / "melodia.wav"
    digests = []
    for hertz in (500.0, 700.0):
        write_tone(file, hertz, seconds=hertz / 500)
        said = await known.said(talk(), "Melodia")
        assert said is not None
        again = await known.said(talk("en"), "Melodia")
        assert again is not None
        assert again.speaker is said.speaker
        assert isinstance(said.speaker, Reader)
        (_, part, _) = said.speaker.recorded.split(said.text, said.language)
        assert isinstance(part, Recording)
        digests.append(part.digest)
    assert digests[0] != digests[1]
    file.write_bytes(b"no sound any more")
    assert await known.said(talk(), "Melodia") is None


async def test_all_are_rendered_before_anybody_hears_them(tmp_path: Path) -> None:
    write_tone(tmp_path / "melodia.wav")
    voices = Voices()
    known = said_by(THERE.without("announcements", "Zepsute"), tmp_path, voices)
    await known.render()
    assert not voices.read, "nobody can speak yet"
    voices.ready = True
    await known.render()
    texts = ["Jestem na urlopie.", "On leave.", "Witamy."]
    assert [text for text, _ in voices.read] == ["(melodia.wav)", *texts]
    await known.render()
    assert len(voices.read) == 4
    assert voices.found == ["nela"], "a voice is looked for once"
    write_tone(tmp_path / "melodia.wav", seconds=2.0)
    await known.render()
    assert voices.read[4:] == [("(melodia.wav)", "pl")]


@pytest.mark.parametrize(("name", "heard"), [("Witamy", ["announcement.Witamy"]), ("Nikt", [])])
async def test_the_step_plays_one_and_passes_over_what_is_gone(
    name: str, heard: list[str], tmp_path: Path
) -> None:
    step = Step("tested", AnnouncementSettings(announcement=name))
    call = FakeLeg()
    assert await step.run(call, talk(known=said_by(THERE, tmp_path))) == "done"
    assert call.heard == heard
    assert step.answers()


@pytest.mark.parametrize("given", [{}, {"prompt": "greeting", "announcement": "Witamy"}])
def test_the_step_says_one_thing(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either a prompt or an announcement"):
        AnnouncementSettings.model_validate(given)


@pytest.mark.parametrize(
    ("music", "heard"),
    [("Witamy", "announcement.Witamy"), ("Nikt", "tone.ringback"), (None, None)],
)
@simulated
async def test_music_is_heard_in_place_of_ringback(
    music: str | None, heard: str | None, tmp_path: Path
) -> None:
    house = House({ANNAS: Callee(after=5, talks=5)})
    call = FakeLeg(called="1", sleep=asyncio.sleep)
    step = Redirect("tested", RedirectSettings(target="user:Anna Nowak", music=music))
    known = house.talk(tmp_path)
    known._services[Announcements] = said_by(THERE, tmp_path)
    assert step.answers() is (music is not None)
    if step.answers():
        await call.answer()
    assert await step.run(call, known) == "answered"
    assert [one.key for one in call.transcript] == ([heard] if heard else [])
