"""Conversations that are recorded: who is on which channel, through a pause and a hand-over."""

import base64
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sipagent.exchange.model import Exchange
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import FIRM, TRUNK
from tests.calls.test_put_through import ANNA, EWA, JAN, connect, kinds

pytestmark = pytest.mark.line

RATE = 8000
KEYED = '[recording]\nkey_file = "recording.key"\n'


def recorded(**users: str) -> Exchange:
    """The firm, with users whose conversations are recorded."""
    of = {name.replace("_", " "): how for name, how in users.items()}
    people = [one.model_copy(update={"recorded": of.get(one.name, "no")}) for one in FIRM.users]
    return FIRM.model_copy(update={"users": tuple(people)})


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line on which Jan is recorded, and told so; recordings are sealed."""
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=TRUNK + KEYED)
    (daemon.folder / "recording.key").write_bytes(base64.b64encode(os.urandom(32)))
    with at_work(daemon, recorded(Jan_Kowal="announced")):
        yield daemon


def kept(line: Daemon, call_id: str) -> dict[str, Any]:
    """Return the only recording of a call, once it is whole."""
    call = line.ended_call(call_id).id
    wanted = ("recordings", "list", "--call", call, "--json")
    found = until(
        lambda: json.loads(line.run(*wanted)), lambda seen: seen and seen[-1]["ended"], 10
    )
    (one,) = found
    return dict(one)


def chat(*phones: Softphone) -> None:
    """Let phones send their tones at once, for a second."""
    with ThreadPoolExecutor(len(phones)) as all_of_them:
        for talking in [all_of_them.submit(phone.talk, 1.0) for phone in phones]:
            talking.result()


def heard(path: Path) -> list[tuple[int, int]]:
    """Return which tones follow each other on both channels (0: none), however long each lasts."""
    samples, rate = soundfile.read(path)
    assert (rate, samples.shape[1]) == (RATE, 2)
    frames = samples[: len(samples) // 800 * 800].reshape(-1, 800, 2)
    tones = [(_tone(frame[:, 0]), _tone(frame[:, 1])) for frame in frames]
    return [tone for tone, before in zip(tones, [None, *tones], strict=False) if tone != before]


def _tone(frame: "np.ndarray[Any, Any]") -> int:
    bins = np.abs(np.fft.rfft(frame))
    return int(bins.argmax()) * 10 if np.abs(frame).max() > 0.1 else 0


def test_one_recording_from_the_announcement_to_the_end(firm: Daemon, tmp_path: Path) -> None:
    """A pause for card data is silence on both channels, and a hand-over keeps every piece."""
    with (
        Softphone(firm.port, "101-1", ANNA) as anna,
        Softphone(firm.port, "102-1", JAN) as jan,
        Softphone(firm.port, "103-1", EWA) as ewa,
    ):
        connect(firm, anna, "102", jan)
        firm.says(anna.call_id, "recording.told")
        until(lambda: kinds(firm, anna), lambda seen: "recording" in seen, 10)
        chat(anna, jan)
        jan.press("*4")
        until(lambda: kinds(firm, anna), lambda seen: "recording-paused" in seen, 10)
        chat(anna, jan)
        jan.press("*4")
        until(lambda: kinds(firm, anna), lambda seen: "recording-resumed" in seen, 10)
        chat(anna, jan)
        assert jan.refer("103").status == 202
        ewa.rings()
        ewa.answer_call()
        jan.hung_up()
        until(lambda: kinds(firm, anna).count("joined"), lambda seen: seen == 2, 10)
        chat(anna, ewa)
        ewa.hang_up()
        anna.hung_up()
        one = kept(firm, anna.call_id)
    assert (one["left_party"], one["right_party"]) == ("Anna Nowak <101>", "Jan Kowal <102>")
    assert (one["why"], one["announced"], one["sealed"]) == ("user:Jan Kowal", True, True)
    file = firm.folder / "recordings" / one["file"]
    assert not file.read_bytes().startswith(b"RIFF")
    firm.run("recordings", "export", str(one["id"]), str(tmp_path / "one.wav"))
    both = [tone for tone in heard(tmp_path / "one.wav") if all(tone)]
    assert list(dict.fromkeys(both)) == [(ANNA, JAN), (ANNA, EWA)]
    told = json.loads(firm.run("recordings", "show", str(one["id"]), "--json"))
    kinds_of_it = [event["kind"] for event in told["events"]]
    assert kinds_of_it.index("paused") < kinds_of_it.index("resumed")
    assert [use["what"] for use in told["uses"]] == ["exported"]
