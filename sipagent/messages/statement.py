"""The statement: an owner's balances and charges as a PDF to keep or to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sipagent.messages.logo import logo
from sipagent.messages.paper import (
    HEAD,
    LARGE,
    LINE,
    MARGIN,
    PANEL,
    QUIET,
    SMALL,
    TITLE,
    Imprint,
    Paper,
    line_height,
)
from sipagent.messages.table import Row, Table, widths
from sipagent.messages.wording import Wording, balance_text, day_text, money_text, words_of

#: The largest place of a logo, and how far values stand from the left, in millimetres.
_LOGO = (55.0, 18.0)
_LABEL = 40.0


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A ledger account; a positive balance is an overpayment, a negative one arrears."""

    name: str
    balance_grosze: int
    day: date


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A monthly charge, in grosze."""

    name: str
    amount_grosze: int
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class PremisesPart:
    """A premises with its charges."""

    name: str
    address: str
    charges: tuple[ChargeLine, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that stands in a statement; ``made`` is the local time."""

    manager: str
    logo: Path | None
    estate: str
    owner: str
    login: str
    accounts: tuple[AccountLine, ...]
    premises: tuple[PremisesPart, ...]
    made: datetime
    language: str = "pl"


def render(statement: Statement) -> bytes:
    """Return the PDF; the same statement gives the same bytes.

    Raises:
        SetupError: a font is missing or damaged.
    """
    words = words_of(statement.language)
    paper = Paper(_imprint(statement, words))
    paper.add_page()
    _letterhead(paper, statement)
    _facts(paper, statement, words)
    _summary(paper, statement, words)
    _accounts(paper, statement, words)
    _charges(paper, statement, words)
    return bytes(paper.output())


def _imprint(statement: Statement, words: Wording) -> Imprint:
    return Imprint(
        title=f"{words.title} – {statement.login}",
        author=statement.manager,
        language=words.language,
        made=statement.made,
        left=f"{words.login}: {statement.login}",
        page=words.page,
        right=words.made.format(day=day_text(statement.made, words.language)),
        identity=repr(statement),
    )


def _letterhead(paper: Paper, statement: Statement) -> None:
    picture = logo(statement.logo) if statement.logo is not None else None
    width = paper.epw
    if picture is not None:
        scale = min(_LOGO[0] / picture.width, _LOGO[1] / picture.height)
        size = (picture.width * scale, picture.height * scale)
        paper.image(picture.data, x=paper.w - MARGIN - size[0], y=MARGIN, w=size[0], h=size[1])
        width -= _LOGO[0] + 8
    paper.paragraph(statement.manager, width=width, size=HEAD, bold=True)
    below = MARGIN + (_LOGO[1] if picture is not None else 0) + 6
    paper.skip(6)
    if paper.page_no() == 1:
        paper.set_y(max(paper.get_y(), below))


def _facts(paper: Paper, statement: Statement, words: Wording) -> None:
    paper.paragraph(words.title, size=TITLE, bold=True)
    paper.skip(3)
    for name, value in (
        (words.owner, statement.owner),
        (words.login, statement.login),
        (words.estate, statement.estate),
    ):
        paper.keep(LINE)
        top = paper.get_y()
        paper.ink(color=QUIET)
        paper.cell(_LABEL, LINE, name)
        paper.set_y(top)
        paper.paragraph(value, indent=_LABEL)
        paper.skip(0.5)


def _summary(paper: Paper, statement: Statement, words: Wording) -> None:
    """Say at a glance what the tables add up to."""
    sums = []
    if statement.accounts:
        total = sum(one.balance_grosze for one in statement.accounts)
        sums.append((words.total_balance, balance_text(total, words.language)))
    if statement.premises:
        sums.append((words.charges, money_text(_monthly(statement.premises), words.language)))
    if not sums:
        return
    height, edge = line_height(LARGE) + 0.5, 4.0
    paper.skip(5)
    paper.keep(len(sums) * height + 2 * edge)
    paper.set_fill_color(*PANEL)
    box = len(sums) * height + 2 * edge
    paper.rect(
        MARGIN, paper.get_y(), paper.epw, box, style="F", round_corners=True, corner_radius=2
    )
    paper.skip(edge + 0.5)
    for name, value in sums:
        _sum(paper, name, value, edge)
        paper.skip(height)
    paper.skip(edge - 0.5)


def _sum(paper: Paper, name: str, value: str, edge: float) -> None:
    top, height = paper.get_y(), line_height(LARGE)
    paper.ink(color=QUIET)
    label = paper.get_string_width(name) + 4
    paper.set_x(MARGIN + edge)
    paper.cell(label, height, name)
    room = paper.epw - 2 * edge - label
    paper.ink(LARGE, bold=True)
    if paper.get_string_width(value) > room:
        paper.ink(SMALL, bold=True)
    paper.cell(room, height, value, align="R")
    paper.ink()
    paper.set_y(top)


def _accounts(paper: Paper, statement: Statement, words: Wording) -> None:
    language = words.language
    heading = Row(words.account, words.as_of, words.balance)
    rows = [
        Row(one.name, day_text(one.day, language), balance_text(one.balance_grosze, language))
        for one in statement.accounts
    ]
    sum_of_all = sum(one.balance_grosze for one in statement.accounts)
    total = Row(words.total_balance, "", balance_text(sum_of_all, language))
    columns = widths(paper, heading, [*rows, total])
    table = Table(
        paper, heading, rows, columns, none=words.no_accounts, totals=[total] if rows else ()
    )
    _section(paper, words.accounts, table.opening())
    table.write()


def _charges(paper: Paper, statement: Statement, words: Wording) -> None:
    parts = statement.premises
    heading = Row(words.charge, words.valid_from, words.monthly)
    rows = [[_charge(one, words.language) for one in part.charges] for part in parts]
    totals = [
        [_total(words.total, [part], words.language)] if part.charges else [] for part in parts
    ]
    if len(parts) > 1:
        totals[-1].append(_total(words.grand_total, parts, words.language))
    # The same columns for all premises, so that amounts stand below each other.
    columns = widths(paper, heading, [one for some in (*rows, *totals) for one in some])
    tables = [
        Table(
            paper,
            heading,
            rows[number],
            columns,
            none=words.no_charges,
            totals=totals[number],
            caption=f"{part.name}, {part.address}" if part.address else part.name,
            again=words.again,
        )
        for number, part in enumerate(parts)
    ] or [Table(paper, heading, [], columns, none=words.no_charges)]
    _section(paper, words.charges, tables[0].opening())
    for number, table in enumerate(tables):
        if number:
            paper.skip(6)
        table.write()


def _charge(one: ChargeLine, language: str) -> Row:
    day = day_text(one.valid_from, language) if one.valid_from else ""
    return Row(one.name, day, money_text(one.amount_grosze, language))


def _total(name: str, parts: Sequence[PremisesPart], language: str) -> Row:
    return Row(name, "", money_text(_monthly(parts), language))


def _section(paper: Paper, title: str, below: float) -> None:
    """Write the title of a section; so many millimetres below stay with it."""
    paper.skip(8)
    paper.keep(line_height(HEAD) + 2 + below)
    paper.paragraph(title, size=HEAD, bold=True)
    paper.skip(2)


def _monthly(parts: Sequence[PremisesPart]) -> int:
    """Return the grosze a month of all charges."""
    return sum(one.amount_grosze for part in parts for one in part.charges)
