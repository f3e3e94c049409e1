"""Who calls and what was called, on real calls: hostile names, parameters and escapes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.records.history import CallRow
from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import Called
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

#: Who the carrier says it is, and an owner whom he would like to be.
STRANGER, VICTIM, LOGIN = "+48221112233", "+48600100102", "100002"
PARAMETERS = (
    "+48600100101;cpc=ordinary",
    "+48600100101;npdi;rn=+48660000000",
    "600100101;phone-context=+48",
    "+48600100101;tgrp=a;trunk-context=b.example",
    "+48600100101;verstat=TN-Validation-Passed",
)

#: Trunks of one carrier, which the called number tells apart.
TRUNKS = "".join(
    f"""
[[trunk]]
name = "{policy}"
registrar = "sip:127.0.0.1:9"
register = false
ping = 0
addresses = ["127.0.0.1"]
user = "{policy}"
verstat = "{policy}"
"""
    for policy in ("ignore", "refuse-failed", "require-passed")
)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line whose carrier checks calling numbers."""
    daemon = Daemon(tmp_path_factory.mktemp("checked"), clips, extra=TRUNKS).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


def record(line: Daemon, peer: Peer) -> CallRow:
    """Make a call, and return its record."""
    with peer:
        assert peer.call().status == 200
        peer.hang_up()
    return line.ended_call(peer.call_id)


@pytest.mark.parametrize("user", PARAMETERS)
def test_parameters_are_no_part_of_a_number(line: Daemon, user: str) -> None:
    claimed = record(line, Peer(line.port, user))
    assert (claimed.caller, claimed.asserted) == (ANNA, 0)
    asserted = f"P-Asserted-Identity: <sip:{user}@ims.example;user=phone>"
    vouched = record(line, Peer(line.port, "anonymous", asserted))
    assert (vouched.caller, vouched.asserted) == (ANNA, 1)
    called = record(line, Peer(line.port, STRANGER, called=user))
    assert called.called == ANNA


@pytest.mark.parametrize(
    "name",
    [
        f'"x, <sip:{VICTIM}@h.example>, y"',
        f'"x, sip:{VICTIM}@h.example, y"',
        f'"<sip:{VICTIM}@h.example>\\\\"',
        f'"x\r\n , <sip:{VICTIM}@h.example>,\r\n y"',
    ],
)
def test_a_name_makes_nobody_an_owner(line: Daemon, name: str) -> None:
    """The carrier vouches for a number; the name beside it is the caller's own choice."""
    identity = f"{name} <sip:{STRANGER}@carrier.example>"
    with Peer(line.port, STRANGER, f"P-Asserted-Identity: {identity}") as peer:
        assert peer.call().status == 200
        line.says(peer.call_id, "greeting")
        peer.press(f"{LOGIN}#")
        line.says(peer.call_id, "login.not-recognised")
        peer.hang_up()
    call = line.ended_call(peer.call_id)
    assert (call.caller, call.asserted, call.owner) == (STRANGER, 1, None)


@pytest.mark.parametrize(
    "smuggler",
    [
        "Expires: 60&P-Asserted-Identity: <sip:{0}@h.example>",
        "Subject: x\rP-Asserted-Identity: <sip:{0}@h.example>",
        "Subject: x\u2028P-Asserted-Identity: <sip:{0}@h.example>",
    ],
)
def test_the_end_of_a_value_is_no_identity(line: Daemon, smuggler: str) -> None:
    call = record(line, Peer(line.port, "anonymous", smuggler.format(VICTIM)))
    assert (call.caller, call.asserted) == (None, 0)


def test_escapes_are_no_header_fields(line: Daemon) -> None:
    """Neither the record nor the second leg has a line that came in as an escape."""
    evil = "%0d%0aX-Evil%3A%20y%0d%0aP-Asserted-Identity%3A%20x"
    caller = record(line, Peer(line.port, f"+48600100101{evil}", called=f"+48221234567{evil}"))
    assert (caller.caller, caller.called) == (None, "")
    with Called() as office:
        uri = f"sip:biuro@127.0.0.1:{office.port}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        asserted = "P-Asserted-Identity: <sip:+48600100104;cpc=ordinary@127.0.0.1>"
        with Peer(line.port, "x", asserted, called="a%3Bb%20c%22") as peer:
            peer.call()
            line.says(peer.call_id, "greeting")
            peer.press("100004#9")
            peer.await_refer()
            invite = office.called()
            peer.hang_up()
    assert "P-Asserted-Identity: <sip:+48600100104@" in invite.text
    assert "Diversion: <sip:a%3Bb%20c%22@" in invite.text
    assert "X-Evil" not in invite.text


@pytest.mark.parametrize(
    ("policy", "verdict", "known"),
    [
        ("ignore", "TN-Validation-Failed", True),
        ("refuse-failed", "TN-Validation-Failed", False),
        ("refuse-failed", "No-TN-Validation", True),
        ("require-passed", "No-TN-Validation", False),
        ("require-passed", "TN-Validation-Passed", True),
    ],
)
def test_a_trunks_check_counts_as_far_as_it_is_set(
    checked: Daemon, policy: str, verdict: str, known: bool
) -> None:
    identity = f"P-Asserted-Identity: <sip:{ANNA};verstat={verdict}@carrier.example;user=phone>"
    call = record(checked, Peer(checked.port, "anonymous", identity, called=policy))
    assert (call.trunk, call.caller) == (policy, ANNA if known else None)
    assert call.verstat == verdict
    assert verdict in checked.run("calls", "show", call.id)
