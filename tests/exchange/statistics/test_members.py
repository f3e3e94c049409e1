"""What members did."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import total
from sipagent.exchange.statistics.members import MemberFigures, Talk, figures_of
from sipagent.exchange.statistics.presence import Presence
from sipagent.reports.days import Days
from tests.exchange.statistics.journal_helpers import (
    MORNING,
    WARSAW,
    change,
    journal,
    offer,
    wait_in,
)

pytestmark = pytest.mark.unit

ANNA, JAN = "user:Anna Nowak", "user:Jan Kowal"
TODAY = Days(date(2026, 11, 26), date(2026, 11, 26), WARSAW)
ASKED = Question(TODAY, TODAY.end)
MINUTE = timedelta(minutes=1)


def test_offers_have_each_one_end(tmp_path: Path) -> None:
    outcomes = [
        *("answered", "missed", "missed", "refused", "busy", "unreachable"),
        *("elsewhere", "withdrawn", None),
    ]
    with journal(tmp_path / "line.db") as db:
        call = wait_in(db, "Biuro")
        for outcome in outcomes:
            offer(db, call, outcome)
        offer(db, call, "answered", JAN, at=TODAY.end)
        found = Statistics(db).by_member(ASKED)
    anna = found[ANNA]
    assert (anna.offered, anna.answered, anna.missed, anna.refused) == (9, 1, 2, 1)
    rest = (anna.busy, anna.unreachable, anna.elsewhere, anna.withdrawn, anna.ringing)
    assert rest == (1, 1, 1, 1, 1)
    assert JAN not in found


def test_occupancy_is_talk_and_wrap_up_of_the_time_in_which_calls_could_come(
    tmp_path: Path,
) -> None:
    with journal(tmp_path / "line.db") as db:
        change(db, "in", MORNING)
        change(db, "pause", MORNING + 60 * MINUTE, queue=None, reason="obiad")
        change(db, "resume", MORNING + 90 * MINUTE, queue=None)
        change(db, "out", MORNING + 130 * MINUTE)
        # 25 minutes: 20 of talk and 5 of wrap-up, the last of them in the pause.
        wait_in(db, "Biuro", MORNING + 36 * MINUTE, waited=0.0, talked=1200.0, wrapped=300.0)
        anna = Statistics(db).by_member(ASKED)[ANNA]
    assert (anna.logged_in, anna.paused, anna.available) == (7800.0, 1800.0, 6000.0)
    assert (anna.handled, anna.talked, anna.wrapped, anna.aht) == (1, 1200.0, 300.0, 1500.0)
    assert anna.occupied == pytest.approx(24 * 60)
    assert anna.occupancy == pytest.approx(0.24)


def test_a_talk_over_midnight_counts_where_the_call_arrived_and_takes_time_of_both_days(
    tmp_path: Path,
) -> None:
    yesterday = Days(date(2026, 11, 25), date(2026, 11, 25), WARSAW)
    with journal(tmp_path / "line.db") as db:
        change(db, "in", TODAY.begin - 60 * MINUTE)
        wait_in(db, "Biuro", TODAY.begin - MINUTE, waited=0.0, talked=180.0, wrapped=0.0)
        there = Statistics(db)
        before = there.by_member(Question(yesterday, TODAY.end))[ANNA]
        after = there.by_member(ASKED)[ANNA]
    assert (before.handled, before.talked, before.occupied) == (1, 180.0, 60.0)
    assert (after.handled, after.talked, after.occupied) == (0, 0.0, 120.0)


def test_who_talks_now_is_occupied_until_now(tmp_path: Path) -> None:
    with journal(tmp_path / "line.db") as db:
        change(db, "in", MORNING)
        wait_in(db, "Biuro", MORNING, waited=30.0, talked=None, wrapped=None)
        anna = Statistics(db).by_member(Question(TODAY, MORNING + MINUTE))[ANNA]
    assert (anna.logged_in, anna.occupied, anna.handled) == (60.0, 30.0, 0)


def test_a_talk_that_a_crash_has_ended_takes_no_time(tmp_path: Path) -> None:
    with journal(tmp_path / "line.db") as db:
        change(db, "in", MORNING)
        wait_in(db, "Biuro", MORNING, talked=None, wrapped=None)
        db.execute("UPDATE queue_calls SET ended_at = answered_at")
        there = Statistics(db)
        anna = there.by_member(ASKED)[ANNA]
        queue = there.by_queue(ASKED)["Biuro"]
    assert (anna.handled, anna.occupied) == (queue.handled, 0.0) == (0, 0.0)
    assert queue.answered == 1


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_nights_in_which_the_clocks_change_are_as_long_as_they_are(
    tmp_path: Path, day: str, hours: int
) -> None:
    days = Days(date.fromisoformat(day), date.fromisoformat(day), WARSAW)
    with journal(tmp_path / "line.db") as db:
        change(db, "in", days.begin - MINUTE)
        anna = Statistics(db).by_member(Question(days, days.end))[ANNA]
    assert anna.logged_in == hours * 3600


members = st.sampled_from([ANNA, JAN])


@given(
    st.lists(
        st.tuples(members, st.floats(0, 7200), st.floats(0, 900), st.floats(0, 86_400)), max_size=20
    )
)
def test_nobody_is_occupied_for_longer_than_there(
    calls: list[tuple[str, float, float, float]],
) -> None:
    span = (0.0, 86_400.0)
    talks = [Talk(member, at, talked, wrapped, True) for member, talked, wrapped, at in calls]
    there = {name: Presence([(1000.0, 50_000.0)], {"": [(2000.0, 9000.0)]}) for name in (ANNA, JAN)}
    for figures in figures_of([], talks, there, span).values():
        assert 0 <= figures.occupied <= figures.available + 1e-6
    whole = MemberFigures()
    for one in figures_of([], talks, there, span).values():
        whole.add(one)
    assert whole.handled == len(calls)
    assert whole.talked == pytest.approx(sum(talked for _, talked, _, _ in calls))


moments = st.datetimes(datetime(2026, 11, 25, 20), datetime(2026, 11, 27, 2)).map(
    lambda at: at.replace(tzinfo=MORNING.tzinfo)
)


def test_queues_hours_and_members_agree(tmp_path: Path) -> None:
    """Sums of queues, hours and members are the same, to the second."""
    with journal(tmp_path / "line.db") as db:
        there = Statistics(db)

        @given(st.lists(st.tuples(members, moments, st.integers(0, 4000), st.integers(0, 900))))
        def agree(calls: list[tuple[str, datetime, int, int]]) -> None:
            db.execute("DELETE FROM queue_calls")
            for member, at, talked, wrapped in calls:
                wait_in(db, "Biuro", at, talked=talked, wrapped=wrapped, member=member)
            arrived = [call for call in calls if TODAY.begin <= call[1] < TODAY.end]
            queues = total(there.by_queue(ASKED).values())
            for figures in (queues, total(there.by_hour(ASKED).values())):
                assert figures.answered == len(arrived)
                assert figures.talked == sum(call[2] for call in arrived)
                assert figures.wrapped == sum(call[3] for call in arrived)
            of_members = there.by_member(ASKED).values()
            assert sum(one.handled for one in of_members) == queues.handled
            assert sum(one.talked for one in of_members) == queues.talked
            assert sum(one.wrapped for one in of_members) == queues.wrapped

        agree()
