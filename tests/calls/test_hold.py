"""Callers and offices that hold and come back: who hears what, and what is written."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sipagent.phone import recording
from sipagent.phone.listen import HEARD, find_clip
from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, until
from tests.calls.farend import MULAW, Called, FarEnd, hum, keys, sound, talk

pytestmark = pytest.mark.line

#: How phones say that they hold (RFC 3264, section 8.4; before that there was only the last one).
HOLDS: tuple[dict[str, str], ...] = (
    {"direction": "sendonly"},
    {"direction": "inactive"},
    {"address": "0.0.0.0"},
)
DAMIAN, LOGIN = "+48600100104", "100004"


def test_the_prompt_begins_anew_when_the_caller_is_back(line: Daemon) -> None:
    def held(way: dict[str, str]) -> tuple[str, NDArray[np.float32]]:
        with FarEnd(line.port, ANNA) as phone:
            phone.call(phone.sdp())
            line.says(phone.call_id, "greeting")
            time.sleep(0.8)
            assert phone.call(phone.sdp(**way)).status == 200  # type: ignore[arg-type]
            assert phone.packets(0.5) == []
            assert phone.call(phone.sdp()).status == 200
            heard = sound(phone.packets(4.0, anew=False))
            phone.press("100001#")
            line.says(phone.call_id, "login.accepted")
            phone.hang_up()
        return phone.call_id, heard

    with ThreadPoolExecutor() as callers:
        results = list(callers.map(held, HOLDS))
    clip = line.folder / "clip.wav"
    for sip_id, heard in results:
        record = line.ended_call(sip_id)
        timeline = line.timeline(record.id)
        assert record.owner == "100001"
        assert [e.kind for e in timeline if e.kind in {"hold", "resume"}] == ["hold", "resume"]
        said = [e for e in timeline if e.details.get("key") == "greeting"]
        assert [e.kind for e in said] == ["prompt", "prompt-end"], "it is one prompt"
        if not clip.exists():
            line.run("say", said[0].details["text"], "-o", str(clip))
        at, likeness = find_clip(heard, recording.read(clip))
        assert likeness > HEARD
        assert at < 2, "it does not begin at once"


def test_a_held_dictation_goes_on(line: Daemon) -> None:
    """What is said before and after the hold is written, the music between is not."""
    with FarEnd(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as phone:
        phone.call(phone.sdp())
        line.says(phone.call_id, "greeting")
        phone.press("100001#9#")
        line.says(phone.call_id, "tone.record")
        record = line.call_of(phone.call_id)
        files = line.folder / "recordings"
        until(lambda: list(files.glob(f"{record.id}-*.wav")), bool)
        phone.play(hum(700, 1.5))
        phone.call(phone.sdp(direction="sendonly"))
        phone.play(hum(400, 4.5))
        phone.call(phone.sdp())
        phone.play(hum(1200, 1.5))
        phone.press("#")
        phone.hang_up()
    record = line.ended_call(phone.call_id)
    (file,) = files.glob(f"{record.id}-*.wav")
    samples, rate = soundfile.read(file)
    spectrum = np.abs(np.fft.rfft(samples))

    def share(hertz: int) -> float:
        near = slice(*(round((hertz + side) * len(samples) / rate) for side in (-20, 20)))
        return float(np.sum(spectrum[near] ** 2) / np.sum(spectrum**2))

    assert share(700) > 0.25
    assert share(1200) > 0.25
    assert share(400) < 0.02, "music of a hold is in the request"
    assert 2.5 < len(samples) / rate < 4.5
    (ended,) = [e for e in line.timeline(record.id) if e.kind == "record-end"]
    assert ended.details["stop"] == "key"


@contextmanager
def through(line: Daemon, office: Called) -> Iterator[FarEnd]:
    """A caller who has asked for the office, which has got the INVITE."""
    uri = f"sip:biuro@127.0.0.1:{office.port}"
    line.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    extra = f"P-Asserted-Identity: <sip:{DAMIAN}@127.0.0.1>", "Allow: INVITE, ACK, BYE, CANCEL"
    with FarEnd(line.port, DAMIAN, *extra) as caller:
        caller.call(caller.sdp())
        line.says(caller.call_id, "greeting")
        caller.press(f"{LOGIN}#9")
        office.called()
        yield caller


def test_two_who_talk_through_the_line_may_hold_and_change(line: Daemon) -> None:
    """Early media, hold on either side, another codec, another port: they hear each other again."""
    with Called() as office, through(line, office) as caller:
        office.answer("183 Session Progress", office.sdp(), "Require: 100rel", "RSeq: 7")
        acknowledged = office.request("PRACK")
        assert acknowledged.header("RAck").startswith("7 ")
        assert talk(caller, office)[0] == 9, "the caller hears what comes before the answer"
        office.answer("200 OK")
        record = line.call_of(caller.call_id)
        until(lambda: [e.kind for e in line.timeline(record.id)], lambda k: "joined" in k)
        assert talk(caller, office) == (9, 5)

        assert office.call(office.sdp(direction="sendonly")).status == 200
        assert talk(caller, office) == (9, 0), "the caller hears the music of the office"
        office.call(office.sdp())
        assert talk(caller, office) == (9, 5)

        assert caller.call(caller.sdp(direction="sendonly")).status == 200
        assert talk(caller, office) == (0, 5), "the office hears the caller's music"
        caller.call(caller.sdp(direction="inactive"))
        assert talk(caller, office) == (0, 0)
        caller.move()
        caller.call(caller.sdp())
        office.call(office.sdp(MULAW))
        office.codec = MULAW
        assert talk(caller, office) == (9, 5)

        office.packets(0)
        caller.press("42")
        assert keys(office.packets(0.8, anew=False)) == "42"
        caller.hang_up()
        office.await_bye()
    kinds = [e.kind for e in line.timeline(line.ended_call(caller.call_id).id)]
    assert (kinds.count("hold"), kinds.count("resume")) == (1, 1)


def test_who_takes_no_keys_is_talked_to_all_the_same(line: Daemon) -> None:
    """The office has no telephone-event (RFC 4733): a key that cannot be sent parts nobody."""
    with Called() as office, through(line, office) as caller:
        office.answer("200 OK", office.sdp(event=0))
        record = line.call_of(caller.call_id)
        until(lambda: [e.kind for e in line.timeline(record.id)], lambda k: "joined" in k)
        caller.press("42")
        until(lambda: line.pressed(record.id), lambda keys: keys.endswith("42"))
        assert talk(caller, office) == (9, 5)
        caller.hang_up()
        office.await_bye()
