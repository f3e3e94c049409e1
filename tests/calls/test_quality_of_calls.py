"""Every call record says how the audio arrived: real packets, of which some are missing."""

import json
import re
import signal
import struct
import time
from typing import Any

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start
from tests.calls.peer import ALAW, Peer

pytestmark = pytest.mark.line

#: A-law bytes of nothing, and of a noise that is just to be heard.
SILENCE, NOISE = bytes([0xD5]) * 160, bytes([0xD0, 0x50]) * 80


class Sender(Peer):
    """Sends audio with gaps, and reports of what it receives (RTCP)."""

    def __init__(self, line: Daemon) -> None:
        super().__init__(line.port, ANNA)
        host, port = self._rtp.getsockname()
        #: Where its packets come from.
        self.rtp = f"{host}:{port}"

    def stream(self, payload: bytes, packets: int, *, lose_each: int = 0) -> None:
        """Send packets in real time; every so many-th is lost."""
        assert self._media
        began = time.monotonic()
        for number in range(1, packets + 1):
            self._sequence += 1
            self._clock += 160
            if not lose_each or number % lose_each:
                head = struct.pack("!BBHII", 0x80, ALAW, self._sequence, self._clock, self._source)
                self._rtp.sendto(head + payload, self._media)
            time.sleep(max(0.0, began + number / 50 - time.monotonic()))

    def report(self, lost: int) -> None:
        """Send a receiver report (RFC 3550, section 6.4.2)."""
        assert self._media
        source = struct.unpack("!I", self._rtp.recv(2048)[8:12])[0]
        block = struct.pack("!IIIIII", source, lost, 1000, 40, 0, 0)
        packet = struct.pack("!BBHI", 0x81, 201, 7, self._source) + block
        self._rtcp.sendto(packet, (self._media[0], self._media[1] + 1))


def quality(line: Daemon, peer: Peer) -> dict[str, Any]:
    record = line.ended_call(peer.call_id)
    assert record.quality
    known: dict[str, Any] = json.loads(record.quality)
    return known


def test_lost_packets_are_counted_and_rated(line: Daemon) -> None:
    with Sender(line) as peer:
        peer.call()
        peer.stream(NOISE, 100, lose_each=10)
        peer.stream(NOISE, 2)
        peer.hang_up()
    seen = quality(line, peer)
    assert (seen["codec"], seen["rx_packets"], seen["rx_lost"]) == ("PCMA", 92, 10)
    assert seen["mos"] == pytest.approx(3.4, abs=0.1)
    assert seen["tx_packets"] > 80
    assert (seen["tx_lost"], seen["rtt_ms"], seen["rx_silent"]) == (None, None, False)
    assert seen["rx_jitter_ms"] <= seen["rx_jitter_max_ms"]
    assert (seen["remote_rtp"], seen["remote_sdp"]) == (peer.rtp, peer.rtp)
    shown = line.run("calls", "show", line.ended_call(peer.call_id).id)
    assert re.search(r"^audio     PCMA, MOS 3\.\d, lost 10 of 102, jitter \d+\.\d ms$", shown, re.M)
    assert re.search(rf"^rtp       127\.0\.0\.1:\d+ ↔ {peer.rtp}$", shown, re.M)


def test_another_clock_is_no_jitter(line: Daemon) -> None:
    """A far end that goes over from music to a person counts from another beginning."""
    with Sender(line) as peer:
        peer.call()
        for jump in (0, 80_000, 2**31 - 1, 3_000_000_000):
            peer._clock = (peer._clock + jump) % 2**32
            peer.stream(NOISE, 40)
        peer.hang_up()
    seen = quality(line, peer)
    assert (seen["rx_packets"], seen["rx_lost"]) == (160, 0)
    assert seen["rx_jitter_max_ms"] < 1000
    assert seen["mos"] > 3.5


def test_silence_is_told_from_no_audio_at_all(line: Daemon) -> None:
    with Sender(line) as silent, Sender(line) as mute:
        silent.call()
        mute.call()
        silent.stream(SILENCE, 60)
        silent.hang_up()
        mute.hang_up()
    assert quality(line, silent)["rx_silent"] is True
    seen = quality(line, mute)
    assert (seen["rx_packets"], seen["rx_silent"], seen["mos"]) == (0, None, None)
    assert seen["remote_rtp"] == ""
    shown = line.run("calls", "show", line.ended_call(mute.call_id).id)
    assert "nothing came in" in shown
    assert f"↔ nowhere  (its SDP says {mute.rtp})" in shown


def test_the_far_end_tells_what_it_has_lost(line: Daemon) -> None:
    with Sender(line) as peer:
        peer.call()
        peer.stream(NOISE, 50)
        peer.report(lost=30)
        peer.stream(NOISE, 5)
        peer.hang_up()
    seen = quality(line, peer)
    assert (seen["tx_lost"], seen["tx_jitter_ms"]) == (30, 5.0)
    assert seen["mos"] < 2.5


def test_hold_begins_a_new_stream_and_both_count(line: Daemon) -> None:
    with Sender(line) as peer:
        peer.call()
        peer.stream(NOISE, 30)
        assert peer.call(peer.offer("sendonly")).status == 200
        assert peer.call(peer.offer()).status == 200
        peer.stream(NOISE, 30)
        peer.hang_up()
    assert quality(line, peer)["rx_packets"] == 60


def test_packets_that_come_from_elsewhere_than_the_sdp_says(line: Daemon) -> None:
    with Sender(line) as peer:
        port = peer.rtp.rpartition(":")[2]
        peer.call(peer.offer().replace(f"m=audio {port} ", "m=audio 9 "))
        peer.stream(NOISE, 40)
        peer.hang_up()
    seen = quality(line, peer)
    assert (seen["remote_rtp"], seen["remote_sdp"]) == (peer.rtp, "127.0.0.1:9")


def test_a_call_that_the_line_ends_is_measured_too(start: Start) -> None:
    line = start(drain=0)
    with Sender(line) as peer:
        peer.call()
        peer.stream(NOISE, 40)
        line.process.send_signal(signal.SIGTERM)
        peer.await_bye()
    assert quality(line, peer)["rx_packets"] == 40
    line.stop()
    assert line.count("plain") == 0
