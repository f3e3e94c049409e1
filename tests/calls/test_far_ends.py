"""Far ends of every kind: what they offer, how they change it, and where they really are."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from sipagent.phone import recording
from sipagent.phone.listen import HEARD, find_clip
from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import G722, MULAW, OPUS, FarEnd, logged_in, sound, steps_of
from tests.calls.peer import ALAW, EVENT, Message

pytestmark = pytest.mark.line

#: Where nobody is: the private address of a phone behind NAT, as seen from here.
NOWHERE = "127.9.9.9"


def direction(message: Message) -> str:
    """Return the direction of the audio."""
    found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\r$", message.body, re.MULTILINE)
    return found[1] if found else "sendrecv"


def types(message: Message) -> list[int]:
    """Return the payload types of the audio."""
    found = re.search(r"^m=audio \d+ RTP/AVP ([\d ]+)\r$", message.body, re.MULTILINE)
    assert found, message.text
    return [int(kind) for kind in found[1].split()]


#: A phone's codec, its telephone-event and the clock of that, and a packet's time in ms.
PHONES = [
    (MULAW, EVENT, 8000, 20, 160),
    (ALAW, 96, 8000, 10, 80),
    (ALAW, EVENT, 8000, 30, 240),
    (ALAW, EVENT, 8000, 40, 320),
    (MULAW, EVENT, 8000, 60, 480),
    (G722, 127, 8000, 20, 160),  # its clock is that of 8 kHz (RFC 3551, section 4.5.2)
    (G722, EVENT, 8000, 40, 320),
    (OPUS, EVENT, 8000, 20, 960),
    (OPUS, 110, 48000, 20, 960),
    (OPUS, 110, 48000, 60, 2880),
]


def test_phones_of_every_codec_and_packet_time(wide: Daemon) -> None:
    """Right payload types, the asked packet time, and each key once, at the same time."""

    def try_out(phone_of: tuple[int, int, int, int, int]) -> None:
        codec, event, rate, ptime, step = phone_of
        with FarEnd(wide.port, ANNA) as phone:
            ask = f"a=ptime:{ptime}"
            answer = phone.call(phone.sdp(codec, event=event, rate=rate, lines=(ask,)))
            assert types(answer) == [codec, event]
            assert (phone._event_type, phone.event_rate) == (event, rate)
            packets = phone.packets(0.5)
            assert {packet.type for packet in packets} == {codec}
            assert steps_of([packet.stamp for packet in packets]) == {step}
            assert abs(len(packets) - 500 / ptime) <= 3
            phone.press("10")
            phone.press("0", seconds=1.2)
            phone.press("001#", seconds=0.06)
            logged_in(wide, phone)

    with ThreadPoolExecutor(len(PHONES)) as phones:
        list(phones.map(try_out, PHONES))


def test_a_call_that_changes_all_the_time(wide: Daemon) -> None:
    """Codec, type of the keys, port, video; by re-INVITE, also without SDP, and by UPDATE."""
    with FarEnd(wide.port, ANNA) as phone:
        phone.call(phone.sdp(ALAW))

        def sends(answer: Message, codec: int, event: int, key: str) -> None:
            assert answer.status == 200, answer.text
            phone.take(answer)
            assert types(answer) == [codec, event]
            assert {packet.type for packet in phone.packets(0.2)} == {codec}
            phone.press(key)

        sends(phone.call(phone.sdp(MULAW)), MULAW, EVENT, "1")
        phone.move()
        sends(phone.call(phone.sdp(G722, event=97)), G722, 97, "0")
        sends(phone.ask("UPDATE", phone.sdp(OPUS, ALAW, event=98)), OPUS, 98, "0")
        video = "m=video 40000 RTP/AVP 31"
        answer = phone.call(phone.sdp(ALAW, more=(video, "a=rtpmap:31 H261/90000")))
        assert "m=video 0 RTP/AVP 31" in answer.body
        sends(answer, ALAW, EVENT, "0")
        answer = phone.ask("UPDATE", phone.sdp(ALAW, more=("m=video 0 RTP/AVP 31",)))
        assert "m=video 0 RTP/AVP 31" in answer.body
        sends(answer, ALAW, EVENT, "0")
        offered = phone.call("")  # the line offers what it has, the ACK answers A-law
        assert set(types(offered)) > {ALAW}
        assert {packet.type for packet in phone.packets(0.2)} == {ALAW}
        phone.press("1#")
        logged_in(wide, phone)


def test_an_update_may_hold_and_resume(wide: Daemon) -> None:
    with FarEnd(wide.port, ANNA) as phone:
        phone.call(phone.sdp())
        held = phone.ask("UPDATE", phone.sdp(direction="sendonly"))
        assert (held.status, direction(held)) == (200, "recvonly")
        assert phone.packets(0.3) == []
        back = phone.ask("UPDATE", phone.sdp())
        assert (back.status, direction(back)) == (200, "sendrecv")
        phone.hears()
        phone.press("100001#")
        logged_in(wide, phone)


def test_the_initial_offer_may_be_on_hold(wide: Daemon) -> None:
    """As a call control makes it that joins two others: the greeting waits for the caller."""
    with FarEnd(wide.port, ANNA) as phone:
        assert direction(phone.call(phone.sdp(direction="sendonly"))) == "recvonly"
        assert phone.packets(0.5) == []
        phone.call(phone.sdp())
        heard = sound(phone.packets(4.0, anew=False))
        phone.hang_up()
    record = wide.ended_call(phone.call_id)
    said = [e.details for e in wide.timeline(record.id) if e.kind == "prompt"]
    clip = wide.folder / "greeting.wav"
    wide.run("say", said[0]["text"], "-o", str(clip))
    at, likeness = find_clip(heard, recording.read(clip))
    assert (likeness > HEARD, at < 2) == (True, True), (likeness, at)


def test_an_offer_in_the_200_of_a_phone_that_wants_reliable_answers(wide: Daemon) -> None:
    """INVITE without SDP (RFC 3264, section 5) and Require: 100rel (RFC 3262) together."""
    with FarEnd(wide.port, ANNA, "Require: 100rel") as phone:
        answer = phone.call("")
        assert answer.status == 200
        assert set(types(answer)) >= {ALAW, MULAW, G722}
        assert "opus/48000/2" in answer.body
        assert {packet.type for packet in phone.packets(0.4)} == {ALAW}
        phone.press("100001#")
        logged_in(wide, phone)


def test_nothing_in_common_is_said_to_be_so(wide: Daemon) -> None:
    with FarEnd(wide.port, ANNA) as phone:
        refused = phone.call(phone.offer(codecs=f"18 {EVENT}"))
        assert refused.status == 488
        assert "No suitable codec" in refused.header("Warning")
    with FarEnd(wide.port, ANNA) as phone:
        phone.call(phone.sdp())
        refused = phone.call(phone.offer(codecs=f"18 {EVENT}"))
        assert refused.status == 488  # RFC 3261, section 14.2
        assert "No suitable codec" in refused.header("Warning")
        phone.hears()  # a change that is refused changes nothing
        phone.press("100001#")
        logged_in(wide, phone)


def test_a_phone_behind_nat_is_answered_where_it_sends_from(wide: Daemon) -> None:
    """Its SDP and its Via name an address where nobody is (RFC 3581, RFC 4961)."""
    with FarEnd(wide.port, ANNA) as phone:
        answer = phone.call(phone.sdp(address=NOWHERE))
        assert f"rport={phone._sip.getsockname()[1]}" in answer.header("Via")
        assert phone.packets(0.3) == [], "the line cannot know yet where the phone is"
        silence = b"\xd5" * 160
        sent = 0
        while not phone.packets(0.03) and sent < 100:
            phone.play(silence)
            sent += 1
        assert sent <= 20, "a phone is found within 0.4 s of audio"
        phone.call(phone.sdp(address=NOWHERE, direction="sendonly"))
        assert phone.packets(0.3) == []
        phone.call(phone.sdp(address=NOWHERE))
        phone.play(silence * 20)
        phone.hears()
        phone.press("100001#")
        logged_in(wide, phone)


def test_a_hang_up_that_crosses_a_change(wide: Daemon) -> None:
    """BYE while a re-INVITE is under way (RFC 3261, section 15): both get an answer."""
    with FarEnd(wide.port, ANNA) as phone:
        phone.call(phone.sdp())
        phone.send("INVITE", phone.sdp(MULAW))
        assert phone.hang_up().status == 200
        assert phone.response("INVITE").status in {200, 481, 487}
    record = wide.ended_call(phone.call_id)
    assert (record.ended_by, record.outcome) == ("caller", "hung-up")
