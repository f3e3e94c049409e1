"""The daemon's life: full, drained, reloaded, killed."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from caller import ANNA, call, calling
from daemon import ROOT, SIPAGENT, Daemon, until

Start = Callable[..., Daemon]
STAY = "speech; wait 4; hang-up"


def test_a_full_line_refuses_and_takes_calls_again(start: Start) -> None:
    line = start(max_calls=1)
    first = calling(line, STAY, "--from", ANNA)
    line.event("timeline", kind="answer")
    refused = call(line, "speech; hang-up")
    assert refused.returncode == 5
    assert "503" in refused.stderr
    assert first.wait(30) == 0
    line.ended()
    assert call(line, "speech; hang-up", "--from", ANNA).returncode == 0
    line.stop()


def test_sigterm_lets_calls_finish_and_takes_no_new_ones(start: Start) -> None:
    line = start()
    live = calling(line, STAY, "--from", ANNA)
    line.event("timeline", kind="answer")
    line.process.send_signal(signal.SIGTERM)
    line.event("draining")
    refused = call(line, "speech; hang-up")
    assert refused.returncode == 5
    assert "503" in refused.stderr
    assert live.wait(30) == 0, "the live call was cut off"
    line.stop()
    assert [(row.ended_by, row.outcome) for row in line.calls()] == [("caller", "hung-up")]


def test_when_the_time_to_drain_is_over_calls_are_ended(start: Start) -> None:
    line = start(drain=1)
    live = calling(line, "speech; hung-up", "--from", ANNA)
    line.event("timeline", kind="answer")
    line.stop()
    assert live.wait(30) == 0
    assert [row.ended_by for row in line.calls()] == ["shutdown"]


def test_kill_nine_loses_no_call(start: Start) -> None:
    line = start()
    live = calling(line, "speech; press 1; wait 30; hang-up", "--from", ANNA)
    line.event("timeline", kind="digit")
    # Events reach the disk within 50 ms; what is there by then survives.
    until(lambda: line.pressed(line.calls()[0].id), lambda keys: keys == "1", within=5)
    line.kill()
    live.kill()
    live.wait(30)
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


def test_a_port_that_is_taken_is_one_clear_sentence(start: Start, tmp_path: Path) -> None:
    line = start()
    text = line.config.read_text("utf-8").replace("port = 0", f"port = {line.port}")
    other = tmp_path / "other"
    other.mkdir()
    (other / "agent.toml").write_text(text, "utf-8")
    done = subprocess.run(
        [*SIPAGENT, "run", "--config", str(other / "agent.toml")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1:{line.port}" in done.stderr
    assert "Traceback" not in done.stderr
    line.stop()
