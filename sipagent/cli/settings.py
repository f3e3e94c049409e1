"""What several commands need: the settings they run with, and writing a file."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent import config
from sipagent.config import Config
from sipagent.errors import SetupError

#: Option of commands that run without agent.toml too, on the defaults.
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="The daemon's settings; agent.toml here, if it exists."),
]

_DEFAULT = Path("agent.toml")


def settings_of(path: Path | None) -> Config:
    """Return the settings of a file; without one, those of ./agent.toml or the defaults.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    if path is None and not _DEFAULT.exists():
        return Config()
    return config.load(path or _DEFAULT)


def write_file(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        SetupError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror}") from None
