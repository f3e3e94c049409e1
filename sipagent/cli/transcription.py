"""``sipagent transcription``: models that turn dictated requests into text."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.speech import model_download, models
from sipagent.speech.transcriber import Transcriber

app = typer.Typer(help="Transcription: turning speech into text.", no_args_is_help=True)


@app.command()
def install(
    name: Annotated[str | None, typer.Argument(help="Default: transcription.model.")] = None,
    config: ConfigFile = None,
) -> None:
    """Fetch a model: base, small, medium, large-v3-turbo …"""
    settings = settings_of(config)
    typer.echo(model_download.install(name or settings.transcription.model, settings.paths.models))


@app.command("list")
def list_models(config: ConfigFile = None) -> None:
    """List the models that are here."""
    settings = settings_of(config)
    for name in models.installed(settings.paths.models):
        typer.echo(f"{name}{'  (in use)' if name == settings.transcription.model else ''}")


@app.command("try")
def try_out(
    file: Annotated[Path, typer.Argument(help="A WAV file.")],
    language: Annotated[str, typer.Option(help="Language that is spoken in it.")] = "pl",
    config: ConfigFile = None,
) -> None:
    """Write a recording down."""
    settings = settings_of(config)

    async def write_down() -> str:
        transcriber = Transcriber(settings.transcription, settings.paths.models)
        try:
            return (await transcriber.transcribe(file, language)).text
        finally:
            await transcriber.close()

    typer.echo(asyncio.run(write_down()) or "(no speech)")
