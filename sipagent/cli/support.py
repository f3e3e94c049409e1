"""``sipagent support``: when somebody is there to help, and how else they are reached."""

from datetime import UTC, datetime

import typer

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.helpdesk.support import Support

app = typer.Typer(
    help="Support hours and ways to get in touch, as [helpdesk] says.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Keep ``show`` a command, though there is no other."""


@app.command()
def show(config: ConfigFile = None) -> None:
    """Show what callers and visitors are told."""
    there, now = Support(settings_of(config)), datetime.now(UTC)
    presence = there.presence(now)
    typer.echo(f"Hours      {there.hours_in('en') or 'never'}")
    again = presence.again and there.again_in("en", presence.again, now)
    typer.echo(f"Now        {'open' if presence.is_open else f'closed; opens {again}'}")
    typer.echo(f"Telephone  {there.phone or 'none'}")
    for one in there.addresses("en"):
        typer.echo(f"{one.subject}: {one.email}")
