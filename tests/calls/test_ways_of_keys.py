"""Keys of every kind of phone: RFC 4733, SIP INFO, tones in the audio, and several at once."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, until
from tests.calls.peer import ALAW, Peer
from tests.phone_tones import KEYS, coded, key_tones

pytestmark = pytest.mark.line

#: Frames of 20 ms: how long a key is pressed, and how far it is to the next.
PRESSED, APART = 7, 12
TYPED = "100001#"

Beside = Callable[[Peer, str], object]


def tones(keys: str, lead: int = 10) -> bytes:
    """Return the A-law of keys that begin after so many frames, and of a silence after them."""
    key = [
        np.append(key_tones(key, PRESSED * 0.02), np.zeros(160 * (APART - PRESSED))) for key in keys
    ]
    return coded(np.concatenate([np.zeros(160 * lead), *key, np.zeros(160 * 10)]))


def quiet(keys: str) -> bytes:
    return b"\xd5" * len(tones(keys))


def typed(peer: Peer, keys: str, audio: bytes, *ways: Beside) -> None:
    """Press keys in these ways, each as its tones begin (or would)."""
    starts = {10 + number * APART: key for number, key in enumerate(keys)}

    def beside(frame: int) -> None:
        for way in ways if frame in starts else ():
            way(peer, starts[frame])

    peer.play(audio, beside)


@pytest.fixture
def phone(line: Daemon) -> Peer:
    return Peer(line.port, ANNA)


def short_info(peer: Peer, key: str) -> None:
    """Send nothing but the key, as older phones do."""
    peer.send("INFO", key, extra=("Content-Type: application/dtmf",))


#: Whether telephone-event is offered, the audio, and how keys are pressed besides.
PHONES: dict[str, tuple[bool, Callable[[str], bytes], tuple[Beside, ...]]] = {
    "tones": (False, tones, ()),
    "events": (True, quiet, (Peer.strike,)),
    "info": (False, quiet, (Peer.inform,)),
    "info in the short form": (False, quiet, (short_info,)),
    "info, though events were agreed on": (True, quiet, (Peer.inform,)),
    "events and tones": (True, tones, (Peer.strike,)),
    "info and tones": (False, tones, (Peer.inform,)),
    "events, then info": (True, quiet, (Peer.strike, Peer.inform)),
    "info, then events": (True, quiet, (Peer.inform, Peer.strike)),
    "all three": (True, tones, (Peer.inform, Peer.strike)),
}


def test_each_key_is_taken_once(line: Daemon) -> None:
    """All these phones call at the same time."""

    def call(kind: str) -> tuple[str, str | None]:
        events, audio, ways = PHONES[kind]
        with Peer(line.port, ANNA) as phone:
            phone.call(phone.offer(codecs=f"{ALAW} 101" if events else f"{ALAW}"))
            line.says(phone.call_id, "greeting")
            typed(phone, TYPED, audio(TYPED), *ways)
            line.says(phone.call_id, "login.accepted")
            typed(phone, "11", audio("11"), *ways)
            pressed(line, phone, TYPED + "11")
            phone.hang_up()
        record = line.ended_call(phone.call_id)
        return line.pressed(record.id), record.owner

    with ThreadPoolExecutor(len(PHONES)) as callers:
        calls = dict(zip(PHONES, callers.map(call, PHONES), strict=True))
    assert calls == dict.fromkeys(PHONES, (TYPED + "11", "100001"))


def pressed(line: Daemon, phone: Peer, keys: str) -> None:
    """Return when the line has taken so many keys."""
    call = line.call_of(phone.call_id).id
    until(lambda: line.pressed(call), lambda taken: taken == keys)


def test_tones_alone_press_all_keys_of_a_telephone(line: Daemon, phone: Peer) -> None:
    """And pairs of equal ones; all are typed ahead, into a prompt."""
    keys = KEYS + KEYS[::-1] + "5566"
    with phone:
        phone.call(phone.offer(codecs=f"{ALAW}"))
        line.says(phone.call_id, "greeting")
        typed(phone, keys, tones(keys))
        pressed(line, phone, keys)
        phone.hang_up()
    assert line.pressed(line.ended_call(phone.call_id).id) == keys


def test_a_lost_packet_makes_no_key_two(line: Daemon, phone: Peer) -> None:
    """Of seven packets of each key the third gets lost."""
    keys = "12345678900#"
    with phone:
        phone.call(phone.offer(codecs=f"{ALAW}"))
        line.says(phone.call_id, "greeting")
        thirds = [10 + number * APART + 2 for number in range(len(keys))]
        phone.play(tones(keys), lost=thirds)
        pressed(line, phone, keys)
        phone.hang_up()
    assert line.pressed(line.ended_call(phone.call_id).id) == keys


def test_a_tone_silences_the_line(line: Daemon, phone: Peer) -> None:
    """A key is known after 40 ms of it; what the jitter buffer holds back comes on top."""
    with phone:
        phone.call(phone.offer(codecs=f"{ALAW}"))
        line.says(phone.call_id, "greeting")
        phone.hears()
        phone.play(tones("1"))
        phone.listen(0.1)
        assert not any(loud for _, loud in phone.listen(0.3)), "it goes on talking"
        phone.hang_up()
    record = line.ended_call(phone.call_id)
    ends = [event for event in line.timeline(record.id) if event.kind == "prompt-end"]
    assert [event.details["cut"] for event in ends] == [True]


def test_another_phone_may_take_over_in_the_call(line: Daemon, phone: Peer) -> None:
    """A new offer changes what the far end can do, each way."""
    ways = itertools.cycle([(f"{ALAW}", tones), (f"{ALAW} 101", quiet)])
    with phone:
        for (codecs, audio), keys in zip(ways, ("10", "00", "01"), strict=False):
            assert phone.call(phone.offer(codecs=codecs)).status == 200
            line.says(phone.call_id, "greeting")
            typed(phone, keys, audio(keys), *([Peer.strike] if audio is quiet else []))
        typed(phone, "#", tones("#"))
        pressed(line, phone, TYPED)
        line.says(phone.call_id, "login.accepted")
        phone.hang_up()
    record = line.ended_call(phone.call_id)
    assert (line.pressed(record.id), record.owner) == (TYPED, "100001")


def test_what_is_no_key_is_not_taken(line: Daemon, phone: Peer) -> None:
    """A hook flash (RFC 4733, event 16), and what an INFO can say besides keys."""
    with phone:
        phone.call()
        line.says(phone.call_id, "greeting")
        phone.strike("R")
        for signal in ("!", "z", "R"):
            phone.inform(signal)
            phone.response("INFO")
        for key in TYPED:
            phone.strike(key)
            phone.play(quiet(""))
        line.says(phone.call_id, "login.accepted")
        phone.hang_up()
    record = line.ended_call(phone.call_id)
    assert (line.pressed(record.id), record.owner) == (TYPED, "100001")
