"""``sipagent person``: all that is kept of one person, given out or erased."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.panel.building import ROOMS
from sipagent.panel.persons import holdings
from sipagent.persons import archive, erasing
from sipagent.persons.erasing import Erased, Plan
from sipagent.persons.holding import Holding
from sipagent.persons.person import Person
from sipagent.persons.schema import persons
from sipagent.store.database import open_database, require_database

app = typer.Typer(
    help="One person over all rooms: what is kept of them, given out or erased.",
    no_args_is_help=True,
)

Who = Annotated[
    list[str] | None,
    typer.Argument(metavar="PERSON...", help="owner:LOGIN, or user:NAME of the exchange."),
]
Numbers = Annotated[
    list[str] | None, typer.Option("--number", help="A phone number; may be given many times.")
]
Emails = Annotated[
    list[str] | None, typer.Option("--email", help="An address; may be given many times.")
]

_LEFT = """\
What this cannot reach:
  backups made before (sipagent backup): delete them, or erase again after a restore
  logs of the system; mails that have left, and those on mail servers
  names that people say or write otherwise, such as in another case: search for them in the panel
  owners in the files of their manager: the next import brings back whoever still stands there"""


@app.command()
def export(
    target: Annotated[Path, typer.Option("--to", metavar="FILE.zip", help="The file to write.")],
    who: Who = None,
    number: Numbers = None,
    email: Emails = None,
    config: ConfigFile = None,
) -> None:
    """Write all that is kept of a person into a ZIP file, which only you can read.

    It has a page to read (index.html, Polish and English), a JSON file for each room, and the
    files: recordings, attachments, mails.
    """
    settings = settings_of(config)
    with opened(settings.paths.database, "records", *ROOMS, persons) as db:
        rooms = holdings(settings)
        plan = erasing.plan(db, rooms, _named(settings, who, number, email))
        written = archive.export(rooms, plan, target, datetime.now(UTC))
    _tell_shared(plan)
    for name in written.missing:
        typer.echo(f"{name}: cannot be read", err=True)
    typer.echo(f"{target}: {written.rows} entries, {written.files} files")


@app.command()
def erase(
    who: Who = None,
    number: Numbers = None,
    email: Emails = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this it is only counted.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Erase a person: shows what would be, unless told so with --yes. It cannot be undone.

    Counts and times of calls stay, and say of nobody any more whose they were. Of a call of two,
    the other one stays. What is kept by law is told.
    """
    settings = settings_of(config)
    with opened(settings.paths.database, "records", *ROOMS, persons) as db:
        rooms = holdings(settings)
        plan = erasing.plan(db, rooms, _named(settings, who, number, email))
        _show(plan, rooms)
        if plan.hindered:
            raise DataError("nothing was erased: " + "; ".join(plan.hindered))
        if not yes:
            typer.echo("Nothing was changed; --yes erases it.")
            return
        erased = erasing.erase(db, rooms, plan.person, datetime.now(UTC))
    _tell(erased)


@app.command("resume")
def resume_(config: ConfigFile = None) -> None:
    """Go on with what was cut off; the line does so by itself when it starts."""
    settings = settings_of(config)
    require_database(settings.paths.database, "records")
    done = resume(settings)
    typer.echo(f"{done} erasure{'' if done == 1 else 's'} that was cut off is done")


def resume(settings: Config) -> int:
    """Go on with erasures that were cut off; return how many that were.

    Raises:
        SetupError: one cannot be done.
    """
    with closing(open_database(settings.paths.database, [*ROOMS, persons])) as db:
        return erasing.resume(db, holdings(settings))


def _named(
    settings: Config,
    who: Sequence[str] | None,
    numbers: Sequence[str] | None,
    emails: Sequence[str] | None,
) -> Person:
    """Return whom somebody means.

    Raises:
        DataError: it is nobody, or not understood.
    """
    kinds: dict[str, list[str]] = {"owner": [], "user": []}
    for text in who or ():
        kind, _, name = text.partition(":")
        if kind not in kinds or not name.strip():
            raise DataError(f"{text!r}: write owner:LOGIN, or user:NAME")
        kinds[kind].append(name.strip())
    try:
        read = [to_e164(one, settings.line.country) for one in numbers or ()]
    except ValueError as error:
        raise DataError(f"--number: {error}") from None
    addresses = [one.strip().lower() for one in emails or ()]
    if wrong := [one for one in addresses if "@" not in one.strip("@")]:
        raise DataError(f"--email: {wrong[0]!r} is no address")
    named = Person.of(logins=kinds["owner"], users=kinds["user"], numbers=read, emails=addresses)
    if not named:
        raise DataError("say who: owner:LOGIN, user:NAME, --number or --email")
    return named


def _show(plan: Plan, rooms: Sequence[Holding]) -> None:
    table = Table("room", "entries", "files", "kept by law")
    for one in erasing.all_of(rooms):
        rows, files = len(plan.found[one.name]), len(plan.found[one.name].files)
        kept = plan.kept.get(one.name, ())
        if rows or files or kept:
            rules = "\n".join(
                f"{stays.count} until {stays.until}: {stays.rule['en']}" for stays in kept
            )
            table.add_row(one.title["en"], str(rows), str(files), rules)
    Terminal().print(table)
    _tell_shared(plan)


def _tell_shared(plan: Plan) -> None:
    shared = plan.shared
    for value in sorted(shared.names | shared.numbers | shared.emails):
        typer.echo(
            f"{value} is somebody else's as well: what only this finds stays. "
            "Name it yourself (--number, --email) where it is not.",
            err=True,
        )


def _tell(erased: Erased) -> None:
    typer.echo(f"Erased: {sum(erased.counts.values())} entries.")
    for place in erased.left:
        typer.echo(f"{place} still mentions them: a rule of that table keeps it", err=True)
    if not erased.compacted:
        typer.echo(
            "Freed pages of the database may still hold what was erased: it is large, or in use. "
            "It is written anew when the line starts the next time, or now: sipagent person resume",
            err=True,
        )
    typer.echo(_LEFT)
