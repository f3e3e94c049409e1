"""Intervals of time, against sets of seconds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.statistics.intervals import Interval, common, length, union

pytestmark = pytest.mark.unit

intervals = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
        lambda pair: (float(pair[0]), float(pair[1]))
    )
)


def covered(found: list[Interval]) -> set[int]:
    return {second for first, last in found for second in range(int(first), int(last))}


@given(intervals, intervals)
def test_they_cover_what_sets_of_seconds_do(some: list[Interval], others: list[Interval]) -> None:
    mine, yours = union(some), union(others)
    assert covered(mine) == covered(some)
    assert covered(common(mine, yours)) == covered(some) & covered(others)
    assert length(mine) == len(covered(some))
    for found in (mine, common(mine, yours)):
        assert all(first < last for first, last in found)
        assert all(one[1] < two[0] for one, two in pairwise(found))
