"""``sipagent tariffs``: what calls over the trunks cost."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli import exchange_entries as entries
from sipagent.cli.costs import both, priced
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.exchange import lists
from sipagent.exchange.outward import price_list
from sipagent.exchange.outward.tariff import cost, tariff_of
from sipagent.exchange.reading import load

app = entries.group(
    "tariffs",
    "Tariffs: what calls over the trunks cost; amounts in grosze without VAT.",
    {
        "Prefix": "prefix",
        "Name": "name",
        "A minute": "per_minute",
        "Connection": "connection",
        "Seconds": "increment",
        "VAT": "vat",
    },
)

PerMinute = Annotated[str | None, typer.Option(help="Zlotys without VAT, such as 0,06.")]
Connection = Annotated[str | None, typer.Option(help="Zlotys without VAT for each answered call.")]
Increment = Annotated[
    int | None, typer.Option(help="Calls are counted in so many seconds: 1, or 60.")
]
Vat = Annotated[int | None, typer.Option(help="Per cent.")]


@app.command()
def add(
    prefix: Annotated[str, typer.Argument(help="How the numbers begin, such as +4860.")],
    *,
    name: Annotated[str, typer.Option(help="Such as 'Poland, mobile'.")],
    per_minute: Annotated[str, typer.Option(help="Zlotys without VAT, such as 0,06.")],
    connection: Connection = None,
    increment: Increment = None,
    vat: Vat = None,
    config: ConfigFile = None,
) -> None:
    """Add a tariff; of several that fit, the one with the longest prefix counts."""
    fields = {
        "prefix": prefix,
        "name": name,
        "per_minute": _price("--per-minute", per_minute),
        "connection": _price("--connection", connection),
        "increment": increment,
        "vat": vat,
    }
    entries.added("tariffs", fields, config)


@app.command()
def edit(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="As it is listed.")],
    *,
    name: Annotated[str | None, typer.Option(help="New name.")] = None,
    per_minute: PerMinute = None,
    connection: Connection = None,
    increment: Increment = None,
    vat: Vat = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a tariff; calls that were made keep their cost."""
    fields = {
        "name": name,
        "per_minute": _price("--per-minute", per_minute),
        "connection": _price("--connection", connection),
        "increment": increment,
        "vat": vat,
    }
    entries.edited("tariffs", prefix, fields, config, seen)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV: prefix, name, per_minute; connection, increment, vat.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove those that are not in the file.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Take the tariffs of a price list, all or none; prices are zlotys without VAT."""
    text = lists.text_of(file)
    with entries.written(settings_of(config)) as db:
        changed = price_list.take(db, text, str(file), replace=replace, dry_run=dry_run)
    typer.echo(f"{len(changed)} {'would change' if dry_run else 'changed'}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, such as prices.csv.")],
    config: ConfigFile = None,
) -> None:
    """Write all tariffs into a CSV file, which only you can read."""
    with entries.read(settings_of(config)) as db:
        text = price_list.written(load(db).exchange)
    write_file(file, text.encode(), private=True)
    typer.echo(file)


@app.command("cost")
def show_cost(
    number: Annotated[str, typer.Argument(help="Whom a call goes to.")],
    seconds: Annotated[float, typer.Option(min=0, help="How long it is.")] = 60.0,
    config: ConfigFile = None,
) -> None:
    """Tell what a call to a number costs."""
    settings = settings_of(config)
    try:
        called = to_e164(number, settings.line.country)
    except ValueError as error:
        raise DataError(str(error)) from None
    with entries.read(settings) as db:
        tariffs = {one.prefix: one for one in load(db).exchange.tariffs}
    found = tariff_of(tariffs, called)
    if found is None:
        raise DataError(f"no tariff begins like {called}; see: sipagent tariffs list")
    typer.echo(f"{called}: {priced(found)}")
    typer.echo(f"{seconds:g} s: {both(cost(found, round(seconds * 1000)), found.vat)}")


def _price(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return price_list.price(text)
    except ValueError as error:
        raise DataError(f"{option}: {error}") from None
