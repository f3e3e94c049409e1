"""The daemon's life: full, drained, reloaded, killed."""

import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.calls.caller import ANNA, call, calling
from tests.calls.daemon import OPENING, ROOT, SIPAGENT, Daemon, Start, until
from tests.calls.peer import Peer
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

#: What the daemon logs while it opens.
OPENING_STAGES = ("no mail.server: messages are kept, not sent", "rendering the first words")


def test_a_full_line_says_when_to_call_again(start: Start) -> None:
    line = start(max_calls=1)
    with Peer(line.port, ANNA) as first, Peer(line.port, ANNA) as second:
        assert first.call().status == 200
        refused = second.call()
        assert (refused.status, refused.header("Retry-After")) == (503, "10")
        assert first.hang_up().status == 200
        line.ended_call(first.call_id)
        assert second.call().status == 200
        assert second.hang_up().status == 200
    line.ended_call(second.call_id)
    line.stop()


def test_a_draining_line_says_when_to_call_again(start: Start) -> None:
    line = start(drain=20)
    with Peer(line.port, ANNA) as live, Peer(line.port, ANNA) as late:
        assert live.call().status == 200
        line.says(live.call_id, "greeting")
        line.process.send_signal(signal.SIGTERM)
        line.event("draining")
        refused = late.call()
        assert (refused.status, refused.header("Retry-After")) == (503, "20")
        live.press("100001#")
        line.says(live.call_id, "login.accepted")
        assert live.hang_up().status == 200
    line.stop()
    assert [(call.ended_by, call.owner) for call in line.calls()] == [("caller", "100001")]


def test_time_to_drain_is_over_and_the_caller_is_told(start: Start) -> None:
    line = start(drain=1)
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        line.process.send_signal(signal.SIGTERM)
        peer.await_bye()
    line.stop()
    (call,) = line.calls()
    assert (call.ended_by, call.outcome) == ("shutdown", "shutdown")
    ends = [event.details for event in line.timeline(call.id) if event.kind == "prompt-end"]
    assert (ends[-1]["key"], ends[-1]["cut"]) == ("line.closing", False)


def test_sigterm_twice_does_not_wait(start: Start) -> None:
    line = start(drain=60)
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.process.send_signal(signal.SIGTERM)
        line.event("draining")
        line.process.send_signal(signal.SIGTERM)
        peer.await_bye()
    line.stop()
    assert [call.ended_by for call in line.calls()] == ["shutdown"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "stage", ["no mail.server: messages are kept, not sent", "rendering the first words"]
)
def test_a_line_that_is_just_opening_stops_at_once(
    tmp_path: Path, stage: str, sent: signal.Signals
) -> None:
    """With an empty cache, rendering takes more than a minute."""
    line = Daemon(tmp_path, tmp_path / "cache")
    try:
        line.launch()
        line.event(stage, within=OPENING)
        line.process.send_signal(sent)
        line.stop()
        assert not line.count("line open")
    finally:
        line.discard()


def test_who_waits_for_a_name_when_the_line_stops_is_told_to_call_again(start: Start) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(PATIENCE)
        line = start(sip=f'nameservers = ["127.0.0.1:{silent.getsockname()[1]}"]', drain=20)
        with Peer(line.port, ANNA, "Record-Route: <sip:proxy.test;lr>") as peer:
            peer.send("INVITE", peer.offer())
            assert b"proxy" in silent.recv(4096)
            line.process.send_signal(signal.SIGTERM)
            refused = peer.answered()
            assert (refused.status, refused.header("Retry-After")) == (503, "20")
    line.stop()
    assert line.calls() == []


def test_nothing_is_promised_when_the_database_is_gone(start: Start) -> None:
    line = start()
    port = line.event("metrics served")["port"]
    with Peer(line.port, ANNA) as peer:
        peer.call()
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        for file in line.folder.glob("line.db*"):
            file.unlink()
        peer.press("3")
        line.event("timeline", kind="prompt", key="statement.failed")
        with pytest.raises(urllib.error.HTTPError, match="503") as told:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=PATIENCE)
        assert "was deleted or replaced" in told.value.read().decode()
    assert not line.count("timeline", kind="prompt", key="statement.sent")


def test_kill_nine_loses_no_call(start: Start) -> None:
    line = start()
    live = calling(line, "speech; press 1; wait 30; hang-up", "--from", ANNA)
    line.event("timeline", kind="digit")
    # Events reach the disk within 50 ms; what is there by then survives.
    until(lambda: line.pressed(line.calls()[0].id), lambda keys: keys == "1")
    line.kill()
    live.kill()
    live.wait(PATIENCE)
    assert line.calls()[0].ended is None
    line.start()
    record = line.calls()[0]
    assert record.ended_by == "crash"
    assert line.pressed(record.id) == "1"
    assert call(line, "speech; hang-up", "--from", ANNA).returncode == 0
    line.stop()


def test_sighup_takes_new_prompts_and_refuses_bad_ones(start: Start, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    shutil.copytree(ROOT / "data/prompts", prompts)
    line = start(prompts=prompts)
    polish = prompts / "pl.toml"
    good = polish.read_text("utf-8")
    greeting = "Dzień dobry. Tu infolinia dla właścicieli lokali."
    assert greeting in good

    polish.write_text(good.replace(greeting, "Dzień dobry, tu nowa infolinia."), "utf-8")
    line.process.send_signal(signal.SIGHUP)
    line.event("reloaded")
    assert call(line, "speech; hang-up", "--from", ANNA).returncode == 0
    said = [e.details["text"] for e in line.timeline(line.ended()[0].id) if e.kind == "prompt"]
    assert said[0] == "Dzień dobry, tu nowa infolinia."

    polish.write_text(good.replace("{key:1}", "{key:5}"), "utf-8")
    line.process.send_signal(signal.SIGHUP)
    refused = line.event("reload refused; the line goes on as before")
    assert "key 5 is announced" in refused["reason"]
    line.log.remove(refused)
    assert call(line, "speech; hang-up", "--from", ANNA).returncode == 0
    said = [e.details["text"] for e in line.timeline(line.ended(2)[0].id) if e.kind == "prompt"]
    assert said[0] == "Dzień dobry, tu nowa infolinia.", "the good ones stay"
    line.stop()


def test_sighup_refuses_a_broken_scenario(start: Start, tmp_path: Path) -> None:
    scenarios = tmp_path / "scenarios"
    shutil.copytree(ROOT / "data/scenarios", scenarios)
    line = start(scenarios=scenarios)
    file = scenarios / "infolinia.toml"
    good = file.read_text("utf-8")
    for bad, reason in (
        (good.replace('next = "login"', 'next = "logim"'), "logim"),
        (good + "[steps", "infolinia.toml"),
        ("", "infolinia.toml"),
        (good + '[voices]\npl = "pl_PL-nobody-low"\n', "pl_PL-nobody-low"),
    ):
        file.write_text(bad, "utf-8")
        line.process.send_signal(signal.SIGHUP)
        refused = line.event("reload refused; the line goes on as before")
        assert reason in refused["reason"]
        line.log.remove(refused)
    with Peer(line.port, ANNA) as peer:
        assert peer.call().status == 200
        line.says(peer.call_id, "greeting")
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        peer.hang_up()
    assert line.ended_call(peer.call_id).owner == "100001"
    line.stop()


def test_a_scenario_speaks_with_its_voice_and_what_is_recorded(tmp_path: Path) -> None:
    scenarios, prompts, folder = (tmp_path / name for name in ("scenarios", "prompts", "line"))
    shutil.copytree(ROOT / "data/scenarios", scenarios)
    shutil.copytree(ROOT / "data/prompts", prompts)
    with (scenarios / "infolinia.toml").open("a", encoding="utf-8") as file:
        file.write('[voices]\npl = "pl_PL-nela-low"\n')
    (prompts / "recorded/pl").mkdir(parents=True)
    tone = 0.3 * np.sin(np.arange(16000) / 5)
    soundfile.write(prompts / "recorded/pl/greeting.wav", tone, 16000)
    folder.mkdir()
    line = Daemon(folder, tmp_path / "clips", scenarios=scenarios, prompts=prompts)
    try:
        line.start()
        assert "pl_PL-nela-low" in line.event("voices loaded")["voices"]
        with Peer(line.port, ANNA) as peer:
            peer.call()
            line.says(peer.call_id, "login.enter")
            peer.hang_up()
        said = line.timeline(line.ended_call(peer.call_id).id)
        greeting = next(event.details for event in said if event.kind == "prompt-end")
        assert (greeting["key"], greeting["cut"]) == ("greeting", False)
        assert 1.0 < greeting["seconds"] < 2.2, "a second of tone, and the pause after it"
        line.stop()
    finally:
        line.discard()


def test_a_live_call_keeps_the_prompts_that_it_began_with(start: Start, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    shutil.copytree(ROOT / "data/prompts", prompts)
    line = start(prompts=prompts)
    polish = prompts / "pl.toml"
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        good = polish.read_text("utf-8")
        old, new = "Nie wpisano żadnej cyfry.", "Nie było żadnej cyfry."
        assert old in good
        polish.write_text(good.replace(old, new), "utf-8")
        line.process.send_signal(signal.SIGHUP)
        line.event("reloaded")
        peer.press("#")
        line.says(peer.call_id, "login.empty")
        peer.hang_up()
    said = line.timeline(line.ended_call(peer.call_id).id)
    assert [e.details["text"] for e in said if e.details.get("text") in {old, new}] == [old]
    line.stop()


def test_a_line_without_clips_opens_with_its_first_words(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    line = Daemon(folder, tmp_path / "no-clips-yet")
    try:
        line.start()
        assert not line.count("prompts rendered"), "the others are rendered behind the calls"
        with Peer(line.port, ANNA) as peer:
            assert peer.call().status == 200
            line.says(peer.call_id, "greeting")
            peer.hang_up()
        line.ended_call(peer.call_id)
        line.process.send_signal(signal.SIGTERM)
        line.event("line closed", within=60)
        assert not line.count("prompts rendered"), "the end does not wait for them"
        line.stop()
    finally:
        line.discard()


def test_a_port_that_is_taken_is_one_clear_sentence(start: Start, tmp_path: Path) -> None:
    line = start()
    text = line.config.read_text("utf-8").replace("port = 0", f"port = {line.port}")
    other = tmp_path / "other"
    other.mkdir()
    (other / "agent.toml").write_text(text, "utf-8")
    done = subprocess.run(
        [*SIPAGENT, "run", "--config", str(other / "agent.toml")],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1:{line.port}" in done.stderr
    assert "Traceback" not in done.stderr
    line.stop()


#: What ``sitecustomize`` does to every process of Python that is started with it.
BREAKS = {
    "while it is open": (
        "from pathlib import Path\n"
        "from sipagent.sip.thread import PjThread\n"
        "turn = PjThread._turn\n"
        "def broken(self, endpoint):\n"
        "    if Path(__file__).with_name('break').exists():\n"
        "        raise RuntimeError('worn out')\n"
        "    turn(self, endpoint)\n"
        "PjThread._turn = broken\n"
    ),
    "at the start": (
        "from sipagent.sip.endpoint import Endpoint\n"
        "def broken(self, endpoint):\n"
        "    raise RuntimeError('worn out')\n"
        "Endpoint._set_up = broken\n"
    ),
}


@pytest.fixture
def breakable(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Return the environment of a daemon that will break."""

    def prepare(when: str) -> dict[str, str]:
        (tmp_path / "sitecustomize.py").write_text(BREAKS[when], "utf-8")
        return {"PYTHONPATH": f"{tmp_path}:{ROOT}"}

    return prepare


def test_a_broken_thread_ends_the_daemon(
    start: Start, tmp_path: Path, breakable: Callable[[str], dict[str, str]]
) -> None:
    """With a sentence and a status, and with the records of its calls; systemd starts it again."""
    line = start(environment=breakable("while it is open"))
    with Peer(line.port, ANNA) as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        (tmp_path / "break").touch()
        assert line.process.wait(PATIENCE) == 7
    line.event("sipagent: the PJSIP thread broke: RuntimeError: worn out; the log says where")
    assert line.event("the PJSIP thread broke")["exception"].endswith("worn out")
    assert line.ended_call(peer.call_id).ended_by == "shutdown"


def test_a_start_that_breaks_ends_the_daemon(
    tmp_path: Path, clips: Path, breakable: Callable[[str], dict[str, str]]
) -> None:
    line = Daemon(tmp_path, clips, environment=breakable("at the start"))
    try:
        with pytest.raises(AssertionError, match="PJSIP was not started: RuntimeError: worn out"):
            line.start()
        assert line.process.wait(PATIENCE) == 7
    finally:
        line.discard()
