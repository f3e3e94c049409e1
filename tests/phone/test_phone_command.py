"""``sipagent phone`` calling a line in another process, over real SIP and RTP."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sipagent.phone.listen import HEARD, find_clip
from sipagent.phone.recording import read, tone
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

LINE = Path(__file__).with_name("line.py")
RATE = 8000
#: From 300 to 3,000 Hz in a second: alike only to itself at one place.
_TIME = np.arange(RATE) / RATE
SWEEP = (0.4 * np.sin(2 * np.pi * (300 + 1350 * _TIME) * _TIME)).astype(np.float32)


class Line:
    """The line, and what it tells of its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, str(LINE), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._told = self._process.stdout
        self.port = int(self._told.readline())
        self._calls = 0
        self._last = ""

    def uri(self, who: str) -> str:
        """Return what to dial; no two calls have the same."""
        self._calls += 1
        self._last = f"{who}-{self._calls}"
        return f"sip:{self._last}@127.0.0.1:{self.port}"

    def called(self) -> dict[str, Any]:
        """Return how the latest call went; those before it are of no interest."""
        while True:
            told = dict(json.loads(self._told.readline()))
            if told.pop("called") == self._last:
                return told

    @property
    def heard_file(self) -> Path:
        """What ``listener`` heard in the latest call."""
        return self.folder / f"{self._last}.wav"

    def close(self) -> None:
        """End the line."""
        self._process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    made = Line(tmp_path_factory.mktemp("line"))
    yield made
    made.close()


def command(line: Line, user: str, do: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "sipagent", "phone", line.uri(user), "--do", do, *options]


def dial(line: Line, user: str, do: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(line, user, do, *options),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in text.splitlines()]


def hertz_of(samples: Any) -> int:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), RATE))
    return int(np.argmax(spectrum))


def test_a_conversation(line: Line, tmp_path: Path) -> None:
    out = tmp_path / "out"
    do = "silence 0.8; press 1029#; hung-up within 9"
    done = dial(line, "infolinia", do, "--from", "+48600100101", "--json", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert line.called() == {
        "number": "+48600100101",
        "asserted": False,
        "keys": "1029",
        "ended_by": "agent",
    }
    told = events(done.stdout)
    assert told == json.loads((out / "phone.json").read_text("utf-8"))
    assert [event["text"] for event in told if event["kind"] == "press"] == list("1029#")
    assert told[0]["kind"] == "answered"
    assert told[-1]["kind"] == "hung up by the far end"


def test_both_sides_of_the_recording_agree_with_the_timeline(line: Line, tmp_path: Path) -> None:
    out = tmp_path / "out"
    do = "silence 0.8; press 5#; hung-up within 9"
    done = dial(line, "infolinia", do, "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    both, rate = soundfile.read(out / "call.wav", dtype="float32")
    assert (rate, both.shape[1], soundfile.info(out / "call.wav").subtype) == (8000, 2, "PCM_16")
    told = events(done.stdout)
    pressed = [event["at"] for event in told if event["kind"] == "press"]
    for at, key in zip(pressed, "5#", strict=True):
        offset, score = find_clip(both[:, 0], tone(key))
        assert score > 0.99
        assert offset == pytest.approx(at, abs=0.1)
    right = both[:, 1]
    assert hertz_of(right[2000:7000]) == pytest.approx(440, abs=20)
    after = right[round(pressed[1] * RATE) :]
    assert hertz_of(after) == pytest.approx(660, abs=20)
    assert len(both) / RATE == pytest.approx(told[-1]["at"], abs=0.5), "nothing is missing"


def test_what_is_sent_is_heard_as_the_left_side_says(line: Line, tmp_path: Path) -> None:
    sound = np.concatenate([tone("A"), np.zeros(8000, np.float32), tone("D")])
    soundfile.write(tmp_path / "sound.wav", sound, RATE)
    out = tmp_path / "out"
    do = f"wait 0.5; play {tmp_path / 'sound.wav'}; wait 0.5; hang-up"
    assert dial(line, "listener", do, "--out", str(out)).returncode == 0
    line.called()
    assert find_clip(read(line.heard_file), sound)[1] > HEARD
    assert find_clip(read_left(out / "call.wav"), sound)[1] > 0.99


def test_left_and_right_are_aligned(line: Line, tmp_path: Path) -> None:
    """An echo is heard after it was sent, two jitter buffers later."""
    soundfile.write(tmp_path / "sound.wav", SWEEP, RATE)
    out = tmp_path / "out"
    do = f"wait 1; play {tmp_path / 'sound.wav'}; wait 1; hang-up"
    assert dial(line, "echo", do, "--out", str(out)).returncode == 0
    both = soundfile.read(out / "call.wav", dtype="float32")[0]
    sent, heard = (find_clip(both[:, side].copy(), SWEEP) for side in (0, 1))
    assert heard[1] > HEARD
    assert 0 <= heard[0] - sent[0] <= 1


def read_left(path: Path) -> Any:
    return soundfile.read(path, dtype="float32")[0][:, 0].copy()


def test_a_file_of_another_rate_is_played(line: Line, tmp_path: Path) -> None:
    seconds = np.arange(22050) / 22050
    soundfile.write(tmp_path / "a.wav", 0.4 * np.sin(2 * np.pi * 523 * seconds), 22050)
    (tmp_path / "call.toml").write_text('[[do]]\nnote = "a sound"\nplay = "a.wav"\n', "utf-8")
    done = dial(line, "listener", "", "--script", str(tmp_path / "call.toml"))
    assert done.returncode == 0, done.stderr
    assert "phone  note a sound" in done.stdout
    assert "phone  play a.wav" in done.stdout
    line.called()
    heard = read(line.heard_file)
    loud = np.flatnonzero(np.abs(heard) > 0.05)
    assert hertz_of(heard[loud[0] : loud[-1]]) == pytest.approx(523, abs=20)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(1, abs=0.5)


def test_what_is_spoken_is_heard_and_json_stays_json(line: Line, tmp_path: Path) -> None:
    done = dial(line, "listener", "say Dzień dobry", "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [event["kind"] for event in events(done.stdout)] == ["answered", "say", "hangs up"]
    line.called()
    said = read_left(tmp_path / "call.wav")
    words = said[np.flatnonzero(said)[0] : np.flatnonzero(said)[-1]]
    assert find_clip(read(line.heard_file), words)[1] > HEARD


@pytest.mark.parametrize(
    ("user", "do", "sentence"),
    [
        ("busy", "silence; hang-up", "the call was not answered: 486 Busy Here"),
        ("busy", "refused 503", "the call was refused with 486 Busy Here, not with 503"),
        ("mute", "refused 486", "the call was answered; it should be refused with 486"),
        ("mute", "speech within 1", "the far end was not heard within 1 s"),
        ("mute", "silence within 1", "the far end was not heard within 1 s"),
        ("babble", "silence within 2", "the far end did not fall silent within 2 s"),
        ("mute", "wait 0.2; hung-up within 1", "the far end did not hang up within 1 s"),
        ("abrupt", "speech; wait 9", "the script was at 'wait', after speech"),
        ("abrupt", "wait 0.3; press 1234", "the script was at 'press', after wait"),
        ("abrupt", "wait 1; silence 9", "the far end hung up at"),
    ],
)
def test_a_call_that_goes_wrong_is_told_in_one_sentence(
    line: Line, tmp_path: Path, user: str, do: str, sentence: str
) -> None:
    done = dial(line, user, do, "--out", str(tmp_path / "out"))
    assert done.returncode == 5
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    told = json.loads((tmp_path / "out/phone.json").read_text("utf-8"))
    assert told[-1]["kind"] == "failed"
    assert sentence in told[-1]["text"]


def test_an_expected_refusal_goes_well(line: Line) -> None:
    done = dial(line, "busy", "refused 486")
    assert (done.returncode, done.stderr) == (0, "")
    assert "refused 486 Busy Here" in done.stdout


def test_no_answer(line: Line) -> None:
    done = dial(line, "ringing", "hang-up", "--answer-within", "1")
    assert done.returncode == 5
    assert "nobody answered within 1 s" in done.stderr
    assert line.called()["ended_by"] == "caller"


def test_the_whole_call_has_a_limit(line: Line) -> None:
    done = dial(line, "mute", "wait 30", "--timeout", "1.5", "--quiet")
    assert (done.returncode, done.stdout) == (5, "")
    assert "the script was not done within 1.5 s" in done.stderr
    assert line.called()["ended_by"] == "caller"


@pytest.mark.parametrize(
    ("options", "number", "asserted"),
    [
        (("--from", "+48600100101", "--asserted"), "+48600100101", True),
        (("--from", "+48600100101", "--anonymous"), None, False),
        ((), None, False),
    ],
)
def test_who_calls(
    line: Line, options: tuple[str, ...], number: str | None, asserted: bool
) -> None:
    assert dial(line, "mute", "wait 0.1; hang-up", *options).returncode == 0
    told = line.called()
    assert (told["number"], told["asserted"]) == (number, asserted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_hangs_up_and_keeps_the_recording(
    line: Line, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    phone = subprocess.Popen(
        command(line, "babble", "wait 30", "--out", str(out), "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert phone.stdout is not None
    assert json.loads(phone.stdout.readline())["kind"] == "answered"
    time.sleep(0.5)
    os.kill(phone.pid, number)
    _, errors = phone.communicate(timeout=PATIENCE)
    assert (phone.returncode, errors) == (130, "")
    assert line.called()["ended_by"] == "caller"
    assert soundfile.info(out / "call.wav").duration > 0.4
    assert json.loads((out / "phone.json").read_text("utf-8"))[-1]["kind"] == "hangs up"


def test_a_host_that_nobody_knows(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sipagent", "phone", "sip:nobody.invalid"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 5
    assert done.stderr == (
        "sipagent: cannot call sip:nobody.invalid: the host nobody.invalid has no address; "
        "correct its name, or see whether the DNS answers\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("infolinia",), "'infolinia' is no SIP address"),
        (("sip:a@127.0.0.1", "--asserted"), "--asserted needs --from"),
        (("sip:a@127.0.0.1", "--from", "a b>"), "is no calling number"),
        (("sip:a@127.0.0.1", "--do", "dance"), "there is no action 'dance'"),
        (("sip:a@127.0.0.1", "--script", "missing.toml"), "missing.toml: no such file"),
    ],
)
def test_what_cannot_be_called(arguments: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sipagent", "phone", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert sentence in done.stderr
