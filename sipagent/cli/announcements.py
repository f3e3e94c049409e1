"""``sipagent announcements``: what callers of the exchange are told."""

from typing import Annotated, Any

import typer

from sipagent.cli.exchange_entries import Seen, added, edited, group, pairs
from sipagent.cli.settings import ConfigFile

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
    typer.Option(help="File in the folder announcements beside your scenarios, in place of texts."),
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
    added("announcements", _fields(name, text, voice, recording), config)


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
    fields = _fields(rename, text, voice, recording)
    if recording:
        fields |= {"text": {}, "voice": {}}
    elif text:
        fields |= {"recording": ""}
    edited("announcements", name, fields, config, seen)


def _fields(
    name: str | None, text: list[str] | None, voice: list[str] | None, recording: str | None
) -> dict[str, Any]:
    return {
        "name": name,
        "text": pairs(text, "--text"),
        "voice": pairs(voice, "--voice"),
        "recording": recording,
    }
