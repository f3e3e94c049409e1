"""What a call to a number costs, as commands tell it before they keep the number."""

from pathlib import Path

import typer

from sipagent.cli.exchange_entries import written
from sipagent.cli.settings import settings_of
from sipagent.exchange.model import Tariff
from sipagent.exchange.outward.costs import cost_of
from sipagent.exchange.reading import load
from sipagent.money import gross, plain_amount


def tell_cost(target: str | None, config: Path | None) -> None:
    """Print what a minute costs to where calls are to go; nothing where that is inside the house.

    Args:
        target: a telephone number, a short code, or ``outside:NAME``; None: nothing is given.
        config: the settings.
    """
    settings = settings_of(config)
    with written(settings) as db:
        there = load(db).exchange
    found = cost_of(there, target or "", settings.line.country)
    if found is None:
        return
    if found.tariff is None:
        typer.echo(f"What a call to {found.number} costs nobody knows: no tariff begins like it")
    else:
        typer.echo(f"A call to {found.number} costs {priced(found.tariff)}")


def priced(tariff: Tariff) -> str:
    """Return the prices of a tariff for people."""
    told = f"{both(tariff.per_minute, tariff.vat)} a minute"
    if tariff.connection:
        told += f", and {both(tariff.connection, tariff.vat)} for the connection"
    return f"{told} ({tariff.name}, {tariff.prefix})"


def both(net: int, vat: int) -> str:
    """Return an amount without and with VAT."""
    return f"{plain_amount(net)} zł ({plain_amount(gross(net, vat))} with VAT)"
