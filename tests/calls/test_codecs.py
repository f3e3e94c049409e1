"""Each codec with a softphone that is not ours: what it hears, and what its keys do."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import le
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from sipagent.phone import recording
from sipagent.phone.listen import find_clip
from tests.calls.baresip import softphone
from tests.calls.daemon import Daemon, until

pytestmark = pytest.mark.outside

#: An owner of its own for each codec: login, number, what baresip needs.
PHONES = {
    "PCMA": ("100003", "+48600100103", ""),
    "PCMU": ("100002", "+48600100102", ""),
    "G722": ("100004", "+48600100104", "module g722.so\n"),
    "opus": ("100005", "+48600100105", "module opus.so\n"),
}


def heard_by(file: Path) -> recording.Samples:
    """Return what baresip has heard, at 8 kHz, whatever the rate of its codec."""
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    heard = np.asarray(soxr.resample(samples.mean(axis=1), rate, recording.RATE), np.float32)
    # The call ends with the prompt: a jitter buffer that dropped a frame leaves too little of it.
    return np.pad(heard, (0, recording.RATE // 2))


def test_baresip_hears_and_is_heard_with_every_codec(wide: Daemon, tmp_path: Path) -> None:
    def converse(codec: str) -> tuple[str, recording.Samples]:
        login, number, modules = PHONES[codec]
        folder = tmp_path / codec
        folder.mkdir()
        account = f";audio_codecs={codec}"
        with softphone(folder, number, wide, account=account, settings=modules) as phone:

            def mine() -> str:
                live = [
                    c for c in wide.calls() if c.caller == number and c.answered and not c.ended
                ]
                return live[0].id if live else ""

            call = until(mine, bool)
            # Before it knows that the call is there, it takes keys for a number to dial.
            log = folder / "baresip.log"
            until(lambda: log.read_text("utf-8"), lambda text: "Call established" in text)
            for count, key in enumerate(f"{login}#", 1):
                phone.type(key)
                until(lambda: len(wide.pressed(call)), partial(le, count))
            until(lambda: whole(wide, call), lambda said: "login.accepted" in said)
            phone.type("b")
            until(lambda: not mine(), bool)
            return call, heard_by(phone.quit())

    with ThreadPoolExecutor(len(PHONES)) as phones:
        results = dict(zip(PHONES, phones.map(converse, PHONES), strict=True))
    clip, other = tmp_path / "meant.wav", tmp_path / "other.wav"
    wide.run("say", "Było zbyt wiele nieudanych prób.", "-o", str(other))
    for codec, (call, heard) in results.items():
        assert wide.pressed(call) == f"{PHONES[codec][0]}#", codec
        timeline = wide.timeline(call)
        said = {e.details["key"]: e.details["text"] for e in timeline if e.kind == "prompt"}
        wide.run("say", said["login.accepted"], "-o", str(clip))
        # A lossy codec and a late packet change the wave, but not into that of another sentence.
        likeness = find_clip(heard, recording.read(clip))[1]
        assert likeness > 0.3, codec
        assert likeness > 1.5 * find_clip(heard, recording.read(other))[1], codec


def whole(line: Daemon, call: str) -> list[str]:
    """Return the prompts of a call that were said to their end."""
    ends = [e.details for e in line.timeline(call) if e.kind == "prompt-end"]
    return [end["key"] for end in ends if not end["cut"]]
