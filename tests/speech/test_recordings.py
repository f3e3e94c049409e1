"""Recorded prompts: where they are heard, and which files are refused."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.errors import ConfigError
from sipagent.speech import audio, recordings
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.recordings import Recording
from sipagent.speech.speaker import Speaker
from sipagent.speech.wav import RATE

pytestmark = pytest.mark.unit

PROMPTS = """
greeting = "Dzień dobry. Tu [en]the[/en] linia."
hello = "Dzień dobry."
bye = "Do widzenia."
balance = "Saldo wynosi {amount}."
"""


def tone(rate: int, seconds: float, peak: float = 0.3) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * 700 * np.arange(int(rate * seconds)) / rate)).astype("f4")


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    folder = tmp_path / "prompts"
    (folder / "recorded/pl").mkdir(parents=True)
    (folder / "pl.toml").write_text(PROMPTS, "utf-8")
    return folder


def heard(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


@pytest.mark.parametrize(
    ("ending", "rate", "channels"),
    [("wav", 48000, 2), ("mp3", 44100, 1), ("ogg", 22050, 1), ("flac", 16000, 2), ("wav", 8000, 1)],
)
async def test_a_recording_takes_the_place_of_its_prompt(
    prompts: Path, speakers: Callable[..., Speaker], ending: str, rate: int, channels: int
) -> None:
    sound = np.concatenate([np.zeros(rate), tone(rate, 2.0), np.zeros(rate)])
    path = prompts / f"recorded/pl/bye.{ending}"
    soundfile.write(path, np.stack([sound] * channels, axis=1), rate)
    catalogue = Catalogue.load(prompts)
    speaker = speakers()
    await speaker.start()
    reader = speaker.narrator({}, catalogue.recorded)
    clip = await reader.clip(catalogue.text("bye", "pl"), "pl")
    assert clip.seconds == pytest.approx(2.0 + 2 * 0.1 + 0.15, abs=0.1), "silence is trimmed"
    signal = heard(clip.path)
    assert audio.level(signal.astype("f4")) == pytest.approx(audio.LEVEL, abs=0.5)
    assert np.argmax(np.abs(np.fft.rfft(signal))) * 8000 / len(signal) == pytest.approx(700, abs=5)
    both = await reader.clip("Proszę czekać. Do widzenia.", "pl")
    assert both.seconds > clip.seconds + 0.8, "beside what is read"
    voiced = await speaker.clip("Do widzenia.", "pl")
    assert voiced.path != clip.path, "without recordings the voice reads it"
    soundfile.write(path, np.stack([tone(rate, 1.0)] * channels, axis=1), rate)
    renewed = speaker.narrator({}, Catalogue.load(prompts).recorded)
    assert (await renewed.clip("Do widzenia.", "pl")).seconds < clip.seconds


def test_the_longest_prompt_is_the_one_that_is_heard() -> None:
    whole, part, bye = (Recording(Path(name), name) for name in ("whole", "part", "bye"))
    words = {"Dzień dobry. Tu linia.": whole, "Dzień dobry.": part, "Pa.": bye}
    known = recordings.Recordings({"pl": words})
    split = list(known.split("Dzień dobry. Tu linia. Dzień dobry. Jeden. Pa.", "pl"))
    assert [one for one in split if one not in ("", " ")] == [whole, part, " Jeden. ", bye]
    assert list(known.split("Dzień dobry.", "en")) == ["Dzień dobry."]
    assert list(known.split("Opa. Pa.ra", "pl")) == ["Opa. Pa.ra"], "words are never cut"


def spoilt(prompts: Path, name: str, sound: np.ndarray | bytes, rate: int = 16000) -> str:
    path = prompts / "recorded" / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(sound, bytes):
        path.write_bytes(sound)
    else:
        soundfile.write(path, sound, rate)
    with pytest.raises(ConfigError) as caught:
        Catalogue.load(prompts)
    [mistake] = str(caught.value).splitlines()
    assert mistake.startswith(f"{path}: {path.stem}: ")
    return mistake.removeprefix(f"{path}: {path.stem}: ")


def test_what_is_no_use_is_refused_with_its_reason(prompts: Path) -> None:
    long = tone(8000, recordings.LONGEST + 1)
    assert spoilt(prompts, "pl/bye.wav", long, 8000) == "lasts 601 s; 600 s is the longest"


@pytest.mark.parametrize(
    ("name", "sound", "reason"),
    [
        ("pl/bye.wav", np.zeros(16000), "is silent; record it again"),
        ("pl/bye.wav", tone(16000, 1.0, 0.0005), "is silent; record it again"),
        ("pl/bye.wav", np.zeros(0), "is silent"),
        ("pl/bye.wav", np.clip(tone(16000, 1.0, 1.5), -1, 1), "is clipped: its loudest parts"),
        ("pl/bye.mp3", b"no sound", "cannot be read: "),
        ("pl/bye.txt", b"words", "is none of .wav, .mp3, .ogg, .flac; convert or remove it"),
        ("pl/by.wav", tone(16000, 1.0), "there is no such prompt in 'pl'; correct the file's name"),
        ("de/bye.wav", tone(16000, 1.0), "there is no such prompt in 'de'; correct the file's"),
        ("pl/balance.wav", tone(16000, 1.0), "the prompt has {amount}, told anew in each call"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    prompts: Path, name: str, sound: np.ndarray | bytes, reason: str
) -> None:
    assert spoilt(prompts, name, sound).startswith(reason)


def test_two_files_for_one_prompt_are_refused(prompts: Path) -> None:
    soundfile.write(prompts / "recorded/pl/bye.flac", tone(16000, 1.0), 16000)
    reason = spoilt(prompts, "pl/bye.wav", tone(16000, 1.0))
    assert reason == "bye.flac is a recording of this prompt already"


def test_what_is_ones_own_wins_over_what_is_shipped(prompts: Path, tmp_path: Path) -> None:
    shipped, own = prompts / "recorded/pl", tmp_path / "own/recorded/pl"
    own.mkdir(parents=True)
    for path in (shipped / "bye.wav", shipped / "hello.wav", own / "bye.ogg"):
        soundfile.write(path, tone(16000, 1.0), 16000)
    (tmp_path / "own/pl.toml").write_text('hello = "Witam."', "utf-8")
    recorded = Catalogue.load(prompts, tmp_path / "own").recorded
    _, bye, _ = recorded.split("Do widzenia.", "pl")
    assert isinstance(bye, Recording)
    assert bye.path == own / "bye.ogg"
    assert list(recorded.split("Witam.", "pl")) == ["Witam."], "nobody has spoken these words"


def test_loud_speech_that_is_whole_is_taken(prompts: Path) -> None:
    loud = tone(44100, 1.0, 1.0) * np.hanning(44100)
    soundfile.write(prompts / "recorded/pl/bye.wav", loud, 44100, subtype="PCM_16")
    _, taken, _ = Catalogue.load(prompts).recorded.split("Do widzenia.", "pl")
    assert isinstance(taken, Recording)


@pytest.mark.parametrize("name", ["long.wav", "long.flac", "long.ogg", "long.mp3"])
def test_files_of_megabytes_are_read_and_levelled(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    length = 15 if name.endswith((".wav", ".flac")) else 120
    sound = 0.05 * np.sin(2 * np.pi * 700 * np.arange(length * 44100) / 44100)
    noise = np.random.default_rng(1).normal(0, 0.02, len(sound))
    with soundfile.SoundFile(path, "w", 44100, 2) as file:
        # libsndfile's Vorbis encoder keeps what it is given at once on its stack.
        for block in np.array_split(np.stack([sound + noise, sound], axis=1), length):
            file.write(block)
    if name.endswith(".wav"):
        assert path.stat().st_size > 2_000_000
    signal = recordings.read(path)
    assert len(signal) / 8000 == pytest.approx(length, abs=0.3)
    assert audio.level(signal) == pytest.approx(audio.LEVEL, abs=1)
