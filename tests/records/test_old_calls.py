"""Calls of before keep their owners as labels, and get their legs from their timelines."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.records.history import delete_calls
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.database import open_database
from sipagent.store.store import Store
from tests.records.old_database import old_database
from tests.records.record_helpers import history

pytestmark = pytest.mark.unit


def test_owners_and_managers_are_labels(path: Path) -> None:
    past = history(old_database(path, 10))
    assert past.call("00000000").labels == {}
    assert past.call("00000003").labels == {"manager": "2", "owner": "100001"}
    assert (past.call("00000003").owner, past.call("00000003").manager) == ("100001", 2)
    found = past.calls(labels={"owner": "100001"})
    assert [call.id[-1] for call in found] == ["9", "7", "5", "3", "1"]
    assert found == past.calls(labels={"owner": "100001", "manager": "2"})
    assert past.calls(labels={"owner": "100001", "manager": "1"}) == []


def test_everything_else_of_a_call_stays(path: Path) -> None:
    call = history(old_database(path, 5)).call("00000004")
    assert (call.sip_id, call.caller, call.asserted, call.called) == (
        *("4@x", "+48600100101", 1, "line"),
    )
    assert (call.language, call.ended_by, call.outcome, call.sip_code, call.seconds) == (
        *("pl", "caller", "hung-up", 200, 120.0),
    )
    assert (call.trunk, call.quality) == ("t", '{"codec": "PCMA"}')


def test_legs_come_from_the_timeline(path: Path) -> None:
    past = history(old_database(path, 3, every=2))
    caller, moved, talked = past.legs(past.call("00000002"))
    assert (caller.leg, caller.party, caller.sip_id, caller.talked) == (
        *(0, "+48600100101", "2@x", 120.0),
    )
    assert (moved.party, moved.sip_id, moved.reason, moved.rang, moved.answered) == (
        *("+48221234567", "b1@x", "moved", 0.99, None),
    )
    assert (talked.party, talked.sip_code, talked.rang, talked.talked) == ("sip:desk@t", 200, 4, 53)
    assert talked.quality == '{"codec": "PCMA", "mos": 4.1}'
    assert len(past.legs(past.call("00000001"))) == 1


def test_old_and_new_calls_have_the_same_labels(path: Path) -> None:
    db = open_database(old_database(path, 21), [records])
    rows = db.execute("SELECT name, count(*), count(DISTINCT value) FROM call_labels GROUP BY name")
    labels = {name: (calls, values) for name, calls, values in rows.fetchall()}
    assert labels["owner"][0] == labels["manager"][0] == 20
    assert labels["manager"][1] == 2


def test_what_belongs_to_a_call_goes_with_it(path: Path) -> None:
    db = open_database(old_database(path, 12), [records])
    assert delete_calls(db, datetime(2027, 1, 1, tzinfo=UTC), 100) == 11
    for table in ("call_labels", "call_legs", "call_events"):
        left = db.execute(f"SELECT DISTINCT call FROM {table}").fetchall()
        assert left in ([("00000001",)], []), table


def test_legs_of_before_get_their_trunk_and_who_pays(path: Path) -> None:
    with closing(open_database(path, [records])) as db:
        for index in ("call_legs_by_time", "call_legs_by_address"):
            db.execute(f"DROP INDEX {index}")
        for column in ("payer", "trunk"):
            db.execute(f"ALTER TABLE call_legs DROP COLUMN {column}")
        step = "trunks_and_payers_of_legs"
        db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [step])
        db.execute(
            "INSERT INTO calls (id, sip_id, started, asserted, called, scenario) "
            "VALUES ('c', 'c', '2026', 1, '101', 'phone')"
        )
        db.execute("INSERT INTO call_labels VALUES ('c', 'user', 'Anna Nowak')")
        for leg, cost in ((1, 30), (2, None)):
            db.execute(
                "INSERT INTO call_legs (call, leg, sip_id, began, cost) VALUES ('c', ?, ?, '', ?)",
                [leg, f"b{leg}", cost],
            )
        db.execute(
            "INSERT INTO call_events VALUES "
            """('c', 1, 5, 'second-leg', '{"sip_id": "b1", "trunk": "carrier"}')"""
        )
        db.conn.commit()
    past = history(path)
    _, dear, free = past.legs(past.call("c"))
    assert (dear.payer, dear.trunk, free.payer, free.trunk) == ("Anna Nowak", "carrier", "", "")


async def test_calls_that_a_crash_of_before_has_left_are_closed(path: Path) -> None:
    async with Store(old_database(path, 2, every=1), [records]) as store:
        assert await Recorder(store).recover() == 1
    past = history(path)
    left = past.call("00000001")
    assert (left.ended_by, left.seconds) == ("crash", 60.012)
    assert all(leg.ended for leg in past.legs(left))


async def test_the_line_goes_on_with_an_old_database(path: Path) -> None:
    start = CallStart("new", "n@x", "+48600100101", True, "line", "infolinia")
    async with Store(old_database(path, 3), [records]) as store:
        record = await Recorder(store).open(start)
        record.label("owner", "100001")
        await record.close("caller", "hung-up", 200)
    found = history(path).calls(labels={"owner": "100001"})
    assert [call.id for call in found] == ["new", "00000001"]
