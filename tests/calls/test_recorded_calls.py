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
from sipagent.sip.addresses import free_port
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import FIRM, TRUNK
from tests.calls.test_put_through import ANNA, EWA, JAN, connect, kinds

pytestmark = pytest.mark.line

RATE, FRAME = 8000, 800
#: The tone of what is nobody's business: the number of a card.
CARD = 1900
KEYED = '[recording]\nkey_file = "recording.key"\n'


def recorded(**users: str) -> Exchange:
    """The firm, with users whose conversations are recorded."""
    of = {name.replace("_", " "): how for name, how in users.items()}
    people = [one.model_copy(update={"recorded": of.get(one.name, "no")}) for one in FIRM.users]
    return FIRM.model_copy(update={"users": tuple(people)})


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line on which Jan is recorded, and told so; recordings are sealed."""
    port = {"SIPAGENT_SIP__PORT": str(free_port(["127.0.0.1"]))}
    folder = tmp_path_factory.mktemp("firm")
    daemon = Daemon(folder, clips, extra=TRUNK + KEYED, environment=port)
    (daemon.folder / "recording.key").write_bytes(base64.b64encode(os.urandom(32)))
    with at_work(daemon, recorded(Jan_Kowal="announced")):
        yield daemon


def kept(line: Daemon, call_id: str) -> dict[str, Any]:
    """Return the only recording of a call, once it is whole."""
    call = line.ended_call(call_id).id
    wanted = ("recordings", "list", "--call", call, "--json")
    found = until(lambda: json.loads(line.run(*wanted)), lambda seen: seen and seen[-1]["ended"])
    (one,) = found
    return dict(one)


def chat(*phones: Softphone) -> None:
    """Let phones send their tones at once, for a second."""
    with ThreadPoolExecutor(len(phones)) as all_of_them:
        for talking in [all_of_them.submit(phone.talk, 1.0) for phone in phones]:
            talking.result()


def heard(path: Path) -> list[dict[int, float]]:
    """Return for how many seconds each tone is on the left and on the right, as they follow."""
    samples, rate = soundfile.read(path)
    assert (rate, samples.shape[1]) == (RATE, 2)
    found: list[dict[int, float]] = [{}, {}]
    for frame in samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME, 2):
        for side, tones in enumerate(found):
            if np.abs(frame[:, side]).max() > 0.1:
                peak = int(np.abs(np.fft.rfft(frame[:, side])).argmax()) * RATE // FRAME
                tone = min((ANNA, JAN, EWA, CARD), key=lambda hertz: abs(hertz - peak))
                tones[tone] = tones.get(tone, 0.0) + FRAME / RATE
    return found


def test_one_recording_from_the_announcement_to_the_end(firm: Daemon, tmp_path: Path) -> None:
    """A pause for card data is silence on both channels, and a hand-over keeps every piece."""
    with (
        Softphone(firm.port, "101-1", ANNA) as anna,
        Softphone(firm.port, "102-1", JAN) as jan,
        Softphone(firm.port, "103-1", EWA) as ewa,
    ):
        connect(firm, anna, "102", jan)
        firm.says(anna.call_id, "recording.told")
        until(lambda: kinds(firm, anna), lambda seen: "recording" in seen)
        chat(anna, jan)
        jan.press("*4")
        until(lambda: kinds(firm, anna), lambda seen: "recording-paused" in seen)
        anna.hertz = jan.hertz = CARD
        chat(anna, jan)
        anna.hertz, jan.hertz = ANNA, JAN
        jan.press("*4")
        until(lambda: kinds(firm, anna), lambda seen: "recording-resumed" in seen)
        chat(anna, jan)
        assert jan.refer("103").status == 202
        ewa.rings()
        ewa.answer_call()
        jan.hung_up()
        until(lambda: kinds(firm, anna).count("joined"), lambda seen: seen == 2)
        chat(anna, ewa)
        ewa.hang_up()
        anna.hung_up()
        one = kept(firm, anna.call_id)
    assert (one["left_party"], one["right_party"]) == ("Anna Nowak <101>", "Jan Kowal <102>")
    assert (one["why"], one["announced"], one["sealed"]) == ("user:Jan Kowal", True, True)
    file = firm.folder / "recordings" / one["file"]
    assert not file.read_bytes().startswith(b"RIFF")
    firm.run("recordings", "export", str(one["id"]), str(tmp_path / "one.wav"))
    left, right = heard(tmp_path / "one.wav")
    assert list(left) == [ANNA], "and nothing of the card"
    assert list(right) == [JAN, EWA]
    told = json.loads(firm.run("recordings", "show", str(one["id"]), "--json"))
    kinds_of_it = [event["kind"] for event in told["events"]]
    assert kinds_of_it.index("paused") < kinds_of_it.index("resumed")
    assert [use["what"] for use in told["uses"]] == ["exported"]


def test_what_was_recorded_when_the_line_was_killed_is_kept(firm: Daemon, tmp_path: Path) -> None:
    folder = firm.folder / "recordings"
    before = set(folder.glob("*"))
    with Softphone(firm.port, "101-1", ANNA) as anna, Softphone(firm.port, "102-1", JAN) as jan:
        connect(firm, anna, "102", jan)
        until(lambda: kinds(firm, anna), lambda seen: "recording" in seen)
        chat(anna, jan)
        (file,) = set(folder.iterdir()) - before
        until(lambda: file.stat().st_size, lambda size: size > 3 * 32_000)
        firm.kill()
        firm.start()
        firm.event("a recording that a run that died has left is kept")
        for phone in (anna, jan):
            phone.hung_up()
        one = kept(firm, anna.call_id)
    assert one["seconds"] >= 2.0
    firm.run("recordings", "export", str(one["id"]), str(tmp_path / "one.wav"))
    assert [list(tones) for tones in heard(tmp_path / "one.wav")] == [[ANNA], [JAN]]
