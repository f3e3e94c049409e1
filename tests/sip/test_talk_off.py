"""Speech is no key: half a minute of what bench/talk_off.py reads for an hour, by six people."""

import pytest

from bench.talk_off import PEOPLE, measure

pytestmark = pytest.mark.line


def test_nobody_talks_a_key() -> None:
    figures = measure(30.0)
    assert figures["keys"] == 0, figures
    assert float(str(figures["minutes"])) > 0.4 * len(PEOPLE)
