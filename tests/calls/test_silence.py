"""Callers who say nothing, or stop in the middle: the line waits as long as it should."""

import time
from functools import partial
from operator import eq
from pathlib import Path

import pytest

from sipagent.records.history import EventRow
from tests.calls.caller import ANNA
from tests.calls.daemon import ROOT, Daemon, Start, until
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

#: Seconds to wait in this module, instead of the eight that callers get.
FIRST, BETWEEN, PATIENCE = 1.0, 1.0, 10.0


@pytest.fixture
def hasty(start: Start, tmp_path: Path) -> Daemon:
    """A line with short waits that gives up after the first of them."""
    text = (ROOT / "data/scenarios/infolinia.toml").read_text("utf-8")
    waits = (
        f"attempts = 3\nsilences = 1\nfirst = {FIRST}\nbetween = {BETWEEN}\npatience = {PATIENCE}"
    )
    folder = tmp_path / "scenarios"
    folder.mkdir()
    menu = f"repeat = 1\ntimeout = {FIRST}"  # and nothing to read but the choices
    for old, new in (("attempts = 3", waits), ('comfort = ["*", "0", "8"]', menu)):
        assert old in text
        text = text.replace(old, new)
    (folder / "infolinia.toml").write_text(text, "utf-8")
    return start(scenarios=folder)


def test_waits_are_as_long_as_the_scenario_says(hasty: Daemon) -> None:
    with Peer(hasty.port, ANNA) as peer:
        peer.call()
        hasty.says(peer.call_id, "greeting")
        peer.press("#")  # an empty entry, so that the short question comes
        hasty.says(peer.call_id, "login.no-entry")
        peer.press("5")  # cuts this prompt only
        peer.await_bye()
    record = hasty.ended_call(peer.call_id)
    assert (record.ended_by, record.outcome) == ("agent", "done")
    timeline = hasty.timeline(record.id)
    assert gap(timeline, "login.again", "login.no-entry") >= FIRST
    hasty.stop()


def test_slow_fingers_get_to_their_balance(hasty: Daemon) -> None:
    """Every pause is longer than the line waits for a quick caller."""
    with Peer(hasty.port, ANNA) as peer:
        peer.call()
        hasty.says(peer.call_id, "greeting")
        for key in "100001#":
            peer.press(key)
            time.sleep(BETWEEN * 1.5)
        hasty.says(peer.call_id, "menu.intro")
        time.sleep(BETWEEN * 1.5)
        peer.press("1")
        hasty.says(peer.call_id, "balance.count")
        peer.hang_up()
    timeline = hasty.timeline(hasty.ended_call(peer.call_id).id)
    assert [e.details["verdict"] for e in timeline if e.kind == "login"] == ["accepted"]
    said = [e.details["key"] for e in timeline if e.kind == "prompt"]
    assert said.count("login.go-on") == 1, "helped once, and waited for after that"
    first = next(e.at_ms for e in timeline if e.kind == "digit")
    helped = next(e.at_ms for e in timeline if e.details.get("key") == "login.go-on")
    assert (helped - first) / 1000 >= BETWEEN - 0.1
    hasty.stop()


def test_silence_in_the_menu_ends_politely(hasty: Daemon) -> None:
    with Peer(hasty.port, ANNA) as peer:
        peer.call()
        hasty.says(peer.call_id, "greeting")
        peer.press("100001#")
        peer.await_bye()
    record = hasty.ended_call(peer.call_id)
    assert (record.owner, record.ended_by, record.outcome) == ("100001", "agent", "done")
    timeline = hasty.timeline(record.id)
    assert gap(timeline, "menu.intro", "goodbye.no-choice") >= FIRST
    goodbye = timeline_of(timeline, "prompt-end", "goodbye.no-choice")
    assert not goodbye.details["cut"]
    hasty.stop()


def test_three_failed_logins_end_politely(line: Daemon) -> None:
    with Peer(line.port, "+48600100199") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        call = line.call_of(peer.call_id).id
        said = {"kind": "prompt", "key": "login.not-recognised", "call_id": call}

        def refusals() -> int:
            return line.count("timeline", **said)

        for count, entry in enumerate(("111111#", "222222#", "333333#"), 1):
            peer.press(entry)
            until(refusals, partial(eq, count))
            peer.press("*")  # cuts the explanation, and is no entry
        line.says(peer.call_id, "login.failed")
        peer.await_bye()
    record = line.ended_call(peer.call_id)
    assert (record.owner, record.ended_by, record.outcome) == (None, "agent", "done")
    timeline = line.timeline(record.id)
    verdicts = [e.details["verdict"] for e in timeline if e.kind == "login"]
    assert verdicts == ["refused"] * 3
    assert not [e for e in timeline if e.kind == "failure"]


def gap(timeline: list[EventRow], after: str, before: str) -> float:
    """Return the seconds from the end of the last such prompt to the start of another."""
    ended = timeline_of(timeline, "prompt-end", after)
    return (timeline_of(timeline, "prompt", before).at_ms - ended.at_ms) / 1000


def timeline_of(timeline: list[EventRow], kind: str, prompt: str) -> EventRow:
    """Return the last event of that kind of a prompt."""
    events = [e for e in timeline if e.kind == kind]
    return next(e for e in reversed(events) if e.details["key"].partition("+")[0] == prompt)
