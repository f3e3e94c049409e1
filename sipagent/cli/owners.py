"""``sipagent owners``: who may call the infoline, and what it tells them."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlite_utils
import typer
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from sipagent import shipped
from sipagent.access.pins import generate
from sipagent.cli.owner_changes import refused, show_changes, written
from sipagent.cli.pin import typed_pin
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.infoline import trials
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner, existing, remove_owner
from sipagent.infoline.model import Owner, PremisesCharges
from sipagent.infoline.pins import allows, has_pin, remove_pin, set_pin
from sipagent.infoline.schema import infoline
from sipagent.infoline.search import Wanted, page
from sipagent.infoline.transfer.changes import write_changes
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import Report, import_files
from sipagent.infoline.transfer.merge import Count
from sipagent.infoline.transfer.report import write_refusals
from sipagent.store.database import explained, open_database, require_database

app = typer.Typer(
    name="owners",
    help="Owners: import, export, show and edit.",
    no_args_is_help=True,
)

LoginArgument = Annotated[str, typer.Argument(metavar="LOGIN", help="The owner's numeric login.")]


@app.command("import")
def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="CSV, XLSX or JSON files, or directories of them."),
    ] = None,
    config_file: ConfigFile = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Those that are shipped to try the line with.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")
    ] = False,
    columns: Annotated[
        Path | None, typer.Option(help="A TOML file that says which heading means what.")
    ] = None,
    skip_bad: Annotated[
        Path | None,
        typer.Option(metavar="REPORT.csv", help="Leave out wrong rows, and write them there."),
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write every field that changes there.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files; without it UTF-8, or else cp1250.")
    ] = None,
) -> None:
    """Import owners: all the files, or nothing where any of them has a mistake.

    With --skip-bad, rows with mistakes are left out and the others imported.
    """
    if bool(files) == sample:
        raise typer.BadParameter("give files, or --sample", param_hint="FILE...")
    with _opened(config_file, new=True) as (settings, db), _progress() as report:
        done = import_files(
            db,
            files or [shipped.SAMPLE],
            country=settings.line.country,
            encoding=encoding,
            columns=columns,
            skip_bad=skip_bad is not None,
            dry_run=dry_run,
            with_changes=dry_run or changes is not None,
            report=report,
        )
    console = Terminal()
    console.print(_counts(done.counts, dry_run))
    if dry_run:
        show_changes(console, done.changes)
    if changes is not None:
        with written(changes):
            write_changes(changes, done.changes)
    if skip_bad is not None:
        with written(skip_bad):
            write_refusals(skip_bad, done.refusals)
        typer.echo(refused(done.refusals, skip_bad))


@app.command()
def export(
    target: Annotated[
        Path,
        typer.Argument(help="A file that ends in .json or .xlsx, or a directory for CSV files."),
    ],
    config_file: ConfigFile = None,
    manager: Annotated[str | None, typer.Option(help="Only the manager with this code.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
) -> None:
    """Export owners to files that the import takes back unchanged."""
    with _opened(config_file) as (_, db):
        for file in export_files(db, target, manager=manager, force=force):
            typer.echo(file)


@app.command()
def show(login: LoginArgument, config_file: ConfigFile = None) -> None:
    """Show an owner, as the infoline knows it."""
    with _opened(config_file) as (_, db):
        _show(db, existing(db, login))


@app.command()
def edit(
    login: LoginArgument,
    *,
    config_file: ConfigFile = None,
    name: Annotated[str | None, typer.Option(help="New name.")] = None,
    add_phone: Annotated[list[str] | None, typer.Option(help="May be given many times.")] = None,
    remove_phone: Annotated[list[str] | None, typer.Option()] = None,
    add_email: Annotated[list[str] | None, typer.Option()] = None,
    remove_email: Annotated[list[str] | None, typer.Option()] = None,
    block: Annotated[
        bool | None, typer.Option("--block/--unblock", help="Shut the owner out, or not.")
    ] = None,
    web_access: Annotated[
        bool | None,
        typer.Option("--web-access/--no-web-access", help="Without it the line is shut too."),
    ] = None,
) -> None:
    """Change an owner: all the changes, or none where one is wrong."""
    changes = Changes(
        name=name,
        blocked=block,
        web_access=web_access,
        add_phones=add_phone or (),
        remove_phones=remove_phone or (),
        add_emails=add_email or (),
        remove_emails=remove_email or (),
    )
    with _opened(config_file) as (settings, db):
        _show(db, edit_owner(db, login, changes, settings.line.country))


@app.command()
def pin(
    login: LoginArgument,
    config_file: ConfigFile = None,
    generated: Annotated[
        bool, typer.Option("--generate", help="Draw one by lot, and print it once.")
    ] = False,
    take_away: Annotated[bool, typer.Option("--remove", help="Take it away.")] = False,
) -> None:
    """Give an owner a PIN for calls from an unknown or hidden number; it is asked for, unseen."""
    with _opened(config_file) as (_, db):
        owner = existing(db, login)
        if take_away:
            remove_pin(db, login)
            typer.echo(f"{owner.name}, login {login}: no PIN any more")
            return
        chosen = generate(login) if generated else typed_pin()
        set_pin(db, login, chosen)
        typer.echo(f"{owner.name}, login {login}: {f'PIN {chosen}' if generated else 'PIN set'}")
        if not allows(owner):
            typer.echo(
                "It does not count yet: sipagent managers edit "
                f"{owner.manager.code} --pin-login yes",
                err=True,
            )


@app.command()
def find(
    text: Annotated[
        str, typer.Argument(help="A part of a name or address; a login, number or e-mail address.")
    ],
    config_file: ConfigFile = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
) -> None:
    """Find owners, by their names; Polish letters need not be typed."""
    with _opened(config_file) as (_, db):
        found = page(db, Wanted(text), limit)
    table = Table("login", "name", "manager", "estate", "premises", "phones")
    for one in found:
        cells = (one.login, one.name, one.manager, one.estate_name, one.premises, one.phones)
        table.add_row(*map(Text, cells))
    Terminal().print(table)


@app.command("try")
def try_(
    login: LoginArgument,
    number: Annotated[str, typer.Argument(help="Your own, as you would dial it.")],
    config_file: ConfigFile = None,
    end: Annotated[bool, typer.Option("--end", help="Not any more.")] = False,
) -> None:
    """Let a number call as an owner until midnight, to try the line."""
    with _opened(config_file) as (settings, db):
        owner, line = existing(db, login), settings.line
        if end:
            number = trials.end(db, owner, number, line.country)
            typer.echo(f"{number} does not count as a number of {owner.name} any more")
            return
        now = datetime.now(UTC)
        trial = trials.allow(db, owner, number, now=now, zone=line.zone, country=line.country)
    typer.echo(f"{trial.number} may call as {owner.name}, login {login}, until midnight")


@app.command()
def remove(
    login: LoginArgument,
    config_file: ConfigFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove an owner with all premises, accounts and charges."""
    with _opened(config_file) as (_, db):
        owner = existing(db, login)
        if not yes:
            typer.confirm(f"Remove {owner.name}, login {login}?", abort=True)
        remove_owner(db, login)
    typer.echo(f"removed {login}")


@contextmanager
def _opened(
    config_file: Path | None, *, new: bool = False
) -> Iterator[tuple[Config, sqlite_utils.Database]]:
    """Open the database of a line, or where told so (``new``) make it."""
    settings = settings_of(config_file)
    path = settings.paths.database
    if not new:
        require_database(path, "owners")
    with explained(path), closing(open_database(path, [infoline])) as db:
        yield settings, db


@contextmanager
def _progress() -> Iterator[Report]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, TaskID(-1))
            if task == -1:
                task = tasks[stage] = progress.add_task(stage, total=None)
            progress.update(task, completed=done, total=total)

        yield report


def _counts(counts: Sequence[Count], dry_run: bool) -> Table:
    table = Table(title="Nothing was changed: dry run" if dry_run else None)
    table.add_column("")
    for heading in ("read", "added or changed", "removed"):
        table.add_column(heading, justify="right")
    for one in counts:
        table.add_row(one.kind, str(one.read), str(one.written), str(one.removed))
    return table


def _show(db: sqlite_utils.Database, owner: Owner) -> None:
    directory, console = Directory(db), Terminal()
    console.print(_person(owner, has_pin(db, owner)))
    accounts = Table("account", "name", title="Ledger accounts", title_justify="left")
    accounts.add_column("balance", justify="right")
    accounts.add_column("of", no_wrap=True)
    for account in directory.accounts(owner.id):
        accounts.add_row(
            Text(account.code),
            Text(account.name),
            _zlotys(account.balance_grosze),
            account.balance_date.isoformat(),
        )
    console.print(accounts)
    for premises in directory.charges(owner.id):
        console.print(_charges(premises))


def _person(owner: Owner, pin: bool) -> Table:
    table = Table(show_header=False, title=Text(owner.name), title_justify="left")
    estate = f"{owner.estate.code}  {owner.estate.name}"
    if not owner.estate.owner_access:
        estate += "  (owners are shut out)"
    for label, value in (
        ("login", owner.login),
        ("manager", f"{owner.manager.code}  {owner.manager.name}"),
        ("estate", estate),
        ("phones", "\n".join(owner.phones) or "none: nobody can log in"),
        ("e-mails", "\n".join(owner.emails) or "none"),
        ("blocked", "yes" if owner.blocked else "no"),
        ("PIN", _pin(owner, pin)),
        ("web access", "yes" if owner.web_access else "no: the line is shut too"),
    ):
        table.add_row(label, Text(value))
    return table


def _pin(owner: Owner, pin: bool) -> str:
    if not pin:
        return "none"
    return "yes" if allows(owner) else "yes, but the manager does not let it count"


def _charges(premises: PremisesCharges) -> Table:
    title = Text(f"{premises.code}  {premises.premises}  {premises.address}".rstrip())
    table = Table("charge", title=title, title_justify="left", show_footer=True)
    table.columns[0].footer = "total"
    table.add_column("amount", _zlotys(premises.total_grosze), justify="right")
    table.add_column("from", no_wrap=True)
    for item in premises.items:
        day = item.valid_from.isoformat() if item.valid_from else ""
        table.add_row(Text(item.name), _zlotys(item.amount_grosze), day)
    return table


def _zlotys(grosze: int) -> str:
    sign = "-" if grosze < 0 else ""
    whole = f"{abs(grosze) // 100:,}".replace(",", " ")
    return f"{sign}{whole},{abs(grosze) % 100:02} zł"
