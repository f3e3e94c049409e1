"""What a check finds, and what it is given to look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sipagent import rights
from sipagent.config import Config


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has seen; ``advice`` says what to do where it is not well."""

    check: str
    level: Level
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at.

    Args:
        config: its settings.
        file: where they come from.
        status: what the running daemon says of itself; None: it does not run, or does not answer.
        network: whether servers of others may be asked.
    """

    config: Config
    file: Path
    status: Mapping[str, Any] | None = None
    network: bool = False


Check = Callable[[Patient], Iterator[Finding]]


def ok(check: str, text: str) -> Finding:
    """Return that something is well."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, advice: str) -> Finding:
    """Return that something may go wrong."""
    return Finding(check, Level.WARNING, text, advice)


def error(check: str, text: str, advice: str) -> Finding:
    """Return that something does not work."""
    return Finding(check, Level.ERROR, text, advice)


def closed(check: str, trouble: Exception) -> Finding:
    """Return that something cannot be looked at by this user, whether it is well or not."""
    path = rights.refused(trouble)
    if path is None:
        return error(check, str(trouble), "run the doctor as the daemon's user")
    return warning(check, f"not looked at: {rights.sentence(path)}", rights.advice(path))
