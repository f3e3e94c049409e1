"""The command ``sipagent``: groups of subcommands, one file each."""

import sys
from importlib import import_module
from typing import NoReturn

import typer

from sipagent import __version__, rights
from sipagent.cli.backup import backup, restore
from sipagent.cli.check import check
from sipagent.cli.doctor import doctor
from sipagent.cli.install import install
from sipagent.cli.orders import call
from sipagent.cli.phone import phone
from sipagent.cli.run import run
from sipagent.cli.say import say
from sipagent.cli.simulate import simulate
from sipagent.cli.status import status
from sipagent.cli.terminal import Terminal
from sipagent.cli.trace import trace
from sipagent.errors import SetupError, SipAgentError

app = typer.Typer(
    name="sipagent",
    help="A SIP endpoint that answers a Polish telephone line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_COMMANDS = (
    run, check, doctor, status, call, trace, simulate, phone, say, install, backup, restore,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
#: Groups of commands: each has its name, and ``app`` in a module of that name.
_GROUPS = (
    "announcements", "authorised", "bill", "boxes", "calls", "exchange", "groups", "managers",
    "notices", "numbers", "orders", "outbox", "outside", "owners", "panel", "phones", "prompts",
    "reaching", "retention", "rooms", "schedules", "statistics", "tariffs", "tickets",
    "transcription", "users", "voices",
)  # fmt: skip
for _name in _GROUPS:
    app.add_typer(import_module(f"sipagent.cli.{_name}").app, name=_name)


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
