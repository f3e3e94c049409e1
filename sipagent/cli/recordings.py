"""``sipagent recordings``: recorded conversations; whoever hears or reads one is on record."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, operator, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.exchange.recording import words
from sipagent.exchange.recording.export import Format, export
from sipagent.exchange.recording.files import sound_of
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.opening import opened as sound_place
from sipagent.exchange.recording.schema import recording
from sipagent.exchange.recording.scribe import words_of
from sipagent.exchange.recording.uses import Use, Used
from sipagent.exchange.recording.uses import uses as of_recordings
from sipagent.records.story import chapter
from sipagent.text import printable

app = typer.Typer(help="Recordings: of conversations.", no_args_is_help=True)

_TIME = "%Y-%m-%d %H:%M"
_JSON = typer.Option("--json", help="Print JSON.")
Number = Annotated[int, typer.Argument(metavar="RECORDING", help="Its number in the list.")]


@app.command("list")
def list_recordings(
    *,
    user: Annotated[str, typer.Option(help="Only of this user.")] = "",
    call: Annotated[str, typer.Option(help="Only of this call.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List recordings, the oldest first."""
    settings = settings_of(config)
    with _opened(settings) as found:
        listed = found.listed(user=user, call=call, limit=limit)
    if as_json:
        _print_json([_told(one) for one in listed])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("no.", "began", "min:s", "left", "right", "because of"):
        table.add_column(heading, no_wrap=True)
    for one in listed:
        table.add_row(*(Text(printable(cell)) for cell in _cells(one, settings)))
    Terminal().print(table)


@app.command()
def show(
    number: Number, as_json: Annotated[bool, _JSON] = False, config: ConfigFile = None
) -> None:
    """Show a recording with what has happened in it, its words, and who has had it."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.find(number)
        events, done = found.events(number), of_recordings(found.db, number)
        if one.transcript:
            found.used(one, operator(), Use.READ)
    if as_json:
        happened = [vars_of(event) for event in events]
        _print_json({**_told(one), "events": happened, "uses": [vars_of(use) for use in done]})
        return
    lines = {
        "Recording": f"{one.id}  {_state(one)}",
        "Call": one.call,
        "Began": f"{settings.line.local(one.started):{_TIME}}",
        "Length": f"{_length(one)}{f' ({one.missing:.0f} s lost)' if one.missing else ''}",
        "Left": one.left_party,
        "Right": one.right_party,
        "Because of": f"{one.why}{'' if one.announced else ', unannounced'}",
        "File": f"{one.file}{' (sealed)' if one.sealed else ''}",
    }
    for name, value in lines.items():
        typer.echo(f"{name:11}{printable(value)}")
    for event in events:
        told = chapter(event.kind, event.details, "en")
        typer.echo(f"{event.at:8.1f} s  {printable(told)}")
    for line in one.transcript.splitlines():
        typer.echo(printable(line))
    for use in done:
        typer.echo(_use(use, settings))


@app.command()
def uses(
    number: Annotated[
        int | None, typer.Argument(metavar="[RECORDING]", help="Its number; default: all.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List who has done what with recordings, also with those that are gone; the oldest first."""
    settings = settings_of(config)
    with _opened(settings) as found:
        done = of_recordings(found.db, number, limit)
    if as_json:
        _print_json([vars_of(use) for use in done])
        return
    for use in done:
        typer.echo(f"{use.recording}  {_use(use, settings)}")


@app.command("export")
def export_recording(
    number: Number,
    target: Annotated[
        Path, typer.Argument(metavar="FILE", help="What to write: .wav, .opus or .mp3.")
    ],
    config: ConfigFile = None,
) -> None:
    """Write a recording into a file, which others cannot read."""
    settings = settings_of(config)
    form = Format.of(target)
    with _opened(settings) as found:
        one = found.whole(number)
        sound = sound_of(*sound_place(settings, one))
        found.used(one, operator(), Use.EXPORTED)
    export(sound, target, form)
    typer.echo(f"{target}: {_length(one)}")


@app.command()
def transcribe(number: Number, config: ConfigFile = None) -> None:
    """Write down what is said in a recording, so that it can be searched."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.whole(number)
        text = words_of(settings, one)
        words.keep(found.db, number, text)
        found.used(one, operator(), Use.TRANSCRIBED)
    typer.echo("\n".join(map(printable, text.splitlines())) or "(no speech)")


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words, or their beginnings.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """Find the recordings in which something was said; as far as they are written down."""
    settings = settings_of(config)
    with _opened(settings) as kept:
        found = words.search(kept.db, text, limit)
        for one in found:
            kept.used(one.recording, operator(), Use.FOUND)
    if as_json:
        _print_json([{**_told(one.recording), "around": one.around} for one in found])
        return
    for one in found:
        number, began, *_ = _cells(one.recording, settings)
        typer.echo(f"{number}  {began}  … {printable(one.around)} …")


@app.command()
def delete(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFile = None,
) -> None:
    """Delete a recording with its key and its words."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.whole(number)
        if not yes:
            typer.confirm(f"Delete recording {one.id} of call {one.call}?", abort=True)
        path = settings.paths.recordings / one.file
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(f"{path}: cannot be deleted: {error.strerror}") from error
        found.delete(one, operator())
        found.overwrite()
    typer.echo(f"Deleted recording {number}")


@contextmanager
def _opened(settings: Config) -> Iterator[Recordings]:
    with opened(settings.paths.database, "recordings", recording) as db:
        yield Recordings(db)


def vars_of(value: Any) -> dict[str, Any]:
    """Return the fields of a row as JSON knows them."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _told(one: Kept) -> dict[str, Any]:
    return {**vars_of(one), "key": None, "sealed": one.sealed}


def _cells(one: Kept, settings: Config) -> tuple[str, ...]:
    began = f"{settings.line.local(one.started):{_TIME}}"
    return (str(one.id), began, _length(one), one.left_party, one.right_party, one.why)


def _use(use: Used, settings: Config) -> str:
    at = f"{settings.line.local(use.at):{_TIME}}"
    return f"{at}  {use.what.value} by {printable(use.who)}"


def _length(one: Kept) -> str:
    minutes, seconds = divmod(round(one.seconds), 60)
    return f"{minutes}:{seconds:02}" if one.ended else "goes on"


def _state(one: Kept) -> str:
    return "whole" if one.ended else "goes on"


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
