"""``sipagent announcements``: what callers of the exchange are told."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sipagent.cli.exchange_entries import Seen, added, edited, group, pairs
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.errors import DataError
from sipagent.exchange.own_recordings import keep
from sipagent.speech import voices

app = group(
    "announcements",
    "Announcements: words that a voice reads, or recordings.",
    {"Name": "name", "Text": "text", "Voices": "voice", "Recording": "recording"},
)

Texts = Annotated[
    list[str] | None,
    typer.Option("--text", help="pl=WORDS or en=WORDS; once for each language."),
]
Voices = Annotated[
    list[str] | None,
    typer.Option("--voice", help="pl=VOICE or en=VOICE; without it the line's own."),
]
Recording = Annotated[
    str | None,
    typer.Option(help="WAV, MP3, OGG or FLAC file in place of texts; it is copied to the others."),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Powitanie.")],
    *,
    text: Texts = None,
    voice: Voices = None,
    recording: Recording = None,
    config: ConfigFile = None,
) -> None:
    """Add an announcement."""
    fields = _fields(name, text, _known(voice, config), _kept(recording, config))
    added("announcements", fields, config)


@app.command()
def edit(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    text: Texts = None,
    voice: Voices = None,
    recording: Recording = None,
    seen: Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change an announcement; texts and voices replace all that there were."""
    fields = _fields(rename, text, _known(voice, config), _kept(recording, config))
    if recording:
        fields |= {"text": {}, "voice": {}}
    elif text:
        fields |= {"recording": ""}
    edited("announcements", name, fields, config, seen)


def _kept(recording: str | None, config: Path | None) -> str | None:
    """Return the name of a recording among the others; a file of somewhere else is copied there.

    Raises:
        DataError: it cannot be played.
    """
    if not recording:
        return recording
    folder = settings_of(config).paths.announcements
    given = Path(recording)
    file = given if given.is_file() else folder / recording
    try:
        with file.open("rb") as content:
            return keep(content, file.name, folder)
    except FileNotFoundError:
        raise DataError(f"{file}: is not there") from None
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from None


def _known(voice: list[str] | None, config: Path | None) -> dict[str, str] | None:
    """Return voices by language, once it is known that there are such.

    Raises:
        SetupError: one is missing, or speaks another language.
    """
    found = pairs(voice, "--voice")
    if found:
        voices.find_all(found, settings_of(config).paths.voices)
    return found


def _fields(
    name: str | None, text: list[str] | None, voice: dict[str, str] | None, recording: str | None
) -> dict[str, Any]:
    return {
        "name": name,
        "text": pairs(text, "--text"),
        "voice": voice,
        "recording": recording,
    }
