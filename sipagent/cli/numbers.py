"""``sipagent numbers``: numbers of the trunks, and where each leads."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.costs import tell_cost
from sipagent.cli.exchange_entries import Seen, added, edited, group, refs
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.domains import composed
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario import loader

app = group(
    "numbers",
    "Numbers of the trunks, and where each leads.",
    {"Number": "number", "Leads to": "leads_to"},
)

_LEADS_TO = typer.Option(
    help="scenario:NAME, an internal number, a short code, or user:, group:, outside: or box:NAME."
)
LeadsTo = Annotated[str, _LEADS_TO]
MayLeadTo = Annotated[str | None, _LEADS_TO]
Recorded = Annotated[
    str | None,
    typer.Option(help="Whether conversations are recorded: no, announced or unannounced."),
]


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="As the carrier calls it, such as 221000200.")],
    *,
    leads_to: LeadsTo,
    recorded: Recorded = None,
    config: ConfigFile = None,
) -> None:
    """Lead a number somewhere."""
    ref, news = _lead(leads_to, config)
    tell_cost(ref, config)
    added("numbers", {"number": number, "leads_to": ref, "recorded": recorded}, config)
    typer.echo(news, nl=bool(news))


@app.command()
def edit(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is listed.")],
    *,
    leads_to: MayLeadTo = None,
    recorded: Recorded = None,
    seen: Seen = None,
    config: ConfigFile = None,
) -> None:
    """Lead a number somewhere else, or have its calls recorded; calls that go on go on."""
    ref, news = (None, "") if leads_to is None else _lead(leads_to, config)
    tell_cost(ref, config)
    edited("numbers", number, {"leads_to": ref, "recorded": recorded}, config, seen)
    typer.echo(news, nl=bool(news))


def _lead(text: str, config: Path | None) -> tuple[str, str]:
    """Return where a number is to lead to, and what has to be done before it does.

    Raises:
        ConfigError: there is no such scenario.
        DataError: it has another form, or nobody has that number.
    """
    settings = settings_of(config)
    found = refs([text], config)[0]
    ref = Ref.of(found)
    if ref.kind is not Kind.SCENARIO:
        return found, ""
    loader.find(settings.paths.all_scenarios, ref.name, "--leads-to")
    if ref.name not in composed().wanted(settings):
        return found, f"A line that runs reads the scenario {ref.name} when it is reloaded"
    return found, ""
