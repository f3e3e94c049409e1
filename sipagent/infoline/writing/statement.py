"""The statement: an owner's balances and charges as a PDF to keep or to print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sipagent.infoline.writing.payment import Payment, transfer_code
from sipagent.infoline.writing.wording import Wording, balance_text, words_of
from sipagent.messages.logo import logo
from sipagent.messages.paper import (
    HEAD,
    LARGE,
    LINE,
    MARGIN,
    QUIET,
    SMALL,
    TITLE,
    Imprint,
    Paper,
    line_height,
)
from sipagent.messages.table import Row, Table, widths
from sipagent.messages.wording import day_text, money_text

#: The largest place of a logo, and how far values stand from the left, in millimetres.
_LOGO = (55.0, 18.0)
_LABEL = 40.0
#: How wide the code of a transfer is, its quiet zone included.
_CODE = 42.0


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
    #: Under which the payee books it.
    code: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that stands in a statement; ``made`` is the local time.

    ``email`` is the office's; ``payment`` None where no account is known; ``added_up`` is whether
    the balances have a sum; ``notes`` are the paragraphs at its end.
    """

    manager: str
    logo: Path | None
    estate: str
    owner: str
    login: str
    accounts: tuple[AccountLine, ...]
    premises: tuple[PremisesPart, ...]
    made: datetime
    language: str = "pl"
    address: str = ""
    phone: str = ""
    email: str = ""
    payment: Payment | None = None
    added_up: bool = True
    notes: tuple[str, ...] = ()

    @property
    def total_balance(self) -> int | None:
        """The sum over accounts in grosze; None where there is none to tell."""
        if not (self.accounts and self.added_up):
            return None
        return sum(one.balance_grosze for one in self.accounts)

    @property
    def monthly(self) -> int:
        """The grosze a month of all charges."""
        return _monthly(self.premises)


def render(statement: Statement) -> bytes:
    """Return the PDF; the same statement gives the same bytes.

    Raises:
        SetupError: a font is missing or damaged.
    """
    words = words_of(statement.language)
    paper = Paper(_imprint(statement, words))
    paper.add_page()
    _letterhead(paper, statement, words)
    _facts(paper, statement, words)
    _summary(paper, statement, words)
    _accounts(paper, statement, words)
    _charges(paper, statement, words)
    if statement.payment is not None:
        _payment(paper, statement.payment, words)
    _notes(paper, statement.notes)
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


def _letterhead(paper: Paper, statement: Statement, words: Wording) -> None:
    picture = logo(statement.logo) if statement.logo is not None else None
    width = paper.epw
    if picture is not None:
        scale = min(_LOGO[0] / picture.width, _LOGO[1] / picture.height)
        size = (picture.width * scale, picture.height * scale)
        alt = words.logo.format(manager=statement.manager)
        paper.picture(picture.data, paper.w - MARGIN - size[0], MARGIN, size, alt)
        width -= _LOGO[0] + 8
    with paper.tagged("P"):
        paper.paragraph(statement.manager, width=width, size=HEAD, bold=True)
    phone = words.telephone.format(number=statement.phone) if statement.phone else ""
    for text in filter(None, (statement.address, phone, statement.email)):
        with paper.tagged("P"):
            paper.paragraph(text, width=width, size=SMALL, color=QUIET)
    below = MARGIN + (_LOGO[1] if picture is not None else 0) + 6
    paper.skip(6)
    if paper.page_no() == 1:
        paper.set_y(max(paper.get_y(), below))


def _facts(paper: Paper, statement: Statement, words: Wording) -> None:
    with paper.tagged("H1"):
        paper.paragraph(words.title, size=TITLE, bold=True)
    paper.skip(3)
    _labelled(
        paper,
        (
            (words.owner, statement.owner),
            (words.login, statement.login),
            (words.estate, statement.estate),
        ),
    )


def _labelled(paper: Paper, facts: Sequence[tuple[str, str]], width: float | None = None) -> None:
    """Write names and values below each other, the values within a width in millimetres."""
    with paper.tagged("L"):
        for name, value in facts:
            paper.keep(LINE)
            top = paper.get_y()
            with paper.tagged("LI"):
                paper.ink(color=QUIET)
                with paper.tagged("Lbl"):
                    paper.cell(_LABEL, LINE, name)
                paper.set_y(top)
                with paper.tagged("LBody"):
                    paper.paragraph(value, indent=_LABEL, width=width)
            paper.skip(0.5)


def _summary(paper: Paper, statement: Statement, words: Wording) -> None:
    """Say at a glance what the tables add up to."""
    sums = []
    if (total := statement.total_balance) is not None:
        sums.append((words.total_balance, balance_text(total, words.language)))
    if statement.premises:
        sums.append((words.charges, money_text(statement.monthly, words.language)))
    if not sums:
        return
    height, edge = line_height(LARGE) + 0.5, 4.0
    box = len(sums) * height + 2 * edge
    paper.skip(5)
    paper.keep(box)
    paper.panel(box)
    paper.skip(edge + 0.5)
    for name, value in sums:
        with paper.tagged("P"):
            _sum(paper, name, value, edge)
        paper.skip(height)
    paper.skip(edge - 0.5)


def _sum(paper: Paper, name: str, value: str, edge: float) -> None:
    top, height = paper.get_y(), line_height(LARGE)
    paper.ink(color=QUIET)
    label = paper.get_string_width(name) + 4
    paper.set_x(MARGIN + edge)
    paper.cell(label, height, f"{name} ")
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
    total = statement.total_balance
    totals = [] if total is None else [Row(words.total_balance, "", balance_text(total, language))]
    columns = widths(paper, heading, [*rows, *totals])
    table = Table(paper, heading, rows, columns, none=words.no_accounts, totals=totals)
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


def _payment(paper: Paper, payment: Payment, words: Wording) -> None:
    """Say where to pay what, beside the code that a banking app reads."""
    rows = transfer_code(payment)
    _section(paper, words.payment, _CODE if rows else 5 * LINE)
    top, page, width = paper.get_y(), paper.page_no(), paper.epw - _LABEL
    if rows:
        paper.squares(rows, paper.w - MARGIN - _CODE, top, _CODE, words.transfer_code)
        width -= _CODE + 4
    _labelled(paper, list(payment_facts(payment, words)), width)
    if rows and paper.page_no() == page:
        paper.set_y(max(paper.get_y(), top + _CODE))


def payment_facts(payment: Payment, words: Wording) -> Iterator[tuple[str, str]]:
    """Yield what stands on a transfer, each with its name."""
    yield words.payee, payment.payee
    yield words.bank_account, payment.grouped_account
    yield words.transfer_title, payment.title
    if payment.grosze > 0:
        yield words.amount, money_text(payment.grosze, words.language)
    if payment.due is not None:
        yield words.due, day_text(payment.due, words.language)


def _notes(paper: Paper, notes: Sequence[str]) -> None:
    if notes:
        paper.skip(8)
    for note in notes:
        paper.ink(SMALL)
        paper.keep(len(paper.lines(note, paper.epw)) * line_height(SMALL))
        with paper.tagged("P"):
            paper.paragraph(note, size=SMALL, color=QUIET)
        paper.skip(2)


def _charge(one: ChargeLine, language: str) -> Row:
    day = day_text(one.valid_from, language) if one.valid_from else ""
    return Row(one.name, day, money_text(one.amount_grosze, language))


def _total(name: str, parts: Sequence[PremisesPart], language: str) -> Row:
    return Row(name, "", money_text(_monthly(parts), language))


def _section(paper: Paper, title: str, below: float) -> None:
    """Write the title of a section; so many millimetres below stay with it."""
    paper.skip(8)
    paper.keep(line_height(HEAD) + 2 + below)
    with paper.tagged("H2"):
        paper.paragraph(title, size=HEAD, bold=True)
    paper.skip(2)


def _monthly(parts: Sequence[PremisesPart]) -> int:
    """Return the grosze a month of all charges."""
    return sum(one.amount_grosze for part in parts for one in part.charges)
