"""Announcements on a real line: a recording, and music in place of ringback."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.exchange import editing
from sipagent.exchange.model import Exchange, LineNumber, Phone, User
from sipagent.exchange.schema import exchange
from sipagent.exchange.softphone import hashes
from sipagent.phone.listen import HEARD, find_clip
from sipagent.speech import audio
from sipagent.store.database import open_database
from tests.calls.daemon import ROOT, Daemon
from tests.calls.softphone import Softphone, strength
from tests.phone_tones import Signal

pytestmark = pytest.mark.line

MAIN = "+48221000200"
FIRM = Exchange(
    users=(User(name="Anna Nowak", number="101"), User(name="Jan Kowal", number="102")),
    phones=tuple(
        Phone(account=account, user=user, **hashes(account, "tajne", "sipagent"))
        for account, user in (("101-1", "Anna Nowak"), ("102-1", "Jan Kowal"))
    ),
)
SCENARIO = """
name = "centrala"
languages = ["pl"]
start = "welcome"

[steps.welcome]
type = "announcement"
announcement = "Powitanie"
next = "office"

[steps.office]
type = "redirect"
target = "user:Jan Kowal"
music = "Melodia"
next = "end"

[steps.end]
type = "hang-up"
"""
#: Dzień dobry. W łazience cieknie woda z sufitu. Proszę o pilną pomoc.
SPOKEN = ROOT / "tests/speech/spoken.flac"


def spoken() -> Signal:
    samples, rate = soundfile.read(SPOKEN, dtype="float64")
    assert rate == 8000
    return np.asarray(samples)


@pytest.fixture
def firm(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line whose number leads to a scenario with recordings."""
    scenarios = tmp_path / "scenarios"
    shutil.copytree(ROOT / "data/scenarios", scenarios)
    (scenarios / "centrala.toml").write_text(SCENARIO, "utf-8")
    daemon = Daemon(tmp_path, clips, scenarios=scenarios)
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
        lead = LineNumber(number=MAIN, leads_to="scenario:centrala")
        editing.add(db, "numbers", lead.model_dump())
    yield daemon
    daemon.discard()


def test_a_recording_is_heard_at_the_level_of_the_voices_and_music_while_it_rings(
    firm: Daemon, tmp_path: Path
) -> None:
    voice = np.repeat(spoken(), 6) * 0.05
    soundfile.write(tmp_path / "powitanie.mp3", np.stack([voice, voice], axis=1), 48000)
    times = np.arange(3 * 44100) / 44100
    soundfile.write(tmp_path / "melodia.ogg", 0.4 * np.sin(2 * np.pi * 700 * times), 44100)
    for name in ("powitanie.mp3", "melodia.ogg"):
        title = name.partition(".")[0].capitalize()
        firm.run("announcements", "add", title, "--recording", str(tmp_path / name))
    assert "good" in firm.run("check")
    firm.start()
    with (
        Softphone(firm.port, "101-1") as anna,
        Softphone(firm.port, "102-1", 900) as jan,
        ThreadPoolExecutor() as beside,
    ):
        ringing = beside.submit(jan.rings, 120)
        anna.call(MAIN)
        anna.status(200)
        firm.says(anna.call_id, "announcement.Powitanie")
        welcome = (anna.play(np.zeros(8 * 8000)) / 32768).astype(np.float32)
        at, likeness = find_clip(welcome, spoken()[: 3 * 8000].astype(np.float32))
        assert likeness > HEARD, "it is what the file says"
        heard = welcome[round(at * 8000) :][: 3 * 8000]
        assert audio.level(heard) == pytest.approx(audio.LEVEL, abs=3)
        ringing.result()
        music = anna.play(np.zeros(4 * 8000))[8000:-4000]
        assert strength(music, 700) > 0.6
        jan.answer_call()
        talk = anna.play(np.zeros(4 * 8000))
        assert strength(talk[-8000:], 700) < 0.1, "the music ends with the ringing"
        jan.hang_up()
        anna.hung_up()
    firm.stop()
