"""``sipagent retention``: how long things are kept, and deleting them now."""

import asyncio
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from sipagent import retention
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.infoline.tickets import tickets
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.database import open_database

app = typer.Typer(help="Retention: deleting what was kept long enough.", no_args_is_help=True)

_NAMES = {
    "recordings": "dictated requests",
    "transcripts": "transcripts of them",
    "tickets": "requests",
    "calls": "call records",
    "messages": "sent messages",
    "traces": "SIP messages",
}


@app.command()
def show(config: ConfigFile = None) -> None:
    """Show after how many days things are deleted."""
    settings = settings_of(config)
    for name, what in _NAMES.items():
        days = getattr(settings.retention, name)
        typer.echo(f"{what:20} {f'{days} days' if days else 'for ever'}")
    typer.echo(f"{'deleted daily at':20} {settings.retention.at} {settings.line.timezone}")


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, but delete nothing.")] = False,
    config: ConfigFile = None,
) -> None:
    """Delete now what is old enough; the daemon does it every day."""
    settings = settings_of(config)
    with closing(open_database(settings.paths.database, [tickets, messages, records])) as db:
        try:
            deleted = asyncio.run(
                retention.run(Single(db), settings, datetime.now(UTC), dry_run=dry_run)
            )
        except retention.Kept as kept:
            _show(kept.deleted, dry_run)
            raise
    _show(deleted, dry_run)


def _show(deleted: retention.Deleted, dry_run: bool) -> None:
    verb = "would be deleted" if dry_run else "deleted"
    for name, count in asdict(deleted).items():
        typer.echo(f"{_NAMES[name]:20} {count} {verb}")
