"""What several commands need: their settings, the records of the line, and writing a file."""

import os
import pwd
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Annotated

import sqlite_utils
import typer

from sipagent import config, config_sources
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.records.schema import records
from sipagent.store.database import Migrations, explained, open_database, require_database

#: Option of commands; a file that may not be read is told by ``sipagent.cli.main``.
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The daemon's settings; without it agent.toml here, or else that of the service.",
        readable=False,
    ),
]
#: Settings of the service.
SERVICE = Path("/etc/sipagent/agent.toml")


def file_of(given: Path | None) -> Path | None:
    """Return where the settings stand; None where they are the defaults, for there is no file.

    Args:
        given: the file that the user has named, who may have named none.
    """
    found = (path for path in (config.FILE, SERVICE) if path.exists())
    return given or next(found, None)


def settings_of(given: Path | None) -> Config:
    """Return the settings that a command works with; see ``file_of``.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return config_sources.load(file_of(given))


@contextmanager
def opened(path: Path, what: str, *rooms: Migrations) -> Iterator[sqlite_utils.Database]:
    """Open the database of a line that is there.

    Args:
        path: of the database.
        what: somebody looks for, such as ``records``.
        rooms: that are looked at.

    Raises:
        SetupError: there is none.
    """
    require_database(path, what)
    with explained(path), closing(open_database(path, rooms)) as db:
        yield db


def opened_records(
    path: Path, *others: Migrations
) -> AbstractContextManager[sqlite_utils.Database]:
    """Open the database of a line that has run, with the records of its calls; see ``opened``."""
    return opened(path, "records", records, *others)


def operator() -> str:
    """Return who uses this command, as the system knows them, for the record."""
    by_sudo = os.environ.get("SUDO_USER", "") if os.geteuid() == 0 else ""
    try:
        return by_sudo or pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"#{os.geteuid()}"


def write_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file; a private one is readable by nobody else.

    Raises:
        SetupError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if private else 0o666
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            if private:
                os.fchmod(descriptor, mode)  # one that was there before has a mode of its own
            file.write(content)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror}") from None
