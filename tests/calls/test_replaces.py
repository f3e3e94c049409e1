"""INVITE with Replaces (RFC 3891): refused, whatever it names, and the call it names goes on."""

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start
from tests.calls.peer import Peer
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


@pytest.mark.parametrize("early", ["", ";early-only"])
def test_a_call_is_not_taken_over(line: Daemon, early: str) -> None:
    """What an attended transfer to the line asks for."""
    with Peer(line.port, "+48221112233") as call:
        call.call()
        line.says(call.call_id, "greeting")
        with Peer(line.port, ANNA, call.replaces() + early) as other:
            assert other.call().status == 603
        call.press("1")
        assert call.hang_up().status == 200
    record = line.ended_call(call.call_id)
    assert (line.pressed(record.id), record.ended_by) == ("1", "caller")
    refused = line.ended_call(other.call_id)
    assert (refused.outcome, refused.sip_code) == ("refused", 603)


@pytest.mark.parametrize(
    "header",
    ["Replaces: nobody@x;to-tag=1;from-tag=2", "Replaces: ", "Replaces: a;to-tag=1;to-tag=2"],
)
def test_nor_one_that_there_is_not(line: Daemon, header: str) -> None:
    """The same answer, so that it tells nothing of the calls that there are."""
    with Peer(line.port, ANNA, header) as other:
        assert other.call().status == 603


def test_whoever_requires_it_hears_that_it_is_not_known(line: Daemon) -> None:
    """RFC 3261, section 8.2.2.3."""
    with Peer(line.port, ANNA, "Replaces: x;to-tag=1;from-tag=2", "Require: replaces") as other:
        answer = other.call()
    assert (answer.status, answer.header("Unsupported")) == (420, "replaces")


def test_nobody_is_invited_to_try(line: Daemon) -> None:
    with Peer(line.port, ANNA) as call:
        call.send("OPTIONS")
        assert "replaces" not in call.response("OPTIONS").header("Supported")
        assert "replaces" not in call.call().header("Supported")
        call.hang_up()


def test_a_draining_line_is_not_entered_by_it(start: Start) -> None:
    line = start(drain=5)
    with Peer(line.port, ANNA) as call:
        call.call()
        line.says(call.call_id, "greeting")
        line.process.terminate()
        line.event("draining")
        with Peer(line.port, ANNA, call.replaces()) as other:
            assert other.call().status == 603
        call.hang_up()
    assert line.process.wait(PATIENCE) == 0
