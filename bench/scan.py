"""What a caller feels of a scan: set-up and audio alone, and while SIPp scans as a stranger.

.venv/bin/python -m bench.scan [--rate 1000] [--seconds 15]

The scan is one of OPTIONS, REGISTER and INVITE at once, each at a third of the rate, from an
address that may not call. Both halves run on one daemon, one after the other.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench.probe import ProbeCall
from tests.calls.daemon import Daemon

ROOT = Path(__file__).parent.parent

SCANNER = "127.0.0.66"
METHODS = ("OPTIONS", "REGISTER", "INVITE")
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="scan">
  <send><![CDATA[
{method} sip:100@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:100@[local_ip]>;tag=[call_number]
To: <sip:100@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 {method}
Contact: <sip:100@[local_ip]:[local_port]>
User-Agent: friendly-scanner
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""


def main() -> None:
    """Measure both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=1000, help="messages of the scan a second")
    parser.add_argument("--seconds", type=int, default=15, help="length of each half")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        cache = ROOT / "data/cache"
        line = Daemon(folder, cache, level="info", sip='allow = ["127.0.0.1/32"]').start()
        try:
            observe(line, 3)
            quiet = observe(line, options.seconds)
            scanners = [scan(folder, line, method, options) for method in METHODS]
            time.sleep(1)
            noisy = observe(line, options.seconds)
            for scanner in scanners:
                scanner.kill()
            time.sleep(1.5)
            refused = sum(
                int(str(event["event"]).rpartition("=")[2])
                for event in line.log
                if str(event["event"]).startswith("sip refused from")
            )
        finally:
            line.kill()
    print(f"{'':24}{'alone':>10}{'scanned':>10}")
    for key in quiet:
        print(f"{key:24}{quiet[key]:10.1f}{noisy[key]:10.1f}")
    print(f"refused, none answered: {refused}")


def scan(
    folder: Path, line: Daemon, method: str, options: argparse.Namespace
) -> "subprocess.Popen[bytes]":
    """Start a SIPp that sends one method without end."""
    scenario = folder / f"{method}.xml"
    scenario.write_text(SCENARIO.format(method=method))
    rate = max(options.rate // len(METHODS), 1)
    command = ["sipp", f"127.0.0.1:{line.port}", "-sf", str(scenario), "-i", SCANNER]
    command += ["-r", str(rate), "-m", str(rate * (options.seconds + 5)), "-nostdin"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def observe(line: Daemon, seconds: int) -> dict[str, float]:
    """Call again and again for so many seconds, and listen."""
    setups: list[float] = []
    gaps: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        call = ProbeCall(line.port, "+48500100200")
        call.open()
        gaps += call.listen(0.5)
        call.close()
        setups.append(call.setup)
    return {
        "calls": len(setups),
        "200 OK p50 ms": statistics.median(setups),
        "200 OK max ms": max(setups),
        "RTP apart p99 ms": sorted(gaps)[int(len(gaps) * 0.99)],
        "RTP apart max ms": max(gaps),
    }


if __name__ == "__main__":
    main()
