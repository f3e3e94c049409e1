"""The legs that a call rings are kept with it: who, when, how it went."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sipagent.records.legs import LegRow, Legs
from sipagent.records.recorder import Recorder
from tests.records.record_helpers import history, start_of

pytestmark = pytest.mark.unit


def told(*events: tuple[str, Mapping[str, object]]) -> list[LegRow]:
    """Return the legs after some events, a second apart."""
    legs = Legs()
    for second, (kind, details) in enumerate(events):
        legs.take(kind, details, f"2026-11-23T10:00:{second:02}.000+00:00")
    return legs.rows


RING = (("transfer", {"target": "201"}), ("second-leg", {"sip_id": "b1"}))
END = {"way": "bridge", "code": 200, "reason": ""}


def test_a_conversation() -> None:
    (leg,) = told(
        *RING,
        ("joined", {"sip_id": "b1"}),
        ("second-leg-audio", {"sip_id": "b1", "codec": "PCMA"}),
        ("parted", {"seconds": 1.0}),
        ("transferred", {"reached": "answered", **END}),
    )
    assert (leg.party, leg.rang, leg.talked, leg.sip_code) == ("201", 1.0, 1.0, 200)
    assert (leg.reason, leg.quality) == (None, '{"codec": "PCMA"}')


def test_what_it_has_cost_is_told_once_it_is_over() -> None:
    (leg,) = told(
        *RING,
        ("joined", {"sip_id": "b1"}),
        ("parted", {"seconds": 60.0}),
        ("cost", {"sip_id": "b1", "grosze": 6, "vat": 23, "tariff": "+48", "user": "Anna"}),
    )
    assert (leg.cost, leg.vat, leg.payer) == (6, 23, "Anna")


@pytest.mark.parametrize(("told_of", "trunk"), [({"trunk": "carrier"}, "carrier"), ({}, "")])
def test_a_leg_over_a_trunk_says_over_which(told_of: Mapping[str, object], trunk: str) -> None:
    (leg,) = told(("second-leg", {"sip_id": "b1", "party": "+48600100100", **told_of}))
    assert leg.trunk == trunk


@pytest.mark.parametrize(
    ("code", "reason"), [(486, "Busy Here"), (0, "nobody answered in time"), (603, "Decline")]
)
def test_nobody_answers(code: int, reason: str) -> None:
    (leg,) = told(*RING, ("transferred", {"way": "bridge", "code": code, "reason": reason}))
    assert (leg.sip_code, leg.reason, leg.rang, leg.talked) == (code or None, reason, 1.0, None)


def test_a_target_that_hangs_up_at_once() -> None:
    (leg,) = told(
        *RING,
        ("joined", {"sip_id": "b1"}),
        ("parted", {"seconds": 1.0}),
        ("transferred", {**END, "reason": "the target hung up at once"}),
    )
    assert (leg.sip_code, leg.reason) == (200, "the target hung up at once")


def test_a_second_attempt_that_rings_nobody_changes_nothing_of_the_first() -> None:
    busy = ("transferred", {"way": "bridge", "code": 486, "reason": "Busy Here"})
    failed = ("transferred", {"way": "bridge", "code": 0, "reason": "no route"})
    (leg,) = told(*RING, busy, ("transfer", {"target": "202"}), failed)
    assert (leg.party, leg.reason) == ("201", "Busy Here")


def test_several_that_ring_together_are_told_apart() -> None:
    first, second = told(
        ("second-leg", {"sip_id": "b1", "party": "201"}),
        ("second-leg", {"sip_id": "b2", "party": "202"}),
        ("joined", {"sip_id": "b1"}),
        ("parted", {"sip_id": "b1", "seconds": 1.0}),
    )
    assert (first.party, first.rang, first.talked) == ("201", 2.0, 1.0)
    assert (second.party, second.answered, second.ended) == ("202", None, None)


def test_who_did_not_take_the_call_is_told_apart() -> None:
    elsewhere = {"sip_id": "b1", "code": 487, "reason": "Call completed elsewhere"}
    first, second = told(
        ("second-leg", {"sip_id": "b1", "party": "201"}),
        ("second-leg", {"sip_id": "b2", "party": "202"}),
        ("second-leg-over", elsewhere),
        ("joined", {"sip_id": "b2"}),
    )
    assert (first.sip_code, first.reason, first.rang) == (487, "Call completed elsewhere", 2.0)
    assert (second.sip_code, second.answered is not None, second.ended) == (200, True, None)


def test_what_the_peer_does_rings_no_leg_of_ours() -> None:
    assert told(("transfer", {"target": "201"}), ("transferred", {"way": "refer"})) == []


async def test_they_are_written_while_the_call_goes_on(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.note("answer", {})
    record.note("transfer", {"target": "+48221234567"})
    record.note("second-leg", {"sip_id": "b1@x"})
    await recorder.written()
    past = history(path)
    (caller, leg) = past.legs(past.call("a1"))
    assert (caller.party, caller.sip_id, caller.ended) == ("+48600100101", "a1@x", None)
    assert (leg.party, leg.sip_id, leg.ended) == ("+48221234567", "b1@x", None)


async def test_they_end_with_the_call_at_the_latest(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.note("second-leg", {"sip_id": "b1@x", "party": "201"})
    record.note("joined", {"sip_id": "b1@x"})
    await record.close("caller", "hung-up", 200)
    past = history(path)
    (_, leg) = past.legs(past.call("a1"))
    assert leg.ended == past.call("a1").ended
    assert leg.talked is not None


async def test_a_crash_ends_them_with_the_call(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.note("second-leg", {"sip_id": "b1@x", "party": "201"})
    await recorder.written()
    assert await recorder.recover() == 1
    past = history(path)
    assert past.legs(past.call("a1"))[1].ended == past.call("a1").ended


async def test_labels_are_replaced(recorder: Recorder, path: Path) -> None:
    record = await recorder.open(start_of())
    record.label("owner", "100001")
    record.label("owner", "100002")
    record.label("manager", 3)
    await recorder.written()
    assert history(path).call("a1").labels == {"manager": "3", "owner": "100002"}
