"""Statistics of a queue say what the records of its calls say, to the second."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent import times
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.schema import statistics
from sipagent.records.legs import Legs, seconds_between
from sipagent.reports.days import Days
from sipagent.telephony.fake import Event
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import ANNAS, EWAS
from tests.exchange.queues.work import Work, caller, firm
from tests.exchange.statistics.journal_helpers import WARSAW
from tests.simulated import simulated

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 26, 9, tzinfo=UTC)


def stamp() -> str:
    """Return the simulated time as records have it."""
    return times.stored(BEGAN + timedelta(seconds=asyncio.get_running_loop().time()))


@simulated
async def test_what_is_talked_and_waited_is_what_the_records_say(tmp_path: Path) -> None:
    callees = {ANNAS: Callee(after=7, talks=63), EWAS: Callee(after=11, talks=127)}
    followed: list[tuple[str, Legs]] = []
    async with Work(callees, there=firm(strategy="in-order", wrap_up=0)).begun(tmp_path) as work:

        async def call(name: str, after: float) -> None:
            await asyncio.sleep(after)
            leg, legs = caller(name=name), Legs()

            def watch(event: Event) -> None:
                legs.take(event.kind, event.details, stamp())

            leg.watch = watch
            followed.append((stamp(), legs))
            await work.walk(leg, tmp_path)

        await asyncio.gather(call("a", 0), call("b", 20), call("c", 30))
        statistics.apply(work.db)
        today = datetime.now(UTC).astimezone(WARSAW).date()
        days = Days(today - timedelta(days=1), today + timedelta(days=1), WARSAW)
        there = Statistics(work.db)
        asked = Question(days, days.end)
        queue = there.by_queue(asked)["Serwis"]
        members = there.by_member(asked).values()
    talks = [(came, leg) for came, legs in followed for leg in legs.rows if leg.talked]
    assert queue.answered == len(talks) == 3
    assert round(queue.talked) == round(sum(leg.talked or 0.0 for _, leg in talks))
    waited = sum(seconds_between(came, leg.answered) or 0.0 for came, leg in talks)
    assert round(queue.waited) == round(waited)
    assert round(sum(one.talked for one in members)) == round(queue.talked)
