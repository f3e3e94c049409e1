"""A call that cannot be taken leaves a record that says why, and the doctor what to do."""

import time
from pathlib import Path

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start
from tests.calls.farend import FarEnd
from tests.calls.peer import EVENT

pytestmark = pytest.mark.line


def refused(line: Daemon, body: str, phone: FarEnd, code: int, reason: str) -> str:
    """See a call refused; return what the doctor says of it."""
    assert phone.call(body).status == code
    record = line.ended_call(phone.call_id)
    assert (record.ended_by, record.outcome, record.sip_code) == ("agent", "refused", code)
    assert (record.caller, record.answered) == (ANNA, None)
    (event,) = line.timeline(record.id)
    assert (event.kind, event.details) == ("refused", {"code": code, "reason": reason})
    line.event("call refused", call_id=record.id, reason=reason)
    assert f"The line refuses the call ({code}: {reason})." in line.run("calls", "show", record.id)
    return line.run("doctor", record.id, status=1)


def test_no_codec_in_common(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        advice = refused(line, phone.offer(codecs=f"18 {EVENT}"), phone, 488, "codec")
    assert "refused with 488: codec" in advice
    assert "sip.codecs" in advice


def test_encryption_that_the_line_does_not_speak(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        body = phone.sdp().replace("RTP/AVP", "UDP/TLS/RTP/SAVP")
        assert "SDES" in refused(line, body, phone, 488, "encryption without keys")


def test_plain_audio_where_encryption_is_mandatory(start: Start) -> None:
    line = start(sip='srtp = "mandatory"')
    with FarEnd(line.port, ANNA) as phone:
        assert "srtp" in refused(line, phone.sdp(), phone, 488, "no encryption")


def test_encryption_where_it_is_off(start: Start) -> None:
    line = start(sip='srtp = "off"')
    crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}"
    with FarEnd(line.port, ANNA) as phone:
        body = phone.sdp(lines=(crypto,)).replace("RTP/AVP", "RTP/SAVP")
        assert "optional" in refused(line, body, phone, 488, "encryption")


SILENT = """
name = "cisza"
languages = ["pl"]
start = "end"
[steps.end]
type = "hang-up"
"""


def test_a_scenario_that_says_nothing_answers_nothing(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "infolinia.toml").write_text(SILENT, "utf-8")
    line = start(scenarios=folder)
    with FarEnd(line.port, ANNA) as phone:
        assert phone.call(phone.sdp()).status == 603
    record = line.ended_call(phone.call_id)
    assert (record.scenario, record.outcome, record.answered) == ("cisza", "refused", None)


NO_AUDIO = ["m=audio 0 RTP/AVP 8", "m=image 40102 udptl t38", "m=audio 40102 TCP/QUIC 8"]


@pytest.mark.parametrize("media", NO_AUDIO)
def test_no_audio(line: Daemon, media: str) -> None:
    with FarEnd(line.port, ANNA) as phone:
        body = phone.sdp().partition("m=audio")[0] + media + "\r\n"
        refused(line, body, phone, 488, "no audio")


def test_a_flood_of_bad_offers_leaves_no_flood_of_records(start: Start) -> None:
    line = start()
    with FarEnd(line.port, ANNA) as phone:
        refused(line, phone.offer(codecs=f"18 {EVENT}"), phone, 488, "codec")
    for _ in range(300):
        with FarEnd(line.port, ANNA) as phone:
            assert phone.call(phone.offer(codecs=f"18 {EVENT}")).status == 488
    time.sleep(1.5)  # one more may have a record now
    with FarEnd(line.port, ANNA) as phone:
        refused(line, phone.offer(codecs=f"18 {EVENT}"), phone, 488, "codec")
    assert line.event("refused calls without a record: too many at once")["count"] > 0
    assert len(line.calls()) < 302
    line.stop()


def test_an_address_that_nobody_reaches(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        body = phone.sdp(address="fe80::1")  # of a link that is not named
        assert "version of IP" in refused(line, body, phone, 488, "address family")


def test_a_name_for_an_address(line: Daemon) -> None:
    with FarEnd(line.port, ANNA) as phone:
        refused(line, phone.sdp(address="phone.invalid"), phone, 488, "session description")


def test_an_offer_that_turns_out_bad_when_it_is_answered(line: Daemon) -> None:
    """The caller did not hang up: the line could not go on."""
    with FarEnd(line.port, ANNA) as phone:
        body = phone.sdp(lines=("a=rtcp:40103 IN IP4 phone.invalid",))
        assert phone.call(body).status == 488
    record = line.ended_call(phone.call_id)
    assert (record.ended_by, record.outcome, record.sip_code) == ("agent", "refused", 488)
    event = line.timeline(record.id)[-1]
    assert (event.kind, event.details["code"]) == ("refused", 488)
    line.event("call over", call_id=record.id, reason=event.details["reason"])
