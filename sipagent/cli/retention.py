"""``sipagent retention``: how long things are kept, and deleting them now."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from sipagent import retention
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.domains import composed
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.database import open_database, require_database

app = typer.Typer(help="Retention: deleting what was kept long enough.", no_args_is_help=True)


@app.command()
def show(config: ConfigFile = None) -> None:
    """Show after how many days things are deleted."""
    settings = settings_of(config)
    for one in retention.expiring(settings, composed()):
        typer.echo(f"{one.what:20} {f'{one.days} days' if one.days else 'for ever'}")
    typer.echo(f"{'deleted daily at':20} {settings.retention.at} {settings.line.timezone}")


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, but delete nothing.")] = False,
    config: ConfigFile = None,
) -> None:
    """Delete now what is old enough; the daemon does it every day."""
    settings, domains = settings_of(config), composed()
    require_database(settings.paths.database, "records")
    names = {one.kind: one.what for one in retention.expiring(settings, domains)}
    rooms = (*domains.migrations, messages, records)
    with closing(open_database(settings.paths.database, rooms)) as db:
        try:
            deleted = asyncio.run(
                retention.run(Single(db), settings, domains, datetime.now(UTC), dry_run=dry_run)
            )
        except retention.Kept as kept:
            _show(kept.deleted, names, dry_run)
            raise
    _show(deleted, names, dry_run)


def _show(deleted: retention.Deleted, names: Mapping[str, str], dry_run: bool) -> None:
    verb = "would be deleted" if dry_run else "deleted"
    for kind, count in deleted.items():
        typer.echo(f"{names[kind]:20} {count} {verb}")
