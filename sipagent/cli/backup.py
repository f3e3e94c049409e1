"""``sipagent backup`` and ``restore``: everything of the line in one file, and back again."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, file_of, settings_of
from sipagent.config import FILE
from sipagent.ops import backup as making
from sipagent.ops import restore as restoring
from sipagent.ops.backup import Held


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as line.tar.gz.")],
    config: ConfigFile = None,
) -> None:
    """Write everything that the line keeps into one file; the line may run meanwhile."""
    held = making.backup(settings_of(config), file_of(config) or FILE, file)
    typer.echo(f"{file}: {_told(held)}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that sipagent backup has written.")],
    config: ConfigFile = None,
) -> None:
    """Put back what a backup holds; the line must not run."""
    found = settings_of(config)
    held = restoring.restore(found, file)
    made = found.line.local(held.made)
    typer.echo(f"Restored {_told(held)}, as it was on {made:%Y-%m-%d at %H:%M:%S}.")
    typer.echo(f"What was there before: *{restoring.BEFORE}, beside each")
    aside = found.paths.database.parent / restoring.ASIDE
    typer.echo(f"Settings, prompts and scenarios of the backup: {aside}")


def _told(held: Held) -> str:
    return f"{held.files} files, {held.bytes / 1e6:.1f} MB"
