"""The SIP messages of calls are kept, and those of nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from sipagent.records import trace
from sipagent.records.history import delete_messages
from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.records.record_helpers import history, start_of
from tests.records.sip_samples import BEGAN, came, conversation, invite, second_leg, text

pytestmark = pytest.mark.unit


def kept(path: Path, call: str = "a1") -> list[str]:
    """Return what each message of a call begins with."""
    seen = history(path)
    return [row.text.partition("\r\n")[0] for row in seen.trace(seen.call(call))]


async def test_what_came_before_the_record_is_kept_too(recorder: Recorder, path: Path) -> None:
    first, *rest = conversation()
    recorder.trace.take(first)
    record = await recorder.open(start_of())
    for message in rest[:-1]:
        recorder.trace.take(message)
    await record.close("caller", "hung-up", 200)
    recorder.trace.take(rest[-1])
    await recorder.written()
    assert kept(path) == [one.text.partition("\r\n")[0] for one in conversation()]
    row = history(path).trace(history(path).call("a1"))[0]
    assert (row.at, row.sent, row.peer, row.transport) == (BEGAN, False, first.peer, "UDP")
    assert (row.leg, row.text) == (0, first.text)


async def test_a_second_leg_belongs_to_the_call(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    *before, bye, answer = conversation()
    legs = second_leg()
    for message in (*before, legs[0]):
        recorder.trace.take(message)
    record.note("second-leg", {"sip_id": "b1@x"})
    for message in (legs[1], bye, answer):
        recorder.trace.take(message)
    await recorder.written()
    rows = history(path).trace(history(path).call("a1"))
    assert [row.leg for row in rows] == [0, 0, 0, 0, 1, 1, 0, 0]
    assert rows[5].text.startswith("SIP/2.0 486")


async def test_calls_that_were_refused_leave_nothing(recorder: Recorder, path: Path) -> None:
    for message in conversation("refused@x"):
        recorder.trace.take(message)
    for method in ("REGISTER", "OPTIONS"):
        recorder.trace.take(came(0, text(f"{method} sip:x SIP/2.0", f"1 {method}", "o@x"), "o@x"))
    await recorder.open(start_of())
    await recorder.written()
    db = open_database(path, [records])
    assert db.execute("SELECT count(*) FROM sip_messages").fetchone()[0] == 0


async def test_a_flood_does_not_fill_the_memory(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_UNKNOWN", 3)
    for number in range(5):
        recorder.trace.take(invite(f"c{number}@x"))
    for number in range(5):
        await recorder.open(start_of(f"c{number}"))
    await recorder.written()
    assert [len(kept(path, f"c{number}")) for number in range(5)] == [0, 0, 1, 1, 1]


async def test_a_call_keeps_so_many_messages_and_no_more(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_MOST", 4)
    monkeypatch.setattr(trace, "_LONGEST", 30)
    await recorder.open(start_of())
    for message in conversation():
        recorder.trace.take(message)
    await recorder.written()
    rows = history(path).trace(history(path).call("a1"))
    assert [row.text for row in rows] == [one.text[:30] for one in conversation()[:4]]


async def test_secrets_are_not_stored(recorder: Recorder, path: Path) -> None:
    await recorder.open(start_of())
    recorder.trace.take(invite("a1@x", 0, 'Authorization: Digest response="0123456789"'))
    await recorder.written()
    stored = history(path).trace(history(path).call("a1"))[0].text
    assert "Authorization: Digest •••" in stored
    assert b"0123456789" not in path.read_bytes() + path.with_suffix(".db-wal").read_bytes()


async def test_what_is_old_is_deleted(recorder: Recorder, path: Path) -> None:
    await recorder.open(start_of())
    for message in conversation():
        recorder.trace.take(message)
    await recorder.written()
    db = open_database(path, [records])
    assert delete_messages(db, BEGAN, 100) == 0
    later = BEGAN + timedelta(seconds=1)
    assert delete_messages(db, later, None) == 4
    assert delete_messages(db, later, 3) == 3
    assert delete_messages(db, later, 3) == 1
    assert len(kept(path)) == 2
