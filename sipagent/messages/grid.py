"""Grids on paper: many columns of figures beside names, in smaller letters than letters have."""

from collections.abc import Sequence

from fpdf.enums import Align

from sipagent.messages.paper import INK, MARGIN, QUIET, Paper, line_height, spaced
from sipagent.messages.tags import Tag

#: Sizes in points of the headings and of the cells; millimetres between columns, and around rows.
_HEADING, _CELL = 8.5, 9.5
_GAP, _PAD = 2.6, 0.9
#: Between two columns where the page has no room for more.
_CLOSE = 1.0
#: The narrowest columns of texts and of figures, in millimetres.
_NARROW, _FIGURE = 18.0, 11.0
_LINE = line_height(_CELL) * 0.8


class Grid:
    """A grid that may run over several pages; its headings come again on each of them.

    Texts are broken where they are too long for their column, figures never.

    Args:
        paper: where it is written.
        headings: of the columns.
        rows: a cell for each column.
        total: a bold row that ends it.
        texts: how many columns, from the left, are texts; the others are figures, at the right.
    """

    def __init__(
        self,
        paper: Paper,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        total: Sequence[str] | None = None,
        texts: int = 1,
    ) -> None:
        self._paper = paper
        self._headings = headings
        self._rows = rows
        self._total = total
        self._texts = texts
        self._gap = _GAP
        self._widths = self._measured()

    def opening(self) -> float:
        """Return the millimetres that have to be on one page at the beginning."""
        return self._height(self._headings, _HEADING) + 2 * (_LINE + 2 * _PAD)

    def write(self) -> None:
        """Write it below what is on the page."""
        paper = self._paper
        paper.keep(self.opening())
        with paper.tagged("Table"):
            self._head(["Column"] * len(self._headings))
            for row in self._rows:
                self._row(row)
            if self._total is not None:
                self._row(self._total, bold=True)

    def _head(self, scopes: Sequence[str]) -> None:
        self._cells(self._headings, scopes, size=_HEADING, bold=False, color=QUIET)
        self._paper.rule(self._paper.get_y(), color=QUIET, width=0.3)

    def _row(self, row: Sequence[str], *, bold: bool = False) -> None:
        paper = self._paper
        if paper.left() < self._height(row, _CELL, bold=bold):
            paper.add_page()
            with paper.within(None):  # who listens has heard them
                self._head([])
        if bold:
            paper.rule(paper.get_y(), color=INK, width=0.3)
        scopes = ["Row", *[""] * (len(row) - 1)]
        self._cells(row, scopes, size=_CELL, bold=bold, color=INK)
        paper.rule(paper.get_y())

    def _cells(
        self,
        cells: Sequence[str],
        scopes: Sequence[str],
        *,
        size: float,
        bold: bool,
        color: tuple[int, int, int],
    ) -> None:
        """Write a row; without scopes it is decoration."""
        paper = self._paper
        bottom = paper.get_y() + self._height(cells, size, bold=bold)
        top, x = paper.get_y() + _PAD, MARGIN
        tags, aligns = self._tags(scopes), (Align.R, Align.L)
        for number, (cell, width) in enumerate(zip(cells, self._widths, strict=True)):
            paper.ink(size, bold=bold, color=color)
            with paper.within(tags[number] if tags else None):
                for down, line in enumerate(spaced(paper.lines(cell, width)) if cell else []):
                    paper.set_xy(x, top + down * _LINE)
                    paper.cell(width, _LINE, line, align=aligns[number < self._texts])
            x += width + self._gap
        paper.set_y(bottom)

    def _tags(self, scopes: Sequence[str]) -> list[Tag]:
        if not scopes:
            return []
        with self._paper.tagged("TR"):
            return [self._paper.element("TH" if scope else "TD", scope=scope) for scope in scopes]

    def _height(self, cells: Sequence[str], size: float, *, bold: bool = False) -> float:
        self._paper.ink(size, bold=bold)
        lines = max(
            len(self._paper.lines(cell, width))
            for cell, width in zip(cells, self._widths, strict=True)
        )
        return lines * _LINE + 2 * _PAD

    def _measured(self) -> list[float]:
        """Return the widths: figures as wide as they are, texts share what is left."""
        natural = [self._natural(number) for number in range(len(self._headings))]
        figures = sum(natural[self._texts :])
        texts = natural[: self._texts]
        narrow = [min(one, _NARROW) for one in texts]
        gaps = max(1, len(natural) - 1)
        # Where all are as narrow as they can be, they stand closer to each other.
        self._gap = min(_GAP, max(_CLOSE, (self._paper.epw - sum(narrow) - figures) / gaps))
        room = self._paper.epw - (len(natural) - 1) * self._gap - figures
        if (wanted := sum(texts)) <= room:
            texts = [one + (room - wanted) / len(texts) for one in texts]
        else:
            share = max(0.0, room - sum(narrow)) / max(1.0, wanted - sum(narrow))
            texts = [
                least + share * (one - least) for one, least in zip(texts, narrow, strict=True)
            ]
        return [*texts, *natural[self._texts :]]

    def _natural(self, number: int) -> float:
        """Return the width of a column whose cells are not broken, and of a word of its heading."""
        paper = self._paper
        paper.ink(_HEADING)
        words = [paper.get_string_width(word) for word in self._headings[number].split()]
        paper.ink(_CELL, bold=True)
        rows = [*self._rows, *([self._total] if self._total is not None else [])]
        cells = [paper.get_string_width(paper.shown(row[number])) for row in rows]
        least = 0.0 if number < self._texts else _FIGURE
        return float(max([least, *words, *cells])) + 0.2
