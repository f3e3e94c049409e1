"""The statement: an owner's balances and charges as a PDF to keep or to print."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast

import structlog
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.errors import FPDFException
from PIL import UnidentifiedImageError

from sipagent.errors import SetupError
from sipagent.messages.wording import balance_text, day_text, money_text, words_of

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "NotoSans"
#: Sizes in points: nothing is smaller than what elderly people read without effort.
_SMALL, _TEXT, _HEAD, _TITLE = 10, 11.5, 13, 18
#: Lengths in millimetres.
_MARGIN, _LINE, _GAP, _FOOT, _LOGO = 20.0, 6.0, 2.4, 22.0, 18.0
_RULE = (190, 196, 204)
_QUIET = (90, 98, 108)
_INK = (25, 30, 38)

log = structlog.get_logger(__name__)


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
        SetupError: a font is missing.
    """
    paper = _Paper(statement)
    paper.add_page()
    _head(paper, statement)
    _accounts(paper, statement)
    _charges(paper, statement)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4 with the footer that every page has."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(format="A4")
        self._statement = statement
        self.words = words_of(statement.language)
        self.language = statement.language
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=False)
        self.set_title(f"{self.words.title} – {statement.login}")
        self.set_author(shown(statement.manager))
        self.set_lang(statement.language)
        self.set_creation_date(statement.made)
        for style, name in (("", "Regular"), ("B", "Bold")):
            path = _FONTS / f"{_FAMILY}-{name}.ttf"
            try:
                self.add_font(_FAMILY, style, path)
            except OSError as error:
                raise SetupError(
                    f"{path}: the font of statements is missing; install sipagent anew"
                ) from error
        self.ink()

    def file_id(self) -> str:
        """Return the identity of the file (ISO 32000-1, section 14.4), made of its data."""
        digest = hashlib.md5(repr(self._statement).encode(), usedforsecurity=False).hexdigest()
        return f"<{digest}><{digest}>".upper()

    def footer(self) -> None:
        """Write login, day and page below every page."""
        words, statement = self.words, self._statement
        self.set_y(-_FOOT + 6)
        self.rule()
        self.ink(_SMALL, color=_QUIET)
        width = self.epw / 3
        made = words.made.format(day=day_text(statement.made, self.language))
        page = words.page.format(page=self.page_no(), pages="{nb}")
        self.cell(width, _LINE, f"{words.login}: {statement.login}", align=Align.L)
        # In the middle: the width of the number of pages is not known yet.
        self.cell(width, _LINE, page, align=Align.C)
        self.cell(width, _LINE, made, align=Align.R)
        self.ink()

    def ink(
        self, size: float = _TEXT, *, bold: bool = False, color: tuple[int, int, int] = _INK
    ) -> None:
        """Choose how the next text looks."""
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*color)

    def rule(self) -> None:
        """Draw a thin line across the page."""
        self.set_draw_color(*_RULE)
        self.set_line_width(0.2)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.set_y(self.get_y() + _GAP / 2)

    def left(self) -> float:
        """Return the millimetres that are left on the page."""
        return float(self.h - _FOOT - self.get_y())

    def paragraph(self, text: str, width: float | None = None) -> None:
        """Write a text over as many lines as it needs."""
        for line in self.lines(text, width or self.epw):
            self.cell(width or self.epw, _LINE, line, new_x="LMARGIN", new_y="NEXT")

    def lines(self, text: str, width: float) -> list[str]:
        """Return a text as the lines that fit a width."""
        text = shown(text)
        if self.get_string_width(text) < width - 2 * self.c_margin:
            return [text]
        found = self.multi_cell(width, _LINE, text, dry_run=True, output=MethodReturnValue.LINES)
        return list(cast(list[str], found))


class _Table:
    """Rows of a name, a day and an amount; the heading comes again on each further page."""

    def __init__(self, paper: _Paper, heading: tuple[str, str, str]) -> None:
        self._paper = paper
        self._heading = heading
        amount, day = 56.0, 28.0
        self._widths = (paper.epw - amount - day, day, amount)

    def begin(self) -> None:
        """Write the heading."""
        self._paper.ink(_SMALL, color=_QUIET)
        self._cells([[self._heading[0]]], self._heading[1], self._heading[2])
        self._paper.ink()

    def row(self, name: str, day: str, amount: str, *, bold: bool = False, keep: int = 0) -> None:
        """Write a row that no page break splits; ``keep`` lines have to fit below it."""
        paper = self._paper
        paper.ink(bold=bold)
        lines = paper.lines(name, self._widths[0] - 2)
        if paper.left() < (len(lines) + keep) * (_LINE + _GAP):
            paper.add_page()
            self.begin()
            paper.ink(bold=bold)
        self._cells([lines], day, amount)
        paper.ink()

    def _cells(self, names: Sequence[Sequence[str]], day: str, amount: str) -> None:
        paper = self._paper
        top = paper.get_y()
        for text in names[0]:
            paper.cell(self._widths[0], _LINE, text, new_x="LMARGIN", new_y="NEXT")
        bottom = paper.get_y()
        paper.set_xy(paper.l_margin + self._widths[0], top)
        paper.cell(self._widths[1], _LINE, day, align=Align.L)
        paper.cell(self._widths[2], _LINE, amount, align=Align.R)
        paper.set_xy(paper.l_margin, bottom + _GAP / 2)
        paper.rule()


def _head(paper: _Paper, statement: Statement) -> None:
    words = paper.words
    with_logo = statement.logo is not None and _logo(paper, statement.logo)
    paper.ink(_HEAD, bold=True)
    paper.paragraph(statement.manager, paper.epw - (60 if with_logo else 0))
    paper.set_y(max(paper.get_y(), _MARGIN + (_LOGO if with_logo else 0)) + 8)
    paper.ink(_TITLE, bold=True)
    paper.paragraph(words.title)
    paper.set_y(paper.get_y() + 5)
    for name, value in (
        (words.owner, statement.owner),
        (words.login, statement.login),
        (words.estate, statement.estate),
    ):
        _fact(paper, name, value)


def _fact(paper: _Paper, name: str, value: str) -> None:
    label = 38.0
    top = paper.get_y()
    paper.ink(color=_QUIET)
    paper.cell(label, _LINE, name)
    paper.ink()
    for line in paper.lines(value, paper.epw - label):
        paper.set_xy(paper.l_margin + label, top)
        paper.cell(paper.epw - label, _LINE, line)
        top += _LINE
    paper.set_xy(paper.l_margin, top + 1)


def _logo(paper: _Paper, path: Path) -> bool:
    """Draw the logo at the right; return whether that was possible."""
    try:
        paper.image(
            path, x=paper.w - _MARGIN - 55, y=_MARGIN, w=55, h=_LOGO, keep_aspect_ratio=True
        )
    except (OSError, ValueError, FPDFException, UnidentifiedImageError) as error:
        log.warning("logo left out of a statement", logo=str(path), reason=str(error))
        return False
    return True


def _accounts(paper: _Paper, statement: Statement) -> None:
    words, language = paper.words, paper.language
    _section(paper, words.accounts)
    if not statement.accounts:
        paper.paragraph(words.no_accounts)
        return
    table = _Table(paper, (words.account, words.as_of, words.balance))
    table.begin()
    several = len(statement.accounts) > 1
    for number, one in enumerate(statement.accounts):
        last = several and number == len(statement.accounts) - 1
        balance = balance_text(one.balance_grosze, language)
        table.row(one.name, day_text(one.day, language), balance, keep=int(last))
    if several:
        total = sum(one.balance_grosze for one in statement.accounts)
        table.row(words.total_balance, "", balance_text(total, language), bold=True)


def _charges(paper: _Paper, statement: Statement) -> None:
    words, language = paper.words, paper.language
    _section(paper, words.charges)
    if not statement.premises:
        paper.paragraph(words.no_charges)
        return
    for part in statement.premises:
        _premises(paper, part)
    if len(statement.premises) > 1:
        total = sum(one.amount_grosze for part in statement.premises for one in part.charges)
        table = _Table(paper, ("", "", ""))
        table.row(words.grand_total, "", money_text(total, language), bold=True)


def _premises(paper: _Paper, part: PremisesPart) -> None:
    words, language = paper.words, paper.language
    if paper.left() < 6 * _LINE:
        paper.add_page()
    paper.ink(bold=True)
    paper.paragraph(_place(part))
    paper.ink()
    paper.set_y(paper.get_y() + 1)
    if not part.charges:
        paper.paragraph(words.no_charges)
        paper.set_y(paper.get_y() + 4)
        return
    table = _Table(paper, (words.charge, words.valid_from, words.monthly))
    table.begin()
    for number, one in enumerate(part.charges):
        day = day_text(one.valid_from, language) if one.valid_from else ""
        amount = money_text(one.amount_grosze, language)
        table.row(one.name, day, amount, keep=int(number == len(part.charges) - 1))
    total = sum(one.amount_grosze for one in part.charges)
    table.row(words.total, "", money_text(total, language), bold=True)
    paper.set_y(paper.get_y() + 4)


def _section(paper: _Paper, title: str) -> None:
    paper.set_y(paper.get_y() + 7)
    if paper.left() < 6 * _LINE:
        paper.add_page()
    paper.ink(_HEAD, bold=True)
    paper.paragraph(title)
    paper.ink()
    paper.set_y(paper.get_y() + 1)


def _place(part: PremisesPart) -> str:
    return f"{part.name}, {part.address}" if part.address else part.name


def shown(text: str) -> str:
    """Return a text with a replacement sign for each character that the fonts lack."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    code = ord(character)
    if 0x20 <= code <= 0x7E or 0xA0 <= code <= 0x17F or 0x218 <= code <= 0x21B:
        return character
    if character in _SIGNS:
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


_SIGNS = frozenset("ẞ‐‑‒–—―‘’‚‛“”„†‡•…‰€№™−")
