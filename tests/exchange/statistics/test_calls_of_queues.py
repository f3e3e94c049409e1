"""What the calls of a queue add up to."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.statistics import journal as reading
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import Call, CallFigures, Service, grouped, total
from sipagent.exchange.statistics.costs import By
from sipagent.reports.days import Clock, Days
from tests.exchange.statistics.journal_helpers import MORNING, WARSAW, journal, text, wait_in

pytestmark = pytest.mark.unit

SERVICE = Service(within=20, short=5)
OUTCOMES = (
    *("answered", "abandoned", "too-long", "too-many", "nobody", "left", "callback", "closed"),
    None,
)

calls = st.builds(
    Call,
    queue=st.sampled_from(["Biuro", "Serwis"]),
    arrived_at=st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 26)).map(
        lambda at: str(text(at.replace(tzinfo=UTC)))
    ),
    outcome=st.sampled_from(OUTCOMES),
    waited=st.floats(0, 3600),
    talked=st.none() | st.floats(0, 7200),
    wrapped=st.none() | st.floats(0, 600),
    again=st.integers(0, 1),
    back=st.sampled_from([None, "reached", "given up"]),
)


def figures_of(*rows: Call) -> CallFigures:
    return grouped(rows, SERVICE, lambda call: None).get(None, CallFigures())


def answered(waited: float) -> Call:
    return Call("Biuro", str(text(MORNING)), "answered", waited, 60.0, 5.0, 0, None)


def ended(outcome: str | None, waited: float = 30.0) -> Call:
    return Call("Biuro", str(text(MORNING)), outcome, waited, None, None, 0, None)


def test_a_service_level_leaves_out_whoever_has_hung_up_at_once() -> None:
    level = figures_of(
        *(answered(20.0), answered(20.1), ended("abandoned", 4.9), ended("abandoned", 5.0)),
        *(ended("too-long"), ended(None)),
    ).service_level
    assert level == 1 / 4


def test_nobody_has_a_service_level_without_calls() -> None:
    figures = figures_of(ended("abandoned", 1.0), ended(None))
    told = (figures.service_level, figures.abandon_rate, figures.asa, figures.p90, figures.aht)
    assert told == (None,) * 5


def test_calls_that_are_dialled_for_a_callback_are_handled_and_not_offered() -> None:
    asked = ended("callback")._replace(back="reached")
    again = answered(3.0)._replace(again=1)
    figures = figures_of(asked, again, ended("abandoned")._replace(again=1))
    assert (figures.offered, figures.callbacks, figures.reached, figures.given_up) == (1, 1, 1, 0)
    assert (figures.answered, figures.handled, figures.aht) == (0, 1, 65.0)


def test_who_talks_still_is_answered_and_has_no_handling_time_yet() -> None:
    figures = figures_of(answered(2.0)._replace(talked=None, wrapped=None), answered(4.0))
    assert (figures.answered, figures.handled, figures.aht, figures.asa) == (2, 1, 65.0, 3.0)


@given(st.lists(calls))
def test_each_offered_call_has_one_fate(rows: list[Call]) -> None:
    figures = figures_of(*rows)
    fates = (
        *(figures.answered, figures.abandoned, figures.short, figures.too_long, figures.too_many),
        *(figures.nobody, figures.left, figures.callbacks, figures.closed, figures.waiting),
    )
    assert sum(fates) == figures.offered == sum(not call.again for call in rows)
    assert figures.waits.total() == figures.answered


@given(st.lists(calls))
def test_hours_days_and_queues_add_up_to_the_same(rows: list[Call]) -> None:
    """However calls are grouped, nothing is lost, and times agree to the millisecond."""
    clock = Clock(WARSAW)
    whole = figures_of(*rows)
    for by in (
        lambda call: call.queue,
        lambda call: clock(call.arrived_at),
        lambda call: clock(call.arrived_at).day,
        lambda call: clock(call.arrived_at).hour,
    ):
        found = total(grouped(rows, SERVICE, by).values())
        for name in ("waited", "talked", "wrapped"):
            assert getattr(found, name) == pytest.approx(getattr(whole, name), abs=0.001)
            setattr(found, name, getattr(whole, name))
        assert found == whole


@given(st.lists(st.integers(0, 36_000), min_size=1))
def test_nine_of_ten_are_answered_by_the_90th_percentile(tenths: list[int]) -> None:
    waits = [one / 10 for one in tenths]
    p90 = figures_of(*map(answered, waits)).p90
    assert p90 in waits
    assert sum(one <= p90 for one in waits) >= 0.9 * len(waits)
    assert sum(one < p90 for one in waits) < 0.9 * len(waits)


def test_the_90th_percentile_is_what_others_call_so() -> None:
    waits = [float(one) for one in range(1, 101)]
    assert figures_of(*map(answered, waits)).p90 == 90.0
    assert quantiles(waits, n=10)[8] == pytest.approx(90.0, abs=1)


def test_calls_of_some_days_are_read_in_their_order(tmp_path: Path) -> None:
    days = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
    with journal(tmp_path / "line.db") as db:
        for at in (days.end, days.begin, days.end - timedelta(milliseconds=1)):
            wait_in(db, "Biuro", at)
        wait_in(db, "Biuro", days.begin - timedelta(milliseconds=1))
        wait_in(db, "Serwis")
        found = list(reading.calls(db, days))
        serwis = list(reading.calls(db, days, ["Serwis"]))
    assert [call.queue for call in found] == ["Biuro", "Serwis", "Biuro"]
    assert [call.queue for call in serwis] == ["Serwis"]


@pytest.mark.parametrize(
    ("outcomes", "back"),
    [
        ([], None),
        ([None], None),
        (["answered"], "reached"),
        (["abandoned"], "given up"),
        (["closed", "answered"], "reached"),
        (["abandoned", None], None),
    ],
)
def test_a_callback_is_reached_or_given_up_once_what_was_dialled_is_over(
    tmp_path: Path, outcomes: list[str | None], back: str | None
) -> None:
    days = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
    with journal(tmp_path / "line.db") as db:
        asked = wait_in(db, "Biuro", outcome="callback")
        for outcome in outcomes:
            wait_in(db, "Biuro", days.end, outcome, callback_of=asked)
        [call] = reading.calls(db, days)
    assert call.back == back


def test_rows_are_found_by_indexes_however_many_there_are(tmp_path: Path) -> None:
    days = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
    with journal(tmp_path / "line.db") as db:
        asked: list[str] = []
        db.conn.set_trace_callback(asked.append)
        there = Statistics(db)
        question = Question(days, days.end)
        for ask in (there.by_queue, there.by_hour, there.by_member, there.presences):
            ask(question)
        there.abandoned(question)
        there.traffic(days)
        there.costs(days, By.USER)
        db.conn.set_trace_callback(None)
        plans = [row[3] for sql in asked for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert len(asked) >= 9
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
