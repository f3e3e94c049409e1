"""Tables on paper: rows of a name, a day and an amount."""

from collections.abc import Sequence
from dataclasses import dataclass

from fpdf.enums import Align

from sipagent.messages.paper import INK, LINE, MARGIN, QUIET, SMALL, TEXT, Paper, spaced
from sipagent.messages.tags import Tag

#: Millimetres above and below the text of a row, and between columns.
_PAD, _GAP = 1.05, 5.0
#: Rows from which on their names are headings.
_ENOUGH = 3
#: The elements of a row's cells; None for decoration.
_RowTags = tuple[Tag | None, Tag | None, Tag | None]
#: Lines of a caption that are worth to be said again on the next page.
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row, or the heading."""

    name: str
    day: str
    amount: str


class Table:
    """A table that may run over several pages.

    Its caption and heading come again on each of them. A row is split only if it is higher than
    a page; the last one, and the totals, are never alone on a page.

    Args:
        paper: where it is written.
        heading: names of the columns; without any rows there is no heading either.
        rows: what it lists.
        widths: of the columns, from ``widths``.
        none: stands where there are no rows.
        totals: bold rows that end it.
        caption: stands above it.
        again: format of the caption on the further pages, with ``{caption}``.
    """

    def __init__(
        self,
        paper: Paper,
        heading: Row,
        rows: Sequence[Row],
        widths: tuple[float, float, float],
        *,
        none: str,
        totals: Sequence[Row] = (),
        caption: str = "",
        again: str = "{caption}",
    ) -> None:
        self._paper = paper
        self._heading = heading
        self._rows = rows
        self._none = none
        self._totals = totals
        self._caption = caption
        self._again = again
        self._fresh = True
        self._widths = widths

    def opening(self) -> float:
        """Return the millimetres that have to be on one page at the beginning."""
        rest = self._rows[1:]
        first = self._height(self._rows[0], bold=False) if self._rows else LINE + _PAD
        return self._top() + first + (0.0 if rest else self._foot())

    def write(self) -> None:
        """Write it below what is on the page."""
        paper = self._paper
        paper.keep(self.opening())
        if self._caption:
            with paper.tagged("H3"):
                paper.paragraph(self._caption, bold=True)
        if not self._rows:
            with paper.tagged("P"):
                paper.paragraph(self._none)
            paper.skip(_PAD)
        if not (self._rows or self._totals):
            return
        with paper.tagged("Table"):
            if self._rows:
                self._head(self._row_tags("Column", "Column"))
            for number, row in enumerate(self._rows, 1):
                self._row(row, below=self._foot() if number == len(self._rows) else 0.0)
            for number, row in enumerate(self._totals, 1):
                self._row(row, bold=True, rest=self._totals[number:])

    def _row_tags(self, name: str, rest: str = "") -> _RowTags:
        """Begin a row for screen readers, with the scope of its first cell and of the others.

        A cell without scope is no heading.
        """
        with self._paper.tagged("TR"):
            first, second, third = (
                self._paper.element("TH" if scope else "TD", scope=scope)
                for scope in (name, rest, rest)
            )
            return first, second, third

    def _head(self, tags: _RowTags) -> None:
        self._paper.keep(2 * (LINE + 2 * _PAD))
        self._paper.ink(SMALL, color=QUIET)
        self._cells(self._heading, [self._heading.name], tags)
        self._paper.rule(self._paper.get_y(), color=QUIET, width=0.3)
        self._fresh = True

    def _row(
        self, row: Row, *, bold: bool = False, below: float = 0.0, rest: Sequence[Row] = ()
    ) -> None:
        paper = self._paper
        below += sum(self._height(one, bold=True) for one in rest)
        if paper.left() < self._height(row, bold=bold) + below and not self._fresh:
            self._next_page()
        paper.ink(TEXT, bold=bold)
        if bold:
            paper.rule(paper.get_y(), color=INK, width=0.3)
        names = spaced(paper.lines(row.name, self._widths[0]))
        # In the smallest tables more headings than data would tell nobody anything.
        scope = "Row" if len(self._rows) + len(self._totals) >= _ENOUGH else ""
        self._cells(row, names, self._row_tags(scope), bold=bold)
        paper.rule(paper.get_y())
        self._fresh = False

    def _cells(self, row: Row, names: Sequence[str], tags: _RowTags, *, bold: bool = False) -> None:
        """Write the cells of a row in the ink of now, in the order in which they are read."""
        paper = self._paper
        paper.skip(_PAD)
        top: float | None = paper.get_y()
        for line in names:
            if paper.left() < LINE:
                self._figures(row, top, tags)
                top = None
                self._next_page()
                paper.ink(TEXT, bold=bold)
            with paper.within(tags[0]):
                paper.cell(self._widths[0], LINE, line, new_x="LMARGIN", new_y="NEXT")
        self._figures(row, top, tags)
        paper.skip(_PAD)

    def _figures(self, row: Row, top: float | None, tags: _RowTags) -> None:
        """Write day and amount at ``top``, unless they stand on an earlier page."""
        if top is None:
            return
        paper, bottom, (name, day, amount) = self._paper, self._paper.get_y(), self._widths
        paper.set_xy(MARGIN + name + _GAP, top)
        if row.day:
            with paper.within(tags[1]):
                paper.cell(day, LINE, row.day, align=Align.L)
        paper.set_xy(MARGIN + name + day + 2 * _GAP, top)
        with paper.within(tags[2]):
            paper.cell(amount, LINE, row.amount, align=Align.R)
        paper.set_y(bottom)

    def _next_page(self) -> None:
        """Begin a page with caption and heading, which who listens has heard already."""
        paper = self._paper
        paper.add_page()
        paper.ink(bold=True)
        with paper.within(None):
            if self._caption and len(paper.lines(self._caption, paper.epw)) <= _SHORT:
                paper.paragraph(self._again.format(caption=self._caption), bold=True)
            if self._rows:
                self._head((None, None, None))

    def _top(self) -> float:
        self._paper.ink(bold=True)
        caption = len(self._paper.lines(self._caption, self._paper.epw)) if self._caption else 0
        return caption * LINE + (LINE + 2 * _PAD if self._rows else 0.0)

    def _foot(self) -> float:
        return sum(self._height(row, bold=True) for row in self._totals)

    def _height(self, row: Row, *, bold: bool) -> float:
        self._paper.ink(TEXT, bold=bold)
        return len(self._paper.lines(row.name, self._widths[0])) * LINE + 2 * _PAD


def widths(paper: Paper, heading: Row, rows: Sequence[Row]) -> tuple[float, float, float]:
    """Return the millimetres of each column: days and amounts are never broken."""
    days = _widest(paper, heading.day, [row.day for row in rows])
    amounts = _widest(paper, heading.amount, [row.amount for row in rows])
    return paper.epw - days - amounts - 2 * _GAP, days, amounts


def _widest(paper: Paper, heading: str, texts: Sequence[str]) -> float:
    paper.ink(SMALL)
    width = paper.get_string_width(heading)
    paper.ink(bold=True)
    return float(max([width, *map(paper.get_string_width, texts)]))
