"""Session timers (RFC 4028): a call lasts while both ends are there, and no longer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import FarEnd
from tests.calls.timers import ALIVE, HABITS, OVER, TIMER, Timed

pytestmark = pytest.mark.line


@pytest.fixture(scope="module")
def timed(wide: Daemon) -> Iterator[dict[str, Timed]]:
    """Calls of a minute, side by side."""
    with ThreadPoolExecutor(len(HABITS)) as callers:
        yield {name: callers.submit(habit, wide) for name, habit in HABITS.items()}


@pytest.mark.parametrize(
    ("habit", "answer", "refreshed"),
    [
        ("asks the line", "90;refresher=uas", "UPDATE"),
        ("knows no timers", "90;refresher=uas", "INVITE"),
        ("crosses a refresh", "90;refresher=uas", ""),
        ("refreshes by UPDATE", "90;refresher=uac", ""),
        ("refreshes by INVITE", "90;refresher=uac", ""),
    ],
)
def test_a_call_that_is_refreshed_goes_on(
    wide: Daemon, timed: dict[str, Timed], habit: str, answer: str, refreshed: str
) -> None:
    outcome = timed[habit].result()
    assert (outcome.answer, outcome.refreshed) == (answer, refreshed)
    assert outcome.seconds >= ALIVE
    assert outcome.heard, "its audio goes on"
    record = wide.ended_call(outcome.sip_id)
    assert (record.ended_by, record.sip_code) == ("caller", 200)


@pytest.mark.parametrize(
    ("habit", "after", "code", "reason"),
    [
        ("stops", OVER, 408, "No session refresh received."),
        ("knows the call no more", OVER - 15, 481, "Call/Transaction Does Not Exist"),
    ],
)
def test_a_far_end_that_is_gone_is_given_up(
    wide: Daemon, timed: dict[str, Timed], habit: str, after: float, code: int, reason: str
) -> None:
    outcome = timed[habit].result()
    assert outcome.hung_up
    assert after - 1 < outcome.seconds < after + 2
    record = wide.ended_call(outcome.sip_id)
    assert (record.ended_by, record.outcome, record.sip_code) == ("caller", "hung-up", code)
    (end,) = [e for e in wide.timeline(record.id) if e.kind == "hung-up"]
    assert end.details["reason"] == reason


def test_an_interval_that_is_too_short_is_told(wide: Daemon) -> None:
    with FarEnd(wide.port, ANNA, TIMER, "Session-Expires: 60") as phone:
        refused = phone.call(phone.sdp())
        assert (refused.status, refused.header("Min-SE")) == (422, "90")
