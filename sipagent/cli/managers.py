"""``sipagent managers``: the firms that pay for the line, and how their owners reach them."""

import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.infoline.contact import ContactPlan, plan_of
from sipagent.infoline.managing import Office, edit_contract, office, offices
from sipagent.infoline.model import Contract, Estate, Manager, Owner
from sipagent.infoline.schema import infoline

app = typer.Typer(help="Managers: how their owners reach them, and pay.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The manager's code in imports.")]
_JSON = typer.Option("--json", help="Print JSON.")


@app.command("list")
def list_managers(as_json: Annotated[bool, _JSON] = False, config: ConfigFile = None) -> None:
    """List managers, and what key 9 does for their owners."""
    with _opened(settings_of(config)) as db:
        found = offices(db)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("Code", "Name", "Estates", "Key 9", "Hours", "E-mail")
    for one in found:
        contract = one.manager.contract
        row = (one.manager.code, one.manager.name, str(len(one.estates)), contract.contact)
        cells = (*row, contract.hours or "always", contract.email)
        table.add_row(*(Text(cell or "none") for cell in cells))
    Terminal().print(table)


@app.command()
def show(code: Code, config: ConfigFile = None) -> None:
    """Show a manager, the estates, and what key 9 does for each right now."""
    settings = settings_of(config)
    with _opened(settings) as db:
        _show(settings, office(db, code))


@app.command()
def edit(
    code: Code,
    *,
    contact: Annotated[
        str | None, typer.Option(help="transcription, phone, softphone or none.")
    ] = None,
    outside_hours: Annotated[
        str | None, typer.Option(help="The same, outside the office hours.")
    ] = None,
    hours: Annotated[
        str | None, typer.Option(help="Office hours: 'mon-fri 08:00-16:00'; '' is always.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Number that callers are put through to.")] = (
        None
    ),
    softphone: Annotated[
        str | None, typer.Option(help="SIP address that callers are put through to.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Where requests are mailed to.")] = None,
    pin_login: Annotated[
        str | None, typer.Option(help="yes: a PIN lets owners in from unknown and hidden numbers.")
    ] = None,
    office_address: Annotated[str | None, typer.Option(help="Address to print.")] = None,
    office_phone: Annotated[str | None, typer.Option(help="Telephone to print.")] = None,
    bank_account: Annotated[str | None, typer.Option(help="Where charges are paid to.")] = None,
    payee: Annotated[
        str | None, typer.Option(help="Holder of the account, where it is not the estate.")
    ] = None,
    tax_number: Annotated[str | None, typer.Option(help="The holder's NIP.")] = None,
    payment_day: Annotated[
        str | None, typer.Option(help="Day of the month by which charges are paid.")
    ] = None,
    sum_of_accounts: Annotated[
        str | None, typer.Option(help="no: statements do not add up the balances of accounts.")
    ] = None,
    logo: Annotated[str | None, typer.Option(help="Picture for statements, PNG or JPEG.")] = None,
    estate: Annotated[
        str | None, typer.Option(help="Change it for this estate only; '' takes it back.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Change a manager's contract; an empty value takes a setting away."""
    settings = settings_of(config)
    given = {
        "contact": contact,
        "outside_hours": outside_hours,
        "hours": hours,
        "phone": phone,
        "softphone": softphone,
        "email": email,
        "pin_login": pin_login,
        "office_address": office_address,
        "office_phone": office_phone,
        "bank_account": bank_account,
        "payee": payee,
        "tax_number": tax_number,
        "payment_day": payment_day,
        "sum_of_accounts": sum_of_accounts,
        "logo": logo,
    }
    changes = {name: text for name, text in given.items() if text is not None}
    if not changes:
        raise DataError("nothing to change; see: sipagent managers edit --help")
    if estate is not None and logo is not None:
        raise DataError("a logo belongs to a manager, not to an estate")
    with _opened(settings) as db:
        country = settings.line.country
        _show(settings, edit_contract(db, code, changes, estate=estate, country=country))


def _opened(settings: Config) -> AbstractContextManager[sqlite_utils.Database]:
    return opened(settings.paths.database, "managers", infoline)


def _show(settings: Config, one: Office) -> None:
    manager = one.manager
    typer.echo(f"{manager.code}  {manager.name}")
    if manager.logo:
        typer.echo(f"  logo: {manager.logo}")
    _show_contract(settings, manager, manager.contract, Estate(0, ""))
    for estate in one.estates:
        typer.echo(f"\n{estate.code}  {estate.name}")
        _show_contract(settings, manager, estate.contract, estate)


def _show_contract(settings: Config, manager: Manager, said: Contract, estate: Estate) -> None:
    for line in _said(said):
        typer.echo(f"  {line}")
    plan = plan_of(Owner(0, "", "", manager, estate), datetime.now(UTC), settings.line.zone)
    typer.echo(f"  key 9 now: {_plan(plan)}")


def _said(contract: Contract) -> list[str]:
    values = asdict(contract)
    return [f"{name.replace('_', ' ')}: {value}" for name, value in values.items() if value]


def _plan(plan: ContactPlan) -> str:
    parts = [plan.option.value, plan.target, "" if plan.open else "(outside office hours)"]
    return " ".join(part for part in parts if part)
