"""Times of tickets: only support hours count, over nights, holidays and the change of clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sipagent.hours import Hours
from sipagent.tickets.model import Importance, Status, Ticket, Way
from sipagent.tickets.times import Taken, taken, within
from tests.tickets.test_tickets import ANNA

pytestmark = pytest.mark.unit

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = "mon-fri 08:00-16:00"


def minutes(hours: str, begun: str, ended: str) -> float:
    """Return the minutes that count, from times of Warsaw."""
    moments = [datetime.fromisoformat(one).replace(tzinfo=WARSAW) for one in (begun, ended)]
    return within(Hours.parse(hours), WARSAW, *moments) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hours", "begun", "ended", "counts"),
    [
        (OFFICE, "2026-11-23 09:00", "2026-11-23 09:45", 45),
        (OFFICE, "2026-11-23 06:00", "2026-11-23 09:00", 60),
        (OFFICE, "2026-11-23 15:30", "2026-11-24 08:30", 60),
        (OFFICE, "2026-11-27 15:00", "2026-11-30 09:00", 120),  # a weekend
        (OFFICE, "2026-11-10 15:00", "2026-11-12 09:00", 120),  # Independence Day
        (OFFICE, "2026-11-28 10:00", "2026-11-29 10:00", 0),
        ("mon 22:00-06:00", "2026-11-24 05:00", "2026-11-24 07:00", 60),
        ("mon 08:00-12:00; mon 10:00-14:00", "2026-11-23 07:00", "2026-11-23 15:00", 360),
        ("", "2026-10-25 00:00", "2026-10-25 06:00", 7 * 60),  # 3:00 is 2:00 again
        ("", "2026-03-29 00:00", "2026-03-29 06:00", 5 * 60),
        (OFFICE, "2026-11-23 10:00", "2026-11-23 09:00", 0),  # a clock was set back
    ],
)
def test_only_support_hours_count(hours: str, begun: str, ended: str, counts: int) -> None:
    assert minutes(hours, begun, ended) == counts


def test_a_ticket_has_a_time_of_answer_and_one_of_solution() -> None:
    ticket = Ticket(
        id=1,
        number=101,
        version=1,
        status=Status.SOLVED,
        importance=Importance.NORMAL,
        way=Way.MAIL,
        subject="Kran",
        assignee="",
        call="",
        created="2026-11-23T14:30:00+00:00",
        updated="2026-11-24T09:00:00+00:00",
        answered="2026-11-23T14:45:00+00:00",
        solved="2026-11-24T09:00:00+00:00",
        words="",
        asker=ANNA,
    )
    office = Hours.parse(OFFICE)
    assert taken(ticket, office, WARSAW) == Taken(timedelta(minutes=15), timedelta(hours=2.5))
    unsolved = replace(ticket, answered=None, solved=None)
    assert taken(unsolved, office, UTC) == Taken(None, None)
