"""CSV that a spreadsheet may open."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.sheet import csv_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1+cmd", "'+1+cmd"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("+48600100101", "+48600100101"),
        ("-12.50", "-12.50"),
        (-5, "-5"),
        (None, ""),
        ("infolinia", "infolinia"),
    ],
)
def test_no_text_is_a_formula(value: object, written: str) -> None:
    [_, row] = csv.reader(io.StringIO(csv_text(["a", "b"], [[value, "x"]])))
    assert row == [written, "x"]


@given(
    st.lists(st.lists(st.text(st.characters(exclude_characters="\r\x00")), min_size=2, max_size=2))
)
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_text(["a", "b"], rows), newline="")))
    assert read[0] == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in read[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
