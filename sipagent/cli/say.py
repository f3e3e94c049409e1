"""``sipagent say``: a text as the line would say it, in a WAV file."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.errors import SetupError
from sipagent.speech import voices
from sipagent.speech.reading import read_aloud


def say(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Amounts, dates and numbers become words.")
    ],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The WAV file to write.")],
    language: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    slow: Annotated[bool, typer.Option("--slow", help="At the slow pace.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Say a text with the line's voice and sound."""
    settings = settings_of(config_file)
    if language not in settings.voices:
        raise SetupError(f"[voices] has no voice for {language!r}; add one to agent.toml")
    needed = {
        code: name
        for code, name in settings.voices.items()
        if code == language or f"[{code}]" in text
    }
    found = voices.find_all(needed, settings.paths.voices)
    reading = read_aloud(text, language, "slow" if slow else "normal", found)
    write_file(output, reading.content)
    typer.echo(f"{output}: {reading.seconds:.1f} s")
