"""When members were logged in and paused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.statistics.intervals import length
from sipagent.exchange.statistics.presence import Change, presences

pytestmark = pytest.mark.unit

ANNA = "user:Anna Nowak"
#: Seconds of the histories below.
DAY = (100.0, 200.0)

histories = st.lists(
    st.builds(
        Change,
        queue=st.sampled_from([None, "Biuro", "Serwis"]),
        member=st.just(ANNA),
        at=st.integers(0, 250).map(float),
        state=st.sampled_from(["in", "out", "pause", "resume"]),
        reason=st.sampled_from(["", "obiad", "szkolenie"]),
    ),
    max_size=30,
).map(lambda changes: sorted(changes, key=lambda one: one.at))


def change(state: str, at: float, queue: str | None = "Biuro", reason: str = "") -> Change:
    return Change(queue, ANNA, at, state, reason)


def second_by_second(changes: list[Change]) -> tuple[int, dict[str, int]]:
    """Return the seconds logged in, and paused by reason, as somebody with a stopwatch would."""
    there: set[str] = set()
    pause: str | None = None
    logged_in, paused = 0, dict[str, int]()
    for second in range(250):
        for one in (one for one in changes if one.at == second):
            match one.state:
                case "in":
                    there.add(one.queue or "")
                case "out" if one.queue is None:
                    there.clear()
                case "out":
                    there.discard(one.queue or "")
                case "pause":
                    pause = one.reason
                case "resume":
                    pause = None
        if there and DAY[0] <= second < DAY[1]:
            logged_in += 1
            if pause is not None:
                paused[pause] = paused.get(pause, 0) + 1
    return logged_in, paused


@given(histories)
def test_any_history_is_what_a_stopwatch_shows(changes: list[Change]) -> None:
    there = presences(changes, DAY).get(ANNA)
    logged_in, paused = second_by_second(changes)
    if there is None:
        assert (logged_in, paused) == (0, {})
        return
    assert length(there.logged_in) == logged_in
    assert {reason: length(found) for reason, found in there.pauses.items()} == paused
    assert there.available == logged_in - sum(paused.values())


def test_who_came_on_an_earlier_day_is_there_still() -> None:
    there = presences([change("in", 3.0), change("pause", 150.0, None, "obiad")], DAY)[ANNA]
    assert there.logged_in == [DAY]
    assert there.pauses == {"obiad": [(150.0, 200.0)]}


def test_one_queue_may_be_asked_about() -> None:
    changes = [change("in", 100.0), change("in", 140.0, "Serwis"), change("out", 160.0)]
    assert presences(changes, DAY)[ANNA].logged_in == [DAY]
    assert presences(changes, DAY, frozenset({"Biuro"}))[ANNA].logged_in == [(100.0, 160.0)]
    assert presences(changes, DAY, frozenset({"Serwis"}))[ANNA].logged_in == [(140.0, 200.0)]


def test_a_pause_with_another_reason_ends_the_one_before() -> None:
    changes = [
        *(change("in", 100.0), change("pause", 110.0, None, "obiad")),
        *(change("pause", 130.0, None, "szkolenie"), change("resume", 135.0, None)),
    ]
    there = presences(changes, DAY)[ANNA]
    assert there.pauses == {"obiad": [(110.0, 130.0)], "szkolenie": [(130.0, 135.0)]}
    assert there.available == 75.0
