"""The statement as a picture: nothing runs over margins, footer or neighbours."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from sipagent.infoline.writing.statement import (
    AccountLine,
    ChargeLine,
    PremisesPart,
    Statement,
    render,
)
from sipagent.messages.paper import FOOT, MARGIN
from tests.infoline.writing.statement_samples import LONG, part, statement

pytestmark = pytest.mark.unit

#: Pixels in a millimetre.
SCALE = 4
_DAY = date(2026, 8, 31)
_WORD = "Konstantynopolitańczykowianeczka" * 9

SAMPLES = {
    "usual": statement(),
    "english": statement(language="en"),
    "nothing": statement(accounts=(), premises=()),
    "many": statement(premises=tuple(part(n % 7, n) for n in range(12))),
    "forty": statement(premises=(part(40),)),
    "long names": statement(
        manager=LONG,
        owner=_WORD,
        estate=LONG,
        accounts=tuple(AccountLine(name, -(10**13), _DAY) for name in (LONG, _WORD, "Konto")),
        premises=(PremisesPart(LONG, LONG, (ChargeLine(_WORD, 10**12, _DAY),) * 9),),
    ),
    "largest amounts": statement(
        accounts=(AccountLine("Konto", -(2**63), _DAY),) * 3,
        premises=(PremisesPart("Lokal", "", (ChargeLine("Opłata", -(2**63), _DAY),) * 3),) * 2,
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_pages_keep_their_margins(name: str, tmp_path: Path) -> None:
    for picture in _pictures(SAMPLES[name]):
        page = np.asarray(picture.convert("L"))
        height, width = page.shape
        edge = round((MARGIN - 0.7) * SCALE)
        foot = round(height - (FOOT - 0.5) * SCALE)
        assert page[edge:foot, edge : width - edge].min() < 100
        assert page[:edge].min() == 255
        assert page[:, :edge].min() == 255
        assert page[:, width - edge :].min() == 255
        assert page[foot : round(foot + 5 * SCALE)].min() == 255
        assert page[height - 9 * SCALE :].min() == 255


@pytest.mark.parametrize("name", SAMPLES)
def test_no_letter_lies_on_another(name: str) -> None:
    for boxes in _letters(SAMPLES[name]):
        rows: dict[int, list[tuple[float, float]]] = {}
        for left, bottom, right, _ in boxes:
            rows.setdefault(round(bottom), []).append((left, right))
        for row in rows.values():
            for (_, right), (left, _) in pairwise(sorted(row)):
                # Only the tail of a j lies below what stands before it.
                assert left > right - 1.5


def test_a_logo_keeps_its_shape_and_its_place(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (400, 400), "red").save(logo)
    [picture] = _pictures(statement(logo=logo, premises=()))
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    rows, columns = np.nonzero((pixels[:, :, 0] > 200) & (pixels[:, :, 1] < 60))
    high, wide = (np.ptp(found) / SCALE for found in (rows, columns))
    assert high == pytest.approx(18, abs=0.5)
    assert wide == pytest.approx(18, abs=0.5)
    assert columns.max() / SCALE == pytest.approx(210 - MARGIN, abs=0.5)


def test_a_transparent_logo_lies_on_white(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(logo)
    [picture] = _pictures(statement(logo=logo, premises=()))
    page = np.asarray(picture.convert("L"))
    assert page[round(MARGIN * SCALE) : round(36 * SCALE), -60 * SCALE :].min() == 255


def _pictures(data: Statement) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(render(data))
    for page in document:
        yield page.render(scale=SCALE * 25.4 / 72).to_pil()
    document.close()


def _letters(data: Statement) -> Iterator[list[tuple[float, float, float, float]]]:
    """Return for each page the boxes of its letters in points."""
    document = pypdfium2.PdfDocument(render(data))
    for page in document:
        text = page.get_textpage()
        boxes = [text.get_charbox(number) for number in range(text.count_chars())]
        yield [box for box in boxes if box[2] > box[0]]
    document.close()
