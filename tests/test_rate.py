"""What comes without end is taken at a pace, and the rest is counted."""

import pytest

from sipagent.rate import Limit

pytestmark = pytest.mark.unit


def test_a_flood_is_counted() -> None:
    now = 0.0
    limit = Limit(20, lambda: now)
    assert sum(limit.pass_one()[0] for _ in range(1000)) == 20
    now = 1.5
    assert limit.pass_one() == (True, 980)
    assert limit.pass_one() == (False, 0)
    now = 100.0
    assert [limit.pass_one() for _ in range(2)] == [(True, 1), (True, 0)]
