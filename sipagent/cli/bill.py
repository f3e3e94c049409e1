"""``sipagent bill``: what managers pay for the calls of their owners."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from sipagent.billing.bill import Bill
from sipagent.billing.ledger import Ledger
from sipagent.billing.month import Month
from sipagent.billing.schema import billing
from sipagent.billing.sheet import render
from sipagent.billing.table import COLUMNS, cells
from sipagent.cli.settings import ConfigFile, opened_records, settings_of, write_file
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.infoline.schema import infoline
from sipagent.money import amount, plain_amount
from sipagent.sheet import csv_text


class _MonthFirst(TyperGroup):
    """Shows a bill where a month stands in the place of a command."""

    default = "show"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; the context is one of typer's own click, which has no public name."""
        if args and args[0][:1].isdigit():
            args = [self.default, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MonthFirst,
    help="Bills: what managers pay for the calls of their owners: sipagent bill 2026-11.",
    no_args_is_help=True,
)

MonthText = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-11.")]
Code = Annotated[str | None, typer.Option("--manager", help="Code of a manager; else all.")]


@app.command()
def show(
    month: MonthText,
    *,
    manager: Code = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, call by call.")] = False,
    pdf: Annotated[Path | None, typer.Option(help="Write one manager's bill as a PDF.")] = None,
    config: ConfigFile = None,
) -> None:
    """Show the bills of a month, also as CSV or PDF; drafts, where they are not issued."""
    settings = settings_of(config)
    if pdf is not None and manager is None:
        raise DataError("a PDF is one manager's bill; add --manager CODE")
    with _ledger(settings) as ledger:
        bills = ledger.bills(_month(month), datetime.now(UTC), code=manager)
    if pdf is not None:
        made = datetime.now(settings.line.zone)
        write_file(pdf, render(bills[0], settings.billing.issuer, made))
    elif as_csv:
        typer.echo(csv_text(COLUMNS, (row for bill in bills for row in cells(bill))), nl=False)
    else:
        _print(bills)


@app.command()
def issue(month: MonthText, *, manager: Code = None, config: ConfigFile = None) -> None:
    """Issue the bills of a month that is over: from now on they are corrected, never changed."""
    with _ledger(settings_of(config)) as ledger:
        _print(ledger.issue(_month(month), datetime.now(UTC), code=manager))


@app.command()
def correct(
    month: MonthText,
    *,
    manager: Annotated[str, typer.Option(help="Code of the manager.")],
    by: Annotated[str, typer.Option("--amount", help="Such as -1,29; in zlotys, without VAT.")],
    reason: Annotated[str, typer.Option(help="Stands on the bill.")],
    config: ConfigFile = None,
) -> None:
    """Correct an issued bill; the correction is an entry of its own."""
    try:
        grosze = amount(by)
    except ValueError as error:
        raise DataError(f"--amount: {error}") from None
    with _ledger(settings_of(config)) as ledger:
        _print([ledger.correct(_month(month), manager, grosze, reason, datetime.now(UTC))])


@contextmanager
def _ledger(settings: Config) -> Iterator[Ledger]:
    with opened_records(settings.paths.database, infoline, billing) as db:
        yield Ledger(db, settings)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise DataError(str(error)) from None


def _print(bills: Sequence[Bill]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("bill", no_wrap=True)
    for heading in ("calls", "minutes", "used", "cap", "corrected", "net", "VAT", "gross"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("issued", no_wrap=True)
    for bill in bills:
        sums = (bill.used, bill.reduction, bill.corrected, bill.net, bill.vat, bill.gross)
        issued = bill.issued.astimezone(bill.zone) if bill.issued else None
        table.add_row(
            Text(bill.number),
            *(str(len(bill.calls)), str(bill.minutes)),
            *map(plain_amount, sums),
            f"{issued:%Y-%m-%d}" if issued else "draft",
        )
    Terminal().print(table)
    for bill in bills:
        for one in bill.corrections:
            at = f"{one.at.astimezone(bill.zone):%Y-%m-%d}"
            typer.echo(f"{bill.number}  {at}  {plain_amount(one.grosze)}  {one.reason}")
