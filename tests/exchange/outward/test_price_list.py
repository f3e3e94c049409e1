"""Price lists as carriers hand them out."""

from pathlib import Path

import pytest

from sipagent.errors import DataError
from sipagent.exchange.model import Tariff
from sipagent.exchange.outward.price_list import price, read

pytestmark = pytest.mark.unit


def file(folder: Path, text: str) -> Path:
    path = folder / "prices.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_list_of_a_carrier(tmp_path: Path) -> None:
    found = read(
        file(
            tmp_path,
            "\ufeffprefix;name;per_minute;connection;increment;vat\n"
            "+48;Polska;0,06;;1;23\n\n004860;Polska, komórki;0,0399;0,10;60;\n",
        )
    )
    assert found == (
        Tariff(prefix="+48", name="Polska", per_minute=6),
        Tariff(prefix="+4860", name="Polska, komórki", per_minute=4, connection=10, increment=60),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prefix,name\n", "there is no column per_minute"),
        ("prefix,name,per_minute,price\n", "nobody knows the column price"),
        ("prefix,name,per_minute\n+48,x,tanio\n", ":2: 'tanio' is not an amount"),
        ("prefix,name,per_minute\n+48,x,-1\n", ":2: '-1' is less than nothing"),
        ("prefix,name,per_minute\nabc,x,1\n", ":2: prefix: 'abc' is no beginning of numbers"),
        ("prefix,name,per_minute\n48,x,1\n+48,y,1\n", ":3: +48 stands in the file twice"),
        ("prefix,name,per_minute\n+48,x,0,06\n", ":2: has more cells than there are columns"),
        ("prefix,name,name,per_minute\n+48,x,y,1\n", ":1: the column name stands there twice"),
        ('prefix,name,per_minute\n+48,"x,1\n+49,y,1\n', ":2: is no CSV: "),
        (f"prefix,name,per_minute\n+48,{'x' * 200_000},1\n", ":2: is no CSV: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(file(tmp_path, text))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "grosze"), [("0,06", 6), ("0.0601", 7), ("0,0600", 6), ("1", 100), ("0,009", 1)]
)
def test_fractions_of_a_grosz_are_rounded_up(text: str, grosze: int) -> None:
    assert price(text) == grosze
