"""Calls are found again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sipagent.errors import DataError
from sipagent.records.history import History
from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.records.record_helpers import history, start_of

pytestmark = pytest.mark.unit


@pytest.fixture
async def past(recorder: Recorder, path: Path) -> History:
    for call in ("a1", "a2", "b1", "b12"):
        record = await recorder.open(start_of(call, None if call == "b1" else "+48600100101"))
        record.label("owner", f"10000{call[-1]}")
        await record.close("agent", "failed" if call == "a2" else "done", 200)
    return history(path)


async def test_by_name(past: History) -> None:
    assert past.call("last").id == "b12"
    assert past.call("a2").id == "a2"
    assert past.call("b1").id == "b1"
    with pytest.raises(DataError, match="several calls begin with 'a'"):
        past.call("a")
    with pytest.raises(DataError, match="no call 'zz'"):
        past.call("zz")


async def test_the_last_of_none(path: Path) -> None:
    with pytest.raises(DataError, match="no call 'last'"):
        history(path).call("last")


async def test_by_what_they_were(past: History) -> None:
    assert [call.id for call in past.calls(caller="+48600100101")] == ["b12", "a2", "a1"]
    assert [call.id for call in past.calls(labels={"owner": "100002"})] == ["b12", "a2"]
    assert [call.id for call in past.calls(outcome="failed")] == ["a2"]
    assert [call.id for call in past.calls(outcome="failed", labels={"owner": "100001"})] == []
    assert len(past.calls(limit=2)) == 2


async def test_by_time(past: History) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert past.calls(until=hour_ago) == []
    assert len(past.calls(since=hour_ago)) == 4
    warsaw = hour_ago.astimezone(datetime.now().astimezone().tzinfo)
    assert len(past.calls(since=warsaw)) == 4


@pytest.mark.parametrize(
    ("wish", "index"),
    [
        ({"caller": "x"}, "calls_by_caller"),
        ({"labels": {"owner": "x"}}, "call_labels_by_value"),
        ({"since": datetime.now(UTC)}, "calls_by_time"),
    ],
)
def test_many_calls_are_not_read_through(path: Path, wish: dict[str, Any], index: str) -> None:
    db = open_database(path, [records])
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    History(db).calls(**wish)
    db.conn.set_trace_callback(None)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}")]
    assert any(index in step for step in plan)
    assert not any(step.startswith("SCAN calls") and "INDEX" not in step for step in plan)
