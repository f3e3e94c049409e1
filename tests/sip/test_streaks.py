"""How long who errs has to wait."""

import pytest

from sipagent.config import LoginSection
from sipagent.sip.streaks import Streaks

pytestmark = pytest.mark.unit

SETTINGS = LoginSection(failures=2, wait=10, longest_wait=35)


class Clock:
    """Seconds that a test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def streaks(clock: Clock) -> Streaks:
    return Streaks(SETTINGS, clock)


def test_each_failure_doubles_the_wait_up_to_the_longest(streaks: Streaks) -> None:
    waits = []
    for _ in range(5):
        streaks.count("anna")
        waits.append(streaks.wait("anna"))
    assert waits == [0, 10, 20, 35, 35]
    assert streaks.wait("jan") == 0


def test_a_wait_passes_and_a_streak_is_forgotten(streaks: Streaks, clock: Clock) -> None:
    for _ in range(3):
        streaks.count("anna")
    clock.now += 19
    assert streaks.wait("anna") == 1
    clock.now += 1 + SETTINGS.longest_wait + 1
    streaks.count("anna")
    assert streaks.wait("anna") == 0


def test_a_success_ends_it(streaks: Streaks) -> None:
    streaks.count("anna")
    streaks.count("anna")
    streaks.forget("anna")
    assert streaks.wait("anna") == 0


def test_a_flood_of_names_does_not_fill_memory(
    streaks: Streaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.sip.streaks._MOST", 3)
    for number in range(10):
        streaks.count(f"name {number}")
    assert len(streaks._streaks) == 3
