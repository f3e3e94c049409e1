"""The line under load: SIPp holds many calls, a few calls by hand measure (see probe.py)."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/calls"), str(ROOT / "bench")]

from daemon import Daemon  # noqa: E402
from probe import ProbeCall  # noqa: E402

ANNA = "+48600100101"
#: The loaded callers let the login prompt be read again and again: the agent speaks all the time.
PROMPT_SECONDS = 11
TICKS = os.sysconf("SC_CLK_TCK")

#: Figure → what is wished for on 2 cores with 1,000 calls.
GOALS = {
    "cpu %/call": "<= 0.1",
    "KB/call": "<= 250",
    "200 p99 ms": "<= 30",
    "RTP p99.9 ms": "<= 25",
    "keys lost": "0",
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--calls", default="100,300,500,1000", help="calls at once, one run each")
    parser.add_argument("--seconds", type=int, default=20, help="length of a steady window")
    parser.add_argument("--rate", type=int, default=50, help="new calls a second")
    parser.add_argument("--probes", type=int, default=20, help="measuring calls in each run")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    rows = []
    for calls in map(int, options.calls.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(Path(folder), calls, options))
        print_table(rows)
    if options.json:
        options.json.write_text(json.dumps({"goals": GOALS, "runs": rows}, indent=2) + "\n")


def measure(folder: Path, calls: int, options: argparse.Namespace) -> dict[str, Any]:
    """Run one load and return its figures."""
    cache = ROOT / "data/cache"
    line = Daemon(folder, cache, max_calls=calls + 50, level="info").start()
    try:
        rss = resident(line)
        turns = 2 + (options.seconds + calls // options.rate) // PROMPT_SECONDS
        load = start_load(folder, line, calls, turns, options.rate)
        time.sleep(calls / options.rate + 3)
        cpu, began = used(line), time.monotonic()
        probes = [probe(line, options.seconds / options.probes) for _ in range(options.probes)]
        share = (used(line) - cpu) / (time.monotonic() - began) * 100
        full = resident(line)
        failed = load.wait() != 0
        lost = keys_lost(line, turns)
    finally:
        line.kill()
    gaps = [gap for one in probes for gap in one.gaps]
    setups = [one.setup for one in probes]
    return {
        "calls": calls,
        "failed": failed,
        "cpu %": round(share, 1),
        "cpu %/call": round(share / calls, 3),
        "RSS MB": round(full / 1024),
        "KB/call": round((full - rss) / calls),
        "200 p50 ms": round(statistics.median(setups), 1),
        "200 p99 ms": round(quantile(setups, 0.99), 1),
        "first RTP p50 ms": round(statistics.median(one.first_audio for one in probes), 1),
        "RTP p50 ms": round(statistics.median(gaps), 1),
        "RTP p99 ms": round(quantile(gaps, 0.99), 1),
        "RTP p99.9 ms": round(quantile(gaps, 0.999), 1),
        "key→speech p50 ms": round(statistics.median(one.answer for one in probes), 1),
        "keys lost": lost,
    }


def probe(line: Daemon, seconds: float) -> Any:
    """Make one measuring call."""
    call = ProbeCall(line.port, ANNA)
    call.open()
    call.listen(seconds)
    call.type("100001#")
    call.close()
    return call.result


def start_load(
    folder: Path, line: Daemon, calls: int, turns: int, rate: int
) -> subprocess.Popen[bytes]:
    """Start SIPp: each call echoes the audio it gets, and presses * to hear the prompt again."""
    star = "/usr/share/sip-tester/dtmf_2833_star.pcap"
    turn = (
        f'<pause milliseconds="{PROMPT_SECONDS * 1000}"/>'
        f'<nop><action><exec play_pcap_audio="{star}"/></action></nop>'
    )
    text = (ROOT / "tests/calls/sipp/owner.xml").read_text("utf-8")
    text = text.replace("@KEYS@", turn * turns + '<pause milliseconds="500"/>')
    scenario = folder / "load.xml"
    scenario.write_text(text.replace("[auto_media_port]", "[media_port]"), "utf-8")
    (folder / "load.csv").write_text(f"SEQUENTIAL\n{ANNA}\n", "utf-8")
    command = [
        "sipp", f"127.0.0.1:{line.port}", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-sf",
        str(scenario), "-inf", str(folder / "load.csv"), "-m", str(calls), "-l", str(calls),
        "-r", str(rate), "-rtp_echo", "-mp", "40000", "-nostdin", "-timeout", "300s",
    ]  # fmt: skip
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)


def keys_lost(line: Daemon, turns: int) -> int:
    """Return how many keys of the loaded calls are missing in the records, or too many."""
    lost = 0
    for call in line.calls():
        pressed = line.pressed(call.id)
        lost += abs(len(pressed) - (7 if pressed.startswith("1") else turns))
    return lost


def used(line: Daemon) -> float:
    """Return the seconds of processor time that the daemon has used, without its workers."""
    fields = Path(f"/proc/{line.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(line: Daemon) -> int:
    """Return the daemon's resident memory in KB."""
    status = Path(f"/proc/{line.process.pid}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1])


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the figures so far, with what is wished for."""
    print()
    for name in rows[0]:
        values = "".join(f"{row[name]!s:>10}" for row in rows)
        print(f"{name:>18}{values}   {GOALS.get(name, '')}")


if __name__ == "__main__":
    main()
