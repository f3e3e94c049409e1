"""A line at level debug tells everything about a call but whose it is."""

import json

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Start
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

LOGIN = "100001"


def test_number_login_and_keys_do_not_reach_the_log(start: Start) -> None:
    line = start(level="debug", personal=False)
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press(f"{LOGIN}#")
        line.says(peer.call_id, "login.accepted")
        peer.press("1")
        line.says(peer.call_id, "balance.overpayment")
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    assert (record.caller, record.owner) == (ANNA, LOGIN)
    line.event("call over")
    line.stop()

    assert line.event("call")["caller"] == "•••101"
    assert line.count("timeline", kind="digit") == len(f"{LOGIN}#1")
    said = [event.details["text"] for event in line.timeline(record.id) if event.kind == "prompt"]
    written = "\n".join(json.dumps(event, ensure_ascii=False) for event in line.log)
    for secret in (ANNA, ANNA.removeprefix("+48"), LOGIN, "Anna", *said):
        assert secret not in written
    keys = {event["digit"] for event in line.log if event.get("kind") == "digit"}
    assert keys == {"•••"}
