"""Speech is no key: half a minute of what bench/talk_off.py reads for an hour, by six people."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from talk_off import PEOPLE, measure


def test_nobody_talks_a_key() -> None:
    figures = measure(30.0)
    assert figures["keys"] == 0, figures
    assert float(str(figures["minutes"])) > 0.4 * len(PEOPLE)
