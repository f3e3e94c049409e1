"""A call leaves its row and its timeline, however it goes and however many there are."""

import asyncio
import logging
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sipagent.records.history import export
from sipagent.records.recorder import CallRecord, Recorder
from sipagent.store.store import Store
from sipagent.telephony.leg import Timeline
from sipagent.telephony.party import Verstat
from tests.records.record_helpers import history, start_of

pytestmark = pytest.mark.unit


async def test_a_whole_call(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    assert history(path).call("a1").ended is None
    record.note("answer", {})
    record.note("prompt", {"key": "greeting", "text": "Dzień dobry."})
    record.note("digit", {"digit": "1"})
    record.update(language="pl")
    record.label("owner", "100001")
    record.label("manager", 3)
    await record.close("caller", "hung-up", 200)
    call = history(path).call("a1")
    assert (call.owner, call.manager, call.ended_by, call.sip_code) == ("100001", 3, "caller", 200)
    assert call.answered is not None
    assert call.answered.endswith("+00:00")
    assert call.seconds is not None
    assert 0 <= call.seconds < 5
    timeline = history(path).timeline("a1")
    assert [event.kind for event in timeline] == ["answer", "prompt", "digit"]
    assert timeline[1].details == {"key": "greeting", "text": "Dzień dobry."}


async def test_a_call_that_was_refused(recorder: Recorder, path: Path) -> None:
    recorder.refuse(start_of(), 488, "codec")
    await recorder.written()
    call = history(path).call("a1")
    assert (call.ended_by, call.outcome, call.sip_code) == ("agent", "refused", 488)
    assert call.answered is None
    assert call.ended is not None
    (event,) = history(path).timeline("a1")
    assert (event.kind, event.details) == ("refused", {"code": 488, "reason": "codec"})


async def test_a_record_is_a_timeline(recorder: Recorder) -> None:
    timeline: Timeline = await recorder.open(start_of())
    timeline.note("digit", {"digit": "1"})


async def test_the_row_is_there_before_the_answer(recorder: Recorder, path: Path) -> None:
    for number in range(20):
        await recorder.open(start_of(f"c{number}"))
        assert history(path).call(f"c{number}").answered is None


async def test_secret_keys_are_dots(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.note("digit", {"digit": "7", "secret": True})
    record.note("pin", {"digits": "7731", "secret": True})
    record.note("digit", {"digit": "8", "secret": False})
    await recorder.written()
    details = [event.details for event in history(path).timeline("a1")]
    assert details == [{"digit": "•"}, {"digits": "•"}, {"digit": "8"}]


async def test_what_strangers_send_has_no_control_characters(
    recorder: Recorder, path: Path
) -> None:
    record = await recorder.open(start_of(sip_id="a\x1b[2J@x", called="x\r\nX-Evil: y"))
    record.note("refer", {"reason": "No\x00\x9b31m", "code": 603})
    await recorder.written()
    call = history(path).call("a1")
    assert (call.sip_id, call.called) == ("a [2J@x", "x  X-Evil: y")
    (event,) = history(path).timeline("a1")
    assert event.details == {"reason": "No  31m", "code": 603}


async def test_a_carriers_check_of_the_number_is_kept(recorder: Recorder, path: Path) -> None:
    await recorder.open(replace(start_of(), verstat=Verstat.PASSED))
    await recorder.open(start_of("a2"))
    assert history(path).call("a1").verstat == "TN-Validation-Passed"
    assert history(path).call("a2").verstat is None


async def test_events_keep_their_order_and_their_time(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    for number in range(2000):
        record.note("event", {"number": number})
        if number == 1000:
            await asyncio.sleep(0.2)
    await record.close("caller", "hung-up", 200)
    timeline = history(path).timeline("a1")
    assert [event.details["number"] for event in timeline] == list(range(2000))
    times = [event.at_ms for event in timeline]
    assert times == sorted(times)
    assert times[1001] - times[1000] >= 200


async def test_a_thousand_calls_at_once(recorder: Recorder, path: Path) -> None:
    async def call(number: int) -> None:
        record = await recorder.open(start_of(f"c{number:04}"))
        for digit in "123":
            record.note("digit", {"digit": digit})
            await asyncio.sleep(0)
        await record.close("caller", "hung-up", 200)

    began = time.monotonic()
    await asyncio.gather(*(call(number) for number in range(1000)))
    assert time.monotonic() - began < 10  # half a second on an idle machine
    past = history(path)
    calls = past.calls(limit=2000)
    assert len(calls) == 1000
    assert all(call.ended_by == "caller" for call in calls)
    for number in (0, 500, 999):
        pressed = [event.details["digit"] for event in past.timeline(f"c{number:04}")]
        assert pressed == ["1", "2", "3"]


async def test_many_events_take_few_transactions(
    recorder: Recorder, store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    commit = store._writer._commit

    def counted(batch: deque[Any]) -> object:
        commits.append(len(batch))
        return commit(batch)

    monkeypatch.setattr(store._writer, "_commit", counted)
    record = await recorder.open(start_of())
    for _ in range(200):
        record.note("event", {})
        await asyncio.sleep(0.002)
    await recorder.written()
    assert len(history(path).timeline("a1")) == 200
    assert sum(commits) == 201
    assert len(commits) < 40


async def test_a_caller_who_is_gone_before_the_answer(recorder: Recorder, path: Path) -> None:
    task = asyncio.create_task(recorder.open(start_of()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await recorder.written()
    assert history(path).call("a1").ended_by == "shutdown"


async def test_what_strangers_send_need_not_be_text(recorder: Recorder, path: Path) -> None:
    await recorder.open(start_of(sip_id="\udcff@x", called="\udcfe"))
    await (await recorder.open(start_of("a2"))).close("caller", "hung-up", 200)
    assert history(path).call("a1").sip_id == "?@x"
    assert history(path).call("a2").ended_by == "caller"


async def test_one_faulty_row_holds_up_no_other(
    recorder: Recorder, store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await recorder.open(start_of("a1"))
    twin = await recorder.open(start_of("a1"))
    stranger = CallRecord(store, start_of("nobody"), recorder.trace)
    stranger.note("digit", {"digit": "1"})
    twin.update(sip_code=2**80)
    await (await recorder.open(start_of("a2"))).close("caller", "hung-up", 200)
    assert history(path).call("a2").ended_by == "caller"
    messages = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(messages) == 3
    assert "UNIQUE constraint failed: calls.id" in messages[0]


async def test_a_faulty_note_raises_nothing(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    circle: dict[str, object] = {}
    circle["circle"] = circle
    record.note("path", {"path": Path("/x")})  # type: ignore[dict-item]
    record.note("circle", circle)  # type: ignore[arg-type]
    record.note("nothing", None)  # type: ignore[arg-type]
    await recorder.written()
    timeline = history(path).timeline("a1")
    assert [event.kind for event in timeline] == ["path", "circle", "nothing"]
    assert timeline[0].details == {"path": "/x"}


async def test_only_what_changes_can_be_set(recorder: Recorder) -> None:
    record = await recorder.open(start_of())
    record.update()
    with pytest.raises(ValueError, match="has no id, nonsense to set"):
        record.update(nonsense=1, id="b")


async def test_it_can_be_stopped_twice_and_started_again(
    recorder: Recorder, store: Store, path: Path
) -> None:
    record = await recorder.open(start_of())
    record.note("digit", {"digit": "1"})
    await store.close()
    await store.close()
    assert len(history(path).timeline("a1")) == 1
    await record.close("caller", "hung-up", 200)
    assert history(path).call("a1").ended is None


async def test_export(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.note("digit", {"digit": "1", "kind": "other", "at_ms": -1})
    await record.close("caller", "hung-up", 200)
    past = history(path)
    shown = export(past.call("a1"), past.timeline("a1"))
    assert shown["call"]["caller"] == "+48600100101"
    assert shown["call"]["asserted"] is False
    event = shown["timeline"][0]
    assert list(event) == ["at_ms", "kind", "digit"]
    assert (event["kind"], event["digit"]) == ("digit", "1")
    assert event["at_ms"] >= 0
