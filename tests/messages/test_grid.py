"""Grids of figures on paper."""

import io
from datetime import UTC, datetime

import pypdf
import pytest

from sipagent.messages.grid import Grid
from sipagent.messages.paper import Imprint, Paper

pytestmark = pytest.mark.unit

HEADINGS = ["queue", "offered calls", "longest wait"]
LONG = "Zgłoszenia awarii całodobowe i sprawy, których nikt inny nie przyjmuje " * 3


def paper() -> Paper:
    made = datetime(2026, 11, 26, tzinfo=UTC)
    found = Paper(Imprint("Grid", "sipagent", "en", made, "", "{page} of {pages}", "", "grid"))
    found.add_page()
    return found


def pages(written: Paper) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(bytes(written.output())))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_names_are_broken_and_figures_are_not() -> None:
    written = paper()
    Grid(written, HEADINGS, [[LONG, "1234567", "12:34:56"]], total=["total", "1", "2"]).write()
    [text] = pages(written)
    assert " ".join(LONG.split()) in text
    assert "1234567 12:34:56" in text
    assert text.index("total") > text.index("12:34:56")


def test_headings_come_again_on_each_page() -> None:
    written = paper()
    rows = [[f"queue {number}", str(number), "0:10"] for number in range(120)]
    Grid(written, HEADINGS, rows).write()
    texts = pages(written)
    assert len(texts) > 2
    assert all("offered calls" in text and "longest wait" in text for text in texts)
    whole = " ".join(texts)
    assert all(f"queue {number} {number} 0:10" in whole for number in range(120))


def test_columns_of_texts_share_what_is_left() -> None:
    written = paper()
    row = [LONG, LONG, "1", "2"]
    Grid(written, ["from", "to", "calls", "wait"], [row, row], texts=2).write()
    assert written.get_y() < 150  # both are broken, and neither into letters
    [text] = pages(written)
    assert text.count("Zgłoszenia") == 12


def test_many_columns_stand_closer_and_none_beyond_the_page() -> None:
    written, beyond = paper(), []
    headings = [
        *("dzień", "połączenia", "zalogowani", "odmowy", "zestawienia", "zgłoszenia", "czas"),
        *("klawisz 1", "klawisz 2", "klawisz 3", "klawisz 9"),
    ]
    cell = written.cell

    def noted(width: float, *others: object, **more: object) -> object:
        beyond.append(written.get_x() + width)
        return cell(width, *others, **more)

    written.cell = noted  # type: ignore[method-assign, assignment]
    Grid(written, headings, [["2026-11-26", *["1"] * 10]]).write()
    assert max(beyond) <= written.w - written.r_margin + 0.01
