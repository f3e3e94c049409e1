"""``sipagent boxes messages``: what callers have left in boxes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of, write_file
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.exchange import editing
from sipagent.exchange.reading import load
from sipagent.exchange.voicemail.messages import HEARD, State, VoiceMessage, VoiceMessages
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.text import printable

app = typer.Typer(help="Messages: what callers have left in boxes.", no_args_is_help=True)

_TIME = "%Y-%m-%d %H:%M"
_JSON = typer.Option("--json", help="Print JSON.")
Number = Annotated[int, typer.Argument(metavar="MESSAGE", help="Its number in the list.")]


@app.command("list")
def list_messages(
    box: Annotated[
        str | None, typer.Argument(metavar="[BOX]", help="Name or internal number; default: all.")
    ] = None,
    *,
    missed: Annotated[
        bool, typer.Option("--missed", help="Also the calls that have left none.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List messages, the oldest first."""
    settings = settings_of(config)
    states = (*HEARD, State.MISSED) if missed else HEARD
    with _opened(settings) as found:
        name = _name(found, box) if box else ""
        listed = found.listed(box=name, states=states, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in listed], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("no.", "box", "state", "came", "from", "s"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what was said")
    for one in listed:
        words = Text(printable(_words(one)), no_wrap=True, overflow="ellipsis")
        table.add_row(*(Text(printable(cell)) for cell in _cells(one, settings)), words)
    Terminal().print(table)


@app.command()
def show(
    number: Number, as_json: Annotated[bool, _JSON] = False, config: ConfigFile = None
) -> None:
    """Show a message with everything that is known of it."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.find(number)
    if as_json:
        typer.echo(json.dumps(asdict(one), ensure_ascii=False, indent=2))
        return
    lines = {
        "Message": f"{one.id}  {one.state}",
        "Box": one.box if one.box_id is not None else f"{one.box} (removed)",
        "Came": f"{settings.line.local(one.created):{_TIME}}",
        "From": _caller(one),
        "Call": one.call,
        "Recording": f"{_path(settings, one)} ({one.seconds:.1f} s)" if one.recording else "none",
        "Words": _words(one),
    }
    for name, value in lines.items():
        typer.echo(f"{name:10} {printable(value)}")


@app.command()
def export(
    number: Number,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A WAV file to write.")],
    config: ConfigFile = None,
) -> None:
    """Write the recording of a message into a file, which others cannot read."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.find(number)
    path = _path(settings, one)
    try:
        content = path.read_bytes() if one.recording else b""
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}") from error
    if not content:
        raise SetupError(f"message {number} has no recording")
    write_file(target, content, private=True)
    typer.echo(f"{target}: {one.seconds:.1f} s")


@app.command()
def delete(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFile = None,
) -> None:
    """Delete a message with its recording."""
    settings = settings_of(config)
    with _opened(settings) as found:
        one = found.find(number)
        if not yes:
            typer.confirm(f"Delete message {one.id} from {_caller(one)}?", abort=True)
        if one.recording:
            path = _path(settings, one)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise SetupError(f"{path}: cannot be deleted: {error.strerror}") from error
        found.delete(one.id)
    typer.echo(f"Deleted message {number}")


@contextmanager
def _opened(settings: Config) -> Iterator[VoiceMessages]:
    with opened(settings.paths.database, "messages in boxes", voicemail) as db:
        yield VoiceMessages(db)


def _name(found: VoiceMessages, box: str) -> str:
    """Return the box that somebody means; one that is gone is known by its name."""
    if found.listed(box=box, limit=1):
        return box
    return editing.existing(load(found.db).exchange, "boxes", box).key


def _cells(one: VoiceMessage, settings: Config) -> tuple[Any, ...]:
    came = f"{settings.line.local(one.created):{_TIME}}"
    return (str(one.id), one.box, one.state.value, came, _caller(one), f"{one.seconds:.0f}")


def _caller(one: VoiceMessage) -> str:
    number = one.caller or "a hidden number"
    return f"{one.name} <{number}>" if one.name else number


def _words(one: VoiceMessage) -> str:
    return one.transcript or f"({one.transcription})"


def _path(settings: Config, one: VoiceMessage) -> Path:
    return settings.paths.recordings / one.recording
