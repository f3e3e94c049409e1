"""Price lists as carriers hand them out."""

import pytest

from sipagent.errors import DataError
from sipagent.exchange.lists import decoded
from sipagent.exchange.model import Exchange, Tariff
from sipagent.exchange.outward.price_list import price, read, written

pytestmark = pytest.mark.unit


def test_a_list_of_a_carrier() -> None:
    text = (
        "\ufeffprefix;name;per_minute;connection;increment;vat\n"
        "+48;Polska;0,06;;1;23\n\n004860;Polska, komórki;0,0399;0,10;60;\n"
    )
    found = read(decoded(text.encode(), "prices.csv"), "prices.csv")
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
def test_what_is_wrong_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read(text, "prices.csv")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "grosze"), [("0,06", 6), ("0.0601", 7), ("0,0600", 6), ("1", 100), ("0,009", 1)]
)
def test_fractions_of_a_grosz_are_rounded_up(text: str, grosze: int) -> None:
    assert price(text) == grosze


def test_what_is_written_is_read_again() -> None:
    kept = (
        Tariff(prefix="+48", name='Polska, "stacjonarne"', per_minute=6),
        Tariff(prefix="+4860", name="=komórki", per_minute=4, connection=10, increment=60, vat=8),
    )
    assert read(written(Exchange(tariffs=kept)), "prices.csv") == kept
