"""The command ``sipagent``: groups of subcommands, one file each."""

import sys
from collections import UserDict
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from sipagent import __version__, rights
from sipagent.cli.terminal import Terminal
from sipagent.errors import SetupError, SipAgentError

#: Commands: each is a function of its name, in a module.
_COMMANDS = {
    "run": "run", "check": "check", "doctor": "doctor", "status": "status", "call": "orders",
    "trace": "trace", "simulate": "simulate", "phone": "phone", "say": "say",
    "install": "install", "backup": "backup", "restore": "backup",
}  # fmt: skip
#: Groups of commands: each has its name, and ``app`` in a module of that name.
_GROUPS = (
    "announcements", "authorised", "bill", "boxes", "calls", "exchange", "groups", "helpdesk",
    "knowledge", "managers", "notices", "numbers", "orders", "outbox", "outside", "owners", "panel",
    "person", "phones", "prompts", "queues", "reaching", "recordings", "retention", "rooms",
    "schedules", "statistics", "support", "tariffs", "texts", "tickets", "tokens", "transcription",
    "users", "voices", "webhooks",
)  # fmt: skip


class _Imported(UserDict[str, Any]):
    """Commands by name, imported as they are looked at: all of them together take a second."""

    def __getitem__(self, name: str) -> Any:
        module = import_module(f"sipagent.cli.{self.data[name]}")
        if name in _GROUPS:
            group = typer.main.get_group(module.app)
            group.name = name
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(name)(getattr(module, name))
        return typer.main.get_command(alone)


class _Commands(TyperGroup):
    """All of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Imported({**_COMMANDS, **dict(zip(_GROUPS, _GROUPS, strict=True))})


app = typer.Typer(
    name="sipagent",
    cls=_Commands,
    help="A SIP endpoint that answers a Polish telephone line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sipagent {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True),
) -> None:
    """Options of every command."""


def main() -> None:
    """Run a command; an error that we know becomes one sentence and its exit status.

    Whatever a user may not do is told with what to type instead.
    """
    try:
        app()
    except SipAgentError as error:
        _fail(str(error), error, error.exit_status)
    except PermissionError as error:
        if (path := rights.refused(error)) is None:
            raise
        _fail(rights.sentence(path), error, SetupError.exit_status)


def _fail(text: str, error: Exception, status: int) -> NoReturn:
    terminal = Terminal(stderr=True, lines=True)
    terminal.print(f"sipagent: {text}", style="red")
    if (path := rights.refused(error)) is not None:
        terminal.print(f"→ {rights.advice(path)}")
    sys.exit(status)
