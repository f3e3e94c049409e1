"""Keys arrive once and in order, whatever the network and the peer do to them (RFC 4733).

This is what scripts/pjsip/0001-telephone-event-by-rtp-timestamp.patch is for: each case is a call
with hand-made RTP packets, and what counts is the keys that pjsua2 reports without the flag
UPDATE. A last key D, sent after the packets of the case, tells when the reports are complete.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.sip.rtp_peer import (
    END,
    EVENT,
    FRAME,
    UPDATE,
    Answerer,
    Caller,
    Heard,
    Line,
    Packet,
    of_press,
    renumber,
)

pytestmark = pytest.mark.line

ALL_KEYS = "1234567890*#ABCD"
DOUBLED = "1122335511190000"
MIXED = "1121330#"

Case = Callable[[Line], tuple[list[Packet], str]]


@pytest.fixture(scope="module")
def answerer() -> Iterator[Answerer]:
    """One endpoint for all calls; PJSUA2_PYTHON chooses another build of pjsua2."""
    endpoint = Answerer(os.environ.get("PJSUA2_PYTHON", sys.executable))
    yield endpoint
    endpoint.close()


def hear(answerer: Answerer, packets: list[Packet], keys: str, line: Line) -> list[Heard]:
    """Make a call, send the packets and a last D; the reports of `keys` and before the D's."""
    line.packets = []
    line.moving = line.restart = False
    line.pause(5 * FRAME).press("D")
    with Caller(answerer.port) as caller:
        answerer.await_media()
        caller.send([*packets, *line.packets])
        return answerer.collect(keys.count("D") + 1, "D")


def keys_of(reports: list[Heard]) -> str:
    """The keys that are new, without the D at the end."""
    keys = "".join(report.key for report in reports if not report.flags & UPDATE)
    return keys.removesuffix("D")


def lose(packets: list[Packet], rate: float, seed: int) -> list[Packet]:
    """Drop packets at random, but never all of a press."""
    dice = random.Random(seed)
    presses = {packet.press for packet in packets} - {None}
    kept = {id(dice.choice(of_press(packets, press))) for press in presses if press is not None}
    return [packet for packet in packets if id(packet) in kept or dice.random() >= rate]


def reorder(packets: list[Packet], window: int, seed: int) -> list[Packet]:
    """Shuffle each run of `window` packets."""
    dice = random.Random(seed)
    runs = [packets[n : n + window] for n in range(0, len(packets), window)]
    return [packet for run in runs for packet in dice.sample(run, len(run))]


def one_key(line: Line) -> tuple[list[Packet], str]:
    return line.press("5").packets, "5"


def every_key(line: Line) -> tuple[list[Packet], str]:
    return line.press(ALL_KEYS).packets, ALL_KEYS


def doubled_key(line: Line) -> tuple[list[Packet], str]:
    return line.press("11").packets, "11"


def doubled_key_of_growing_length(line: Line) -> tuple[list[Packet], str]:
    """The second press is longer than the first from its first packet on that arrives."""
    line.press("1", updates=3).press("1", updates=9)
    late = set(map(id, of_press(line.packets, 1)[:4]))
    return [packet for packet in line.packets if id(packet) not in late], "11"


def doubled_key_of_constant_duration(line: Line) -> tuple[list[Packet], str]:
    """Every packet of both presses says 160 ms, as gateways do that learn the length first."""
    line.steady = True
    return line.press("1133").packets, "1133"


def late_end(line: Line) -> tuple[list[Packet], str]:
    """The network delays two ends of 1 into the 2."""
    line.press("12")
    first, second = of_press(line.packets, 0), of_press(line.packets, 1)
    rest = [packet for packet in line.packets if packet.press is None]
    return [*first[:9], *second[:3], first[9], *second[3:6], first[10], *second[6:], *rest], "12"


def late_end_in_sequence(line: Line) -> tuple[list[Packet], str]:
    """The peer itself repeats the end of 1 while 2 is on."""
    line.press("12")
    first, second = of_press(line.packets, 0), of_press(line.packets, 1)
    return renumber([*first[:9], *second[:3], *first[9:], *second[3:]]), "12"


def late_end_inside_the_same_key(line: Line) -> tuple[list[Packet], str]:
    line.press("11")
    first, second = of_press(line.packets, 0), of_press(line.packets, 1)
    return [*first[:9], *second[:3], first[9], *second[3:6], first[10], *second[6:]], "11"


def lost_starts(line: Line) -> tuple[list[Packet], str]:
    packets = line.press(MIXED).packets
    gone = {id(packet) for n in range(len(MIXED)) for packet in of_press(packets, n)[:5]}
    return [packet for packet in packets if id(packet) not in gone], MIXED


def lost_ends(line: Line) -> tuple[list[Packet], str]:
    packets = line.press(MIXED).packets
    gone = {id(packet) for n in range(len(MIXED)) for packet in of_press(packets, n)[-3:]}
    return [packet for packet in packets if id(packet) not in gone], MIXED


def only_one_end(line: Line) -> tuple[list[Packet], str]:
    """Of each press just the last of the repeated ends arrives."""
    packets = line.press(MIXED).packets
    gone = {id(packet) for n in range(len(MIXED)) for packet in of_press(packets, n)[:-1]}
    return [packet for packet in packets if id(packet) not in gone], MIXED


def only_one_start(line: Line) -> tuple[list[Packet], str]:
    packets = line.press(MIXED).packets
    gone = {id(packet) for n in range(len(MIXED)) for packet in of_press(packets, n)[1:]}
    return [packet for packet in packets if id(packet) not in gone], MIXED


def each_packet_twice(line: Line) -> tuple[list[Packet], str]:
    return [copy for packet in line.press(DOUBLED).packets for copy in (packet, packet)], DOUBLED


def moving_timestamp(line: Line) -> tuple[list[Packet], str]:
    line.moving = True
    return line.press(DOUBLED).packets, DOUBLED


def moving_timestamp_constant_duration(line: Line) -> tuple[list[Packet], str]:
    line.moving = line.steady = True
    return line.press(DOUBLED).packets, DOUBLED


def moving_timestamp_lost_ends(line: Line) -> tuple[list[Packet], str]:
    line.moving = True
    return lost_ends(line)


def moving_timestamp_lost_starts(line: Line) -> tuple[list[Packet], str]:
    line.moving = True
    return lost_starts(line)


def frozen_clock(line: Line) -> tuple[list[Packet], str]:
    """A peer whose timestamps stand still: the shrinking duration tells a new press."""
    line.frozen = True
    return line.press(MIXED).packets, MIXED


def restarted_sequence(line: Line) -> tuple[list[Packet], str]:
    """Sequence numbers begin anew at each key, as when SIPp plays a recording of each."""
    line.seq, line.restart = 30_000, True
    return line.press(DOUBLED).packets, DOUBLED


def wrapping_timestamp(line: Line) -> tuple[list[Packet], str]:
    """The 32 bits of the timestamp overflow amid the doubled 3."""
    line.clock = 2**32 - 6 * 8 * FRAME - 2 * FRAME
    return line.press(DOUBLED).packets, DOUBLED


def wrapping_moving_timestamp(line: Line) -> tuple[list[Packet], str]:
    line.clock, line.moving = 2**32 - 3 * FRAME, True
    return line.press("113").packets, "113"


def wrapping_sequence(line: Line) -> tuple[list[Packet], str]:
    line.seq = 2**16 - 17
    return line.press(DOUBLED).packets, DOUBLED


def new_source(line: Line) -> tuple[list[Packet], str]:
    """The same key at the same timestamp from another SSRC is another event."""
    clock = line.clock
    line.press("1")
    line.ssrc, line.clock = 0x5EED, clock
    line.press("1")
    line.ssrc, line.seq = 0xFEED, 17
    return line.press("22").packets, "1122"


def unknown_events(line: Line) -> tuple[list[Packet], str]:
    """Codes above 15 are no keys: 16 is a hook flash, 36 a fax tone."""
    line.press("1").press([16, 36, 255])
    return line.press("2").packets, "12"


def short_payloads(line: Line) -> tuple[list[Packet], str]:
    line.press("1")
    for length in range(4):
        whole = of_press(line.press("7").packets, line.presses - 1)
        for packet in whole:
            index = line.packets.index(packet)
            line.packets[index] = replace(packet, payload=packet.payload[:length])
    return line.press("2").packets, "12"


def held_for_long(line: Line) -> tuple[list[Packet], str]:
    """A key of 20 s comes in segments of 65535 samples (RFC 4733 section 2.5.1.3)."""
    start, total, step = line.clock, 20 * 8000, 5 * FRAME
    for length in [*range(step, total, step), total]:
        segment = (length - 1) // 0xFFFF
        line.event("7", length - segment * 0xFFFF, end=False, timestamp=start + segment * 0xFFFF)
        if (length + step - 1) // 0xFFFF > segment:  # the segment ends in full
            line.event("7", 0xFFFF, end=False, timestamp=start + segment * 0xFFFF)
    segment = (total - 1) // 0xFFFF
    for _ in range(3):
        line.event("7", total - segment * 0xFFFF, end=True, timestamp=start + segment * 0xFFFF)
    line.presses += 1
    return line.pause(total + FRAME).press("7").packets, "77"


CASES: list[Case] = [
    one_key,
    every_key,
    doubled_key,
    doubled_key_of_growing_length,
    doubled_key_of_constant_duration,
    late_end,
    late_end_in_sequence,
    late_end_inside_the_same_key,
    lost_starts,
    lost_ends,
    only_one_end,
    only_one_start,
    each_packet_twice,
    moving_timestamp,
    moving_timestamp_constant_duration,
    moving_timestamp_lost_ends,
    moving_timestamp_lost_starts,
    frozen_clock,
    restarted_sequence,
    wrapping_timestamp,
    wrapping_moving_timestamp,
    wrapping_sequence,
    new_source,
    unknown_events,
    short_payloads,
    held_for_long,
]


@pytest.mark.parametrize("audio", ["none", "before", "amid"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_each_key_once(answerer: Answerer, case: Case, audio: str) -> None:
    line = Line(amid=audio == "amid")
    if audio != "none":
        line.audio(5)
    packets, keys = case(line)
    assert keys_of(hear(answerer, packets, keys, line)) == keys


@pytest.mark.parametrize("audio", ["none", "amid"])
@pytest.mark.parametrize("moving", [False, True], ids=["", "moving"])
@pytest.mark.parametrize("seed", range(8))
def test_with_losses(answerer: Answerer, seed: int, moving: bool, audio: str) -> None:
    line = Line(amid=audio == "amid", moving=moving)
    packets = lose(line.press(DOUBLED).packets, 0.4, seed)
    assert keys_of(hear(answerer, packets, DOUBLED, line)) == DOUBLED


@pytest.mark.parametrize("audio", ["none", "amid"])
@pytest.mark.parametrize("moving", [False, True], ids=["", "moving"])
@pytest.mark.parametrize("window", [2, 3, 5])
def test_reordered(answerer: Answerer, window: int, moving: bool, audio: str) -> None:
    for seed in range(3):
        line = Line(amid=audio == "amid", moving=moving)
        packets = reorder(line.press(DOUBLED).packets, window, seed)
        assert keys_of(hear(answerer, packets, DOUBLED, line)) == DOUBLED


def test_losses_and_reordering_and_copies_together(answerer: Answerer) -> None:
    for seed in (1, 2, 3, 111, 124, 145):
        line = Line()
        packets = lose(line.press(DOUBLED).packets, 0.4, seed)
        packets = reorder(packets, 4, seed)
        packets = [copy for packet in packets for copy in (packet, packet)]
        assert keys_of(hear(answerer, packets, DOUBLED, line)) == DOUBLED


def test_each_key_ends_once(answerer: Answerer) -> None:
    line = Line()
    packets = [copy for packet in line.press(ALL_KEYS).packets for copy in (packet, packet)]
    reports = hear(answerer, packets, ALL_KEYS, line)
    ends = Counter(report.key for report in reports if report.flags & END)
    assert ends == dict.fromkeys(ALL_KEYS, 1)  # the D at the end is not over yet


def test_a_key_is_reported_when_it_begins_and_when_it_ends(answerer: Answerer) -> None:
    """Not with every packet: hundreds of callers at once would flood the reports."""
    line = Line()
    reports = hear(answerer, line.press("8", updates=5).packets, "8", line)
    assert [(r.duration, r.flags) for r in reports if r.key == "8"] == [
        (20, 0),
        (100, UPDATE | END),
    ]


def test_a_recording_that_is_played_again_is_the_key_again(answerer: Answerer) -> None:
    """The same packets to the last bit, as SIPp plays its recorded keys; copies come at once."""
    recorded = Line().press("5").packets
    with Caller(answerer.port) as caller:
        answerer.await_media()
        for _ in range(3):
            caller.send([copy for packet in recorded for copy in (packet, packet)])
            time.sleep(0.15)  # a pause between keys is what makes it a key again
        caller.send(Line(clock=1_000_000).press("D").packets)
        keys = "".join(r.key for r in answerer.collect(1, "D") if not r.flags & UPDATE)
    assert keys == "555D"


def test_timestamp_is_exact_to_the_millisecond(answerer: Answerer) -> None:
    """More than the 24 bits that a float keeps."""
    line = Line(clock=0xF0000008)
    keys = "1234"
    reports = hear(answerer, line.press(keys, updates=3).packets, keys, line)
    starts = [report.timestamp for report in reports if not report.flags][: len(keys)]
    assert starts == [(0xF0000008 + n * 6 * FRAME) // 8 for n in range(len(keys))]


def test_marker_on_the_first_packet(answerer: Answerer) -> None:
    line = Line()
    packets = [replace(packet, marker=n == 0) for n, packet in enumerate(line.press("9").packets)]
    assert packets[0].payload_type == EVENT
    assert keys_of(hear(answerer, packets, "9", line)) == "9"
