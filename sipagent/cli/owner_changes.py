"""How ``sipagent owners import`` tells what it changes, and what it left out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from sipagent.cli.terminal import Terminal
from sipagent.errors import DataError
from sipagent.infoline.transfer.changes import Change
from sipagent.infoline.transfer.mistakes import Refusal

#: Changes that a terminal is shown.
_SHOWN = 40
_COLOURS = {"added": "green", "changed": "yellow", "removed": "red"}


def show_changes(console: Terminal, changes: Sequence[Change]) -> None:
    """Print one line a row that changes, with its fields, up to a number that somebody reads."""
    for change in changes[:_SHOWN]:
        line = Text(f"{change.what:<8}", style=_COLOURS[change.what])
        line.append(f"{change.kind} {change.row}", style="default")
        if change.fields:
            line.append(f": {_fields(change)}", style="default")
        console.print(line, soft_wrap=True)
    if len(changes) > _SHOWN:
        rest = len(changes) - _SHOWN
        console.print(f"and {rest} more; --changes FILE.csv writes all of them", soft_wrap=True)


def _fields(change: Change) -> str:
    if change.what == "changed":
        told = (f"{name} {old!r} → {new!r}" for name, (old, new) in change.fields.items())
    else:
        at = change.what == "added"
        told = (f"{name} {values[at]!r}" for name, values in change.fields.items() if values[at])
    return ", ".join(told)


def refused(refusals: Sequence[Refusal], report: Path) -> str:
    """Return the sentence about rows that were left out."""
    rows = {(id(one.source), one.place) for one in refusals}
    if not rows:
        return "no row was left out"
    return f"{len(rows)} row{'s' * (len(rows) > 1)} left out: see {report}"


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Explain why a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from None
