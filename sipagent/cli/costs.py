"""What a call to a number costs, as commands tell it before they keep the number."""

from pathlib import Path

import typer

from sipagent.cli.exchange_entries import written
from sipagent.cli.settings import settings_of
from sipagent.e164 import to_e164
from sipagent.exchange.model import Tariff
from sipagent.exchange.outward.tariff import tariff_of
from sipagent.exchange.reading import load
from sipagent.money import gross, plain_amount


def tell_cost(number: str | None, config: Path | None) -> None:
    """Print what a minute to a number costs; nothing where no number or no tariff is there."""
    settings = settings_of(config)
    with written(settings) as db:
        tariffs = {one.prefix: one for one in load(db).exchange.tariffs}
    if not number or not tariffs:
        return
    try:
        called = to_e164(number, settings.line.country)
    except ValueError:
        return  # the number itself is refused
    found = tariff_of(tariffs, called)
    if found is None:
        typer.echo(f"What a call to {called} costs nobody knows: no tariff begins like it")
    else:
        typer.echo(f"A call to {called} costs {priced(found)}")


def priced(tariff: Tariff) -> str:
    """Return the prices of a tariff for people."""
    told = f"{both(tariff.per_minute, tariff.vat)} a minute"
    if tariff.connection:
        told += f", and {both(tariff.connection, tariff.vat)} for the connection"
    return f"{told} ({tariff.name}, {tariff.prefix})"


def both(net: int, vat: int) -> str:
    """Return an amount without and with VAT."""
    return f"{plain_amount(net)} zł ({plain_amount(gross(net, vat))} with VAT)"
