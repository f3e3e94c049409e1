"""What a call to a number costs, as commands tell it before they keep the number."""

from pathlib import Path

import typer

from sipagent.cli.exchange_entries import written
from sipagent.cli.settings import settings_of
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange, Outside, Tariff
from sipagent.exchange.outward.tariff import tariff_of
from sipagent.exchange.reading import load
from sipagent.exchange.values import Kind, Ref
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
    number = _number(there, target or "", settings.line.country)
    if not number or not there.tariffs:
        return
    found = tariff_of({one.prefix: one for one in there.tariffs}, number)
    if found is None:
        typer.echo(f"What a call to {number} costs nobody knows: no tariff begins like it")
    else:
        typer.echo(f"A call to {number} costs {priced(found)}")


def _number(there: Exchange, target: str, country: str) -> str:
    """Return the number outside that is meant; empty: none, or it is refused elsewhere."""
    try:
        return to_e164(target, country)
    except ValueError:
        pass
    try:
        ref = Ref.of(editing.meant(there, target))
    except (DataError, ValueError):
        return ""
    found = there.find("outside", ref.name) if ref.kind is Kind.OUTSIDE else None
    return found.number if isinstance(found, Outside) else ""


def priced(tariff: Tariff) -> str:
    """Return the prices of a tariff for people."""
    told = f"{both(tariff.per_minute, tariff.vat)} a minute"
    if tariff.connection:
        told += f", and {both(tariff.connection, tariff.vat)} for the connection"
    return f"{told} ({tariff.name}, {tariff.prefix})"


def both(net: int, vat: int) -> str:
    """Return an amount without and with VAT."""
    return f"{plain_amount(net)} zł ({plain_amount(gross(net, vat))} with VAT)"
