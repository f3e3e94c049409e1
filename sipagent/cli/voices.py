"""``sipagent voices``: which voices there are, installing, hearing and rendering with them."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from sipagent import toml
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.domains import composed
from sipagent.errors import SetupError
from sipagent.scenario import loader
from sipagent.scenario.prerender import fixed_utterances
from sipagent.scenario.programme import Programme
from sipagent.speech import voices
from sipagent.speech.reading import read_aloud
from sipagent.speech.speaker import Speaker

app = typer.Typer(
    name="voices",
    help="Voices: list, install and try them, render the prompts.",
    no_args_is_help=True,
)

#: What each language says to show its voice: greeting, keys, an amount, a date.
SAMPLES = {
    "pl": (
        "Dzień dobry. Aby poznać saldo, proszę nacisnąć jeden. Aby poznać opłaty za lokal, proszę "
        "nacisnąć dwa. "
        "Klawisze: trzy, cztery, pięć, sześć, siedem, osiem, dziewięć, zero, gwiazdka, krzyżyk. "
        "Na dzień 01.11.2026 niedopłata wynosi 1234,56 zł."
    ),
    "en": (
        "Hello. For your balance, please press one. For your charges, please press two. "
        "The keys are: three, four, five, six, seven, eight, nine, zero, star, hash. "
        "As of 01.11.2026, the amount due is 1234,56 PLN."
    ),
}


@app.command("list")
def list_(config_file: ConfigFile = None) -> None:
    """List the voices that can be used, and which are in use."""
    settings = settings_of(config_file)
    table = Table(box=None, pad_edge=False)
    for title in ("Language", "Name", "Where", "Size", "In use"):
        table.add_column(title, justify="right" if title == "Size" else "left", overflow="fold")
    users: dict[Path, list[str]] = {}
    missing: list[str] = []
    for code, name, scenario in _chosen(settings):
        try:
            model = voices.find(name, settings.paths.voices).model
        except SetupError:
            missing.append(f"[voices] {code}: there is no voice {name!r}{scenario}")
        else:
            users.setdefault(model, []).append(f"{code}{scenario}")
    for voice in voices.available(settings.paths.voices):
        size = f"{voice.bytes / 1e6:.0f} MB"
        used = ", ".join(users.get(voice.model, ()))
        table.add_row(voice.language, voice.name, voice.origin, size, used)
    Terminal().print(table)
    for line in missing:
        typer.echo(line, err=True)


@app.command()
def install(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as pl_PL-gosia-medium.")],
    config_file: ConfigFile = None,
) -> None:
    """Download a voice from Piper's repository; needs the Internet."""
    from sipagent.speech import download  # noqa: PLC0415  it loads the engine of the voices

    directory = settings_of(config_file).paths.voices
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None)
        voice = download.install(
            name,
            directory,
            lambda here, total: progress.update(task, completed=here, total=total),
        )
    typer.echo(f"{voice.model}\nTo use it, write into agent.toml, under [voices]:")
    typer.echo(f'{voice.language} = "{voice.name}"')


@app.command()
def render(config_file: ConfigFile = None) -> None:
    """Make the clips of all fixed prompts that are not there yet: the line then opens at once."""
    settings = settings_of(config_file)
    programme = composed().programme(settings)
    columns = (TextColumn("Prompts"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        count, new = asyncio.run(
            _render(
                settings,
                programme,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
        )
    typer.echo(f"{count} prompts, {new} of them new: {settings.paths.cache}")


@app.command("try")
def try_(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="All that there are, if left out.")
    ] = None,
    *,
    text: Annotated[str | None, typer.Option(help="What to say instead of the sample.")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="At the slow pace.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Directory for the WAV files.")
    ] = None,
    config_file: ConfigFile = None,
) -> None:
    """Have a voice say a sample with digits and amounts, and tell how fast it is."""
    settings = settings_of(config_file)
    if name is None:
        chosen = voices.available(settings.paths.voices)
    else:
        chosen = [voices.find(name, settings.paths.voices)]
    directory = output or Path(tempfile.mkdtemp(prefix="sipagent-voices-"))
    for voice in chosen:
        sample = text or SAMPLES.get(voice.language, SAMPLES["en"])
        pace = "slow" if slow else "normal"
        reading = read_aloud(sample, voice.language, pace, {voice.language: voice})
        path = directory / f"{voice.name}.wav"
        write_file(path, reading.content)
        typer.echo(
            f"{voice.name}: {reading.seconds:.1f} s of speech in {reading.rendering:.2f} s "
            f"(real-time factor {reading.rendering / reading.seconds:.3f}), "
            f"loaded in {reading.loading:.2f} s: {path}"
        )


async def _render(
    settings: Config, programme: Programme, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Render what has no clip, on every processor; return how many prompts there are, and new."""
    speaker = Speaker(
        settings.voices,
        settings.paths.voices,
        settings.paths.cache,
        workers=os.cpu_count() or 1,
        cache_megabytes=settings.speech.cache_megabytes,
    )
    try:
        await speaker.open()
        for scenario in programme.scenarios.values():
            await speaker.find(scenario.voices)
        wanted = programme.items(fixed_utterances, speaker)
        missing = [one for one in wanted if speaker.kept(*one) is None]
        if missing:
            await speaker.start()
            await speaker.render_all(missing, progress)
    finally:
        await speaker.close()
    return len(wanted), len(missing)


def _chosen(settings: Config) -> Iterator[tuple[str, str, str]]:
    """Yield language and name of each voice in use, and in which scenario, if not in all."""
    for code, name in settings.voices.items():
        yield code, name, ""
    for file in loader.files(settings.paths.all_scenarios).values():
        for code, name in toml.read(file).get("voices", {}).items():
            yield code, name, f" in {file.stem}"
