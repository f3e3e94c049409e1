"""Transfers on real calls: by REFER where the phone takes it, else by a second leg."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sipagent.config import TransferSection
from sipagent.phone import recording
from sipagent.phone.listen import HEARD, find_clip
from sipagent.records.history import EventRow
from tests.calls.baresip import softphone
from tests.calls.caller import call
from tests.calls.daemon import ROOT, SIPAGENT, Daemon, Start, until
from tests.calls.farend import Called
from tests.calls.peer import Peer, settled
from tests.patience import PATIENCE
from tests.ports import port_of_ours

pytestmark = pytest.mark.outside

#: An owner of the estate whose key 9 calls a softphone.
DAMIAN, LOGIN = "+48600100104", "100004"
#: Seconds that a target may ring, and that the peer has beyond them to tell of it.
RING, NOTIFY = 5.0, 5.0


@pytest.fixture
def office(line: Daemon) -> int:
    """The port of the softphone that key 9 calls."""
    port = port_of_ours()
    uri = f"sip:biuro@127.0.0.1:{port}"
    line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    return port


@contextmanager
def answering(port: int, do: str, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A softphone that waits for a call."""
    command = [*SIPAGENT, "phone", "--listen", f"127.0.0.1:{port}", "--do", do, *options]
    phone = subprocess.Popen(
        [*command, "--answer-within", "60", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: listens(port), bool)
        yield phone
    finally:
        phone.kill()
        phone.communicate()


def listens(port: int) -> bool:
    """Whether somebody has a UDP port."""
    table = Path("/proc/net/udp").read_text()
    return f"0100007F:{port:04X} " in table


@contextmanager
def asking(line: Daemon, *extra: str, refer: str | None = "603 Decline") -> Iterator[Peer]:
    """A phone whose owner has logged in and pressed 9; it answers REFER, if it gets one, so."""
    asserted = f"P-Asserted-Identity: <sip:{DAMIAN}@127.0.0.1>"
    with Peer(line.port, DAMIAN, asserted, *extra) as peer:
        peer.refer_answer = refer or ""
        assert peer.call().status == 200
        line.says(peer.call_id, "greeting")
        peer.press(f"{LOGIN}#9")
        if refer:
            peer.await_refer()
        yield peer


def over(line: Daemon, peer: Peer) -> list[EventRow]:
    """The timeline of a call that has ended."""
    return line.timeline(line.ended_call(peer.call_id).id)


def transferred(timeline: list[EventRow]) -> tuple[str, str]:
    (event,) = [event for event in timeline if event.kind == "transferred"]
    return event.details["way"], event.details["reached"]


def said(timeline: list[EventRow]) -> list[str]:
    return [event.details["key"].partition("+")[0] for event in timeline if event.kind == "prompt"]


def test_both_hear_each_other(line: Daemon, office: int, tmp_path: Path) -> None:
    idle, before = settled(line), len(line.calls())
    target, caller = tmp_path / "target", tmp_path / "caller"
    greeting, answer = tmp_path / "greeting.wav", tmp_path / "answer.wav"
    line.run("say", "Dzień dobry, tu biuro zarządcy.", "-o", str(greeting))
    line.run("say", "Dzień dobry, mówi właściciel.", "-o", str(answer))
    do = f"wait 1; play {greeting}; wait 4"
    with answering(office, do, "--ring", "1.5", "--out", str(target)) as phone:
        done = call(
            line, f"speech; press {LOGIN}#9; wait 8; play {answer}; hung-up within 60",
            "--from", DAMIAN, "--asserted", "--out", str(caller),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert phone.wait(PATIENCE) == 0
    record = line.ended(before + 1)[0]
    timeline = line.timeline(record.id)
    assert transferred(timeline) == ("bridge", "answered")
    assert "tone.ringback" in said(timeline), "it rings while nobody has answered yet"
    own, second = line.legs(record)
    assert (own.party, own.talked) == (DAMIAN, record.seconds)
    assert second.party == f"sip:biuro@127.0.0.1:{office}"
    assert (second.sip_code, second.reason) == (200, None)
    assert (second.rang or 0) > 1
    assert 0 < (second.talked or 0) < (record.seconds or 0)
    assert second.quality is not None
    for folder, sent in ((caller, greeting), (target, answer)):
        heard = recording.read(folder / "heard.wav")
        assert find_clip(heard, recording.read(sent))[1] > HEARD, folder.name
    until(line.descriptors, lambda now: now <= idle)


def test_keys_go_through(line: Daemon, office: int, tmp_path: Path) -> None:
    other = Daemon(tmp_path, ROOT / "data/cache")
    try:
        other.start()
        uri = f"sip:infolinia@127.0.0.1:{other.port}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        with asking(line) as peer:
            until(other.calls, bool)
            record = other.calls()[0]
            other.says(record.sip_id, "greeting")
            peer.press("1234")
            until(lambda: other.pressed(record.id), lambda keys: keys == "1234")
            peer.hang_up()
        other.ended_call(record.sip_id)
    finally:
        other.discard()


@pytest.mark.parametrize(
    ("options", "reached", "prompt"),
    [
        (["--refuse", "486"], "busy", "transfer.busy"),
        (["--refuse", "480"], "no-answer", "transfer.no-answer"),
        (["--refuse", "404"], "failed", "transfer.failed"),
        (["--ring", "30"], "no-answer", "transfer.no-answer"),
    ],
)
def test_who_cannot_be_reached_is_said_and_dictation_offered(
    line: Daemon, office: int, options: list[str], reached: str, prompt: str
) -> None:
    idle = settled(line)
    with answering(office, "wait 1", *options), asking(line) as peer:
        line.says(peer.call_id, "transfer.instead")
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    timeline = line.timeline(record.id)
    assert transferred(timeline) == ("bridge", reached)
    assert prompt in said(timeline)
    _, leg = line.legs(record)
    assert (leg.answered, leg.talked) == (None, None)
    assert leg.sip_code == (int(options[1]) if options[0] == "--refuse" else 487)
    until(line.descriptors, lambda now: now <= idle)


def test_a_target_that_hangs_up_at_once_has_not_helped(line: Daemon, office: int) -> None:
    with answering(office, "hang-up"), asking(line) as peer:
        line.says(peer.call_id, "transfer.instead")
        peer.hang_up()
    timeline = over(line, peer)
    assert transferred(timeline) == ("bridge", "failed")
    assert "transfer.failed" in said(timeline)


def test_no_leg_is_left_when_the_caller_goes_first(line: Daemon, office: int) -> None:
    idle = settled(line)
    with answering(office, "hung-up within 30") as phone, asking(line) as peer:
        joined(line, peer)
        peer.hang_up()
        assert phone.wait(PATIENCE) == 0, "the target was hung up too"
    record = line.ended_call(peer.call_id)
    assert record.ended_by == "caller"
    until(line.descriptors, lambda now: now <= idle)
    (audio,) = [e.details for e in line.timeline(record.id) if e.kind == "second-leg-audio"]
    assert audio["codec"] == "PCMA"
    assert audio["rx_packets"] > 0
    assert "was heard: PCMA" in line.run("calls", "show", record.id)
    legs = until(lambda: line.traced(record), lambda rows: len(rows) > 12)
    assert [row.text.split()[0] for row in legs if row.leg and row.sent] == ["INVITE", "ACK", "BYE"]
    assert f"127.0.0.1:{office} " in line.run("trace", record.id).splitlines()[2]


def test_no_leg_is_left_when_the_caller_goes_while_it_rings(line: Daemon, office: int) -> None:
    idle = settled(line)
    with answering(office, "wait 1", "--ring", "30"), asking(line) as peer:
        line.says(peer.call_id, "tone.ringback")
        peer.hang_up()
        line.ended_call(peer.call_id)
        until(line.descriptors, lambda now: now <= idle)


@pytest.mark.parametrize("uri", ["sip:biuro@192.0.2.7", "sip:infolinia@127.0.0.1:{port}"])
def test_a_place_that_may_not_be_called_is_not_called(line: Daemon, uri: str) -> None:
    uri = uri.format(port=line.port)
    line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    before = len(line.calls())
    with asking(line, refer=None) as peer:
        line.says(peer.call_id, "transfer.instead")
        peer.hang_up()
    timeline = over(line, peer)
    assert transferred(timeline) == ("", "failed")
    assert "transfer.failed" in said(timeline)
    assert len(line.calls()) == before + 1


def joined(line: Daemon, peer: Peer) -> None:
    """Return when caller and target hear each other."""
    record = line.call_of(peer.call_id)
    until(lambda: [event.kind for event in line.timeline(record.id)], lambda k: "joined" in k)


# ----------------------------------------------------------------------------------- REFER


@pytest.mark.parametrize(
    ("status", "reached"),
    [("486 Busy Here", "busy"), ("480 Unavailable", "no-answer"), ("404 Not Found", "failed")],
)
def test_a_phone_that_tries_and_fails(line: Daemon, office: int, status: str, reached: str) -> None:
    with asking(line, refer="202 Accepted") as peer:
        assert peer.referred
        assert f"sip:biuro@127.0.0.1:{office}" in peer.referred.header("Refer-To")
        peer.notify("100 Trying", "active;expires=60")
        peer.notify("180 Ringing", "active;expires=60")
        peer.notify(status)
        peer.speak(1)
        line.says(peer.call_id, "transfer.instead")
        peer.hang_up()
    timeline = over(line, peer)
    assert transferred(timeline) == ("refer", reached)


def test_a_phone_that_succeeds_is_let_go(line: Daemon, office: int) -> None:
    with asking(line, refer="202 Accepted") as peer:
        peer.notify("100 Trying", "active;expires=60")
        peer.notify("200 OK")
        peer.await_bye()
    record = line.ended_call(peer.call_id)
    assert transferred(line.timeline(record.id)) == ("refer", "answered")
    assert record.ended_by == "agent"


def test_a_phone_that_accepts_and_then_says_nothing(line: Daemon, office: int) -> None:
    with asking(line, refer="202 Accepted") as peer:
        time.sleep(RING + NOTIFY)
        peer.speak(2)
        line.says(peer.call_id, "transfer.no-answer")
        peer.hang_up()
    assert transferred(over(line, peer)) == ("refer", "no-answer")


@pytest.mark.parametrize("status", ["486 Busy Here", "503 Service Unavailable"])
def test_nobody_is_talked_to_when_the_peer_has_taken_the_caller_away(
    line: Daemon, office: int, status: str
) -> None:
    """Asterisk takes him at 202, does not bring him back, and leaves the call open for a minute."""
    with asking(line, refer="202 Accepted") as peer:
        peer.notify("100 Trying", "active;expires=60")
        peer.notify(status)
        peer.await_bye()
    record = line.ended_call(peer.call_id)
    timeline = line.timeline(record.id)
    assert transferred(timeline)[0] == "refer"
    assert not {"transfer.busy", "transfer.failed", "transfer.instead"} & {*said(timeline)}
    assert [e.details["reason"] for e in timeline if e.kind == "hangup"] == ["taken-away"]


def test_a_phone_that_never_answers_refer_keeps_its_call(line: Daemon, office: int) -> None:
    """Not even after 64 * T1, 32 s, in which the line has taken the second leg instead."""
    with answering(office, "wait 60"), asking(line, refer="") as peer:
        peer.await_refer()
        joined(line, peer)
        with pytest.raises(TimeoutError):
            peer.await_bye(20)
        assert peer.hang_up().status == 200
    assert line.ended_call(peer.call_id).ended_by == "caller"


def test_a_phone_that_leaves_without_a_word_is_taken_as_served(line: Daemon, office: int) -> None:
    with asking(line, refer="202 Accepted") as peer:
        peer.hang_up()
    record = line.ended_call(peer.call_id)
    assert (record.ended_by, record.outcome) == ("caller", "hung-up")


def test_a_phone_that_refuses_gets_a_second_leg(line: Daemon, office: int) -> None:
    with answering(office, "wait 4"), asking(line, refer="405 Method Not Allowed") as peer:
        peer.await_bye()
    record = line.ended_call(peer.call_id)
    timeline = line.timeline(record.id)
    assert [e.details["code"] for e in timeline if e.kind == "refer"] == [405]
    assert any(event.kind == "joined" for event in timeline)


def test_a_phone_that_does_not_know_refer_is_not_asked(line: Daemon, office: int) -> None:
    with (
        answering(office, "wait 4"),
        asking(line, "Allow: INVITE, ACK, BYE, CANCEL", refer=None) as peer,
    ):
        peer.await_bye()
        assert peer.referred is None
    assert transferred(over(line, peer)) == ("bridge", "answered")


def test_baresip_calls_the_office_itself(line: Daemon, office: int, tmp_path: Path) -> None:
    """A phone that is not ours takes the REFER, calls, and tells how that went."""
    before = len(line.calls())
    with (
        answering(office, "wait 2; hang-up", "--json") as target,
        softphone(tmp_path, DAMIAN, line) as phone,
    ):
        until(line.calls, lambda calls: len(calls) > before and calls[0].answered)
        for key in f"{LOGIN}#9":
            phone.type(key)
            time.sleep(0.3)
        record = line.ended(before + 1)[0]
        assert target.wait(PATIENCE) == 0, "the office has spoken with baresip"
    timeline = line.timeline(record.id)
    assert transferred(timeline) == ("refer", "answered")
    assert not any(event.kind == "second-leg" for event in timeline)


def test_the_line_keeps_its_callers_unless_it_is_told_otherwise(start: Start) -> None:
    """Who is bridged comes back when the target is busy; not so after REFER at most carriers."""
    line = start(method=TransferSection().method)
    with socket.socket(type=socket.SOCK_DGRAM) as office:
        office.bind(("127.0.0.1", 0))
        office.settimeout(PATIENCE)
        uri = f"sip:biuro@127.0.0.1:{office.getsockname()[1]}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        with asking(line, "Allow: INVITE, ACK, BYE, CANCEL, REFER", refer=None) as peer:
            assert office.recv(65536).startswith(b"INVITE")
            assert peer.referred is None
            peer.hang_up()


def test_a_trunk_may_have_a_way_of_its_own(start: Start) -> None:
    carrier = (
        '[[trunk]]\nname = "carrier"\nregistrar = "sip:carrier.test"\nregister = false\n'
        'user = "infolinia"\naddresses = ["127.0.0.1/32"]\nping = 0\ntransfer = "refer"\n'
    )
    line = start(method="bridge", extra=carrier)
    uri = "sip:biuro@127.0.0.1:9"
    line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    with asking(line, refer="202 Accepted") as peer:
        peer.notify("200 OK")
        peer.await_bye()
    record = line.ended_call(peer.call_id)
    assert record.trunk == "carrier"
    assert transferred(line.timeline(record.id)) == ("refer", "answered")


# --------------------------------------------------------------------------------- moved


def test_a_target_may_send_the_line_on_to_where_it_may_call(line: Daemon, office: int) -> None:
    with Called() as moved, answering(office, "wait 4") as phone:
        uri = f"sip:biuro@127.0.0.1:{moved.port}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        with asking(line) as peer:
            moved.called()
            moved.answer("302 Moved Temporarily", contact=f"sip:sekretariat@127.0.0.1:{office}")
            joined(line, peer)
            peer.await_bye()
        assert phone.wait(PATIENCE) == 0
    timeline = over(line, peer)
    assert [e.details["uri"] for e in timeline if e.kind == "moved"] == [
        f"sip:sekretariat@127.0.0.1:{office}"
    ]
    assert transferred(timeline) == ("bridge", "answered")


@pytest.mark.parametrize("contact", ["sip:biuro@192.0.2.7", "tel:+48701234567", "sip:127.0.0.31"])
def test_no_target_sends_the_line_to_a_stranger(line: Daemon, contact: str) -> None:
    with Called() as moved:
        uri = f"sip:biuro@127.0.0.1:{moved.port}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        with asking(line) as peer:
            moved.called()
            moved.answer("302 Moved Temporarily", contact=contact)
            line.says(peer.call_id, "transfer.instead")
            peer.hang_up()
    timeline = over(line, peer)
    (event,) = [event for event in timeline if event.kind == "transferred"]
    assert (event.details["reached"], event.details["code"]) == ("failed", 302)
    assert len([event for event in timeline if event.kind == "second-leg"]) == 1


def test_a_caller_cannot_make_the_line_call_others(line: Daemon) -> None:
    """A REFER to the line is declined: it would be somebody else's telephone bill."""
    with Peer(line.port, DAMIAN) as peer:
        peer.call()
        peer.send("REFER", extra=("Refer-To: <sip:+48701234567@127.0.0.1>",))
        assert peer.response("REFER").status == 603
        peer.hang_up()


def test_the_target_sees_who_calls(line: Daemon) -> None:
    """Over no trunk, From is the caller's number; Diversion names the line."""
    with socket.socket(type=socket.SOCK_DGRAM) as office:
        office.bind(("127.0.0.1", 0))
        office.settimeout(PATIENCE)
        port = office.getsockname()[1]
        uri = f"sip:biuro@127.0.0.1:{port}"
        line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
        with asking(line) as peer:
            invite = office.recv(65536).decode()
            peer.hang_up()
    assert f"From: <sip:{DAMIAN}@127.0.0.1>" in invite
    assert f"P-Asserted-Identity: <sip:{DAMIAN}@127.0.0.1:{port}>" in invite
    assert "Diversion: <sip:infolinia@" in invite
