"""What a call costs: the longest prefix, begun units, whole grosze."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.model import Tariff
from sipagent.exchange.outward.tariff import cost, longest, tariff_of

pytestmark = pytest.mark.unit

TARIFFS = st.builds(
    Tariff,
    prefix=st.just("+48"),
    name=st.just("x"),
    per_minute=st.integers(0, 1000),
    connection=st.integers(0, 100),
    increment=st.sampled_from([1, 30, 60]),
)


def tariff(prefix: str = "+48", **fields: int) -> Tariff:
    return Tariff(prefix=prefix, name=prefix, **({"per_minute": 6} | fields))


@pytest.mark.parametrize(
    ("number", "prefix"),
    [("+48600100100", "+4860"), ("+48221000200", "+48"), ("+4930123456", None)],
)
def test_the_longest_prefix_wins(number: str, prefix: str | None) -> None:
    known = {one: tariff(one) for one in ("+48", "+4860", "+486009")}
    found = tariff_of(known, number)
    assert (found.prefix if found else None) == prefix


@pytest.mark.parametrize(
    ("fields", "milliseconds", "grosze"),
    [
        ({}, 60_000, 6),
        ({}, 1, 1),  # a tenth of a grosz is one
        ({}, 61_000, 7),
        ({"increment": 60}, 61_000, 12),
        ({"increment": 60}, 60_000, 6),
        ({"connection": 10}, 30_000, 13),
        ({"connection": 10}, 0, 10),
        ({"per_minute": 0}, 3_600_000, 0),
    ],
)
def test_cost(fields: dict[str, Any], milliseconds: int, grosze: int) -> None:
    assert cost(tariff(**fields), milliseconds) == grosze


@given(TARIFFS, st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_who_talks_longer_pays_no_less(one: Tariff, short: int, more: int) -> None:
    assert cost(one, short) <= cost(one, short + more)


@given(TARIFFS, st.integers(0, 100_000))
def test_what_can_be_paid_is_all_that_can_be_paid(one: Tariff, grosze: int) -> None:
    most = longest(one, grosze)
    if most is None:
        assert cost(one, 86_400_000) <= grosze
    elif most:
        assert cost(one, most) <= grosze
        assert cost(one, most + one.increment * 1000) > grosze
    else:
        assert cost(one, one.increment * 1000) > grosze
