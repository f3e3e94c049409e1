"""The line under load: SIPp holds many calls, calls made by hand measure (see probe.py)."""

import argparse
import difflib
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.load import Load
from bench.looking import Looking
from bench.machine import facts, resident, sample
from bench.probe import ProbeCall
from bench.transcribing import Transcribing
from tests.calls.daemon import Daemon, until

ROOT = Path(__file__).resolve().parent.parent

#: Calls made by hand in each run: some only listen; then some are set up again and again, some
#: interrupt and ask, some press keys as fast as a person can.
LISTENERS, SETUPS, ASKERS, TYPISTS = 20, 2, 4, 8
PROBES = LISTENERS + SETUPS + ASKERS + TYPISTS
#: Seconds between two calls of one of those that are set up again and again.
SETUP_EVERY = 0.2
#: Calls that press keys where only that is measured, and how many each presses.
DIGIT_CALLS, DIGIT_KEYS = 100, 80

#: Calling numbers: of SIPp's callers (load.xml), and of calls by hand whose keys are not checked.
CROWD, PASSER_BY = "+48600100101", "+48600100102"

#: Figure → what is wished for on 2 cores with 1,000 calls.
GOALS = {
    "CPU %/call": "<= 0.1",
    "KB/call": "<= 250",
    "200 p99 ms": "<= 30",
    "RTP p99.9 ms": "<= 25",
    "keys lost": "0",
    "keys doubled": "0",
    "calls failed": "no",
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--calls", default="100,300,500,1000", help="calls at once, one run each")
    parser.add_argument("--seconds", type=int, default=20, help="length of the steady window")
    parser.add_argument("--rate", type=int, default=100, help="new calls a second")
    parser.add_argument(
        "--only",
        choices=("latency", "load", "digits"),
        help="latency: an idle line; load: --calls; digits: keys alone. Default: all three",
    )
    parser.add_argument(
        "--transcribing",
        action="store_true",
        help="run each load a second time while requests are written down without a pause",
    )
    parser.add_argument(
        "--browsers",
        type=int,
        default=0,
        help="run each load a second time while so many browsers look at the panel",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine": facts(), "goals": GOALS, "runs": []}
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    loads = {"latency": [0], "digits": []}.get(
        options.only, [*([] if options.only else [0]), *map(int, options.calls.split(","))]
    )
    for calls in loads:
        for besides in besides_of(options):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                run = measure(Path(folder), calls, options.seconds, options.rate, besides)
            result["runs"].append(run)
            print_table(result["runs"])
    if options.only in {None, "digits"}:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            result["digits"] = digits(Path(folder))
        print("\nkeys alone:", ", ".join(f"{k} {v}" for k, v in result["digits"].items()))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


class Besides(Protocol):
    """What goes on while a load is measured."""

    def start(self) -> "Besides":
        """Begin; returns when it is under way."""

    def stop(self) -> dict[str, float]:
        """End, and return its own figures."""


#: Makes what goes on beside a line.
Making = Callable[[Daemon], Besides]


def besides_of(options: argparse.Namespace) -> list[Making | None]:
    """Return with what beside it a load is measured: once with nothing."""
    found: list[Making | None] = [None]
    if options.transcribing:
        found.append(lambda line: Transcribing(line.folder))
    if options.browsers:
        found.append(lambda line: Looking(line.config, options.browsers))
    return found


def measure(
    folder: Path, calls: int, seconds: int, rate: int, making: Making | None
) -> dict[str, Any]:
    """Run one load and return its figures."""
    line = start_line(folder, calls + PROBES + 20)
    ramp = calls / rate + 3
    load = besides = None
    try:
        warm_up(line)
        empty = resident(line.process.pid)
        if calls:
            load = Load(folder, line.port, calls, ramp + 2 * seconds + 10, rate)
            time.sleep(ramp)
        full = resident(line.process.pid)
        if making:
            besides = making(line).start()
        callers = load.processes if load else []
        before = sample(line.process.pid, callers)
        crew = Crew(line.port, seconds)
        crew.together([crew.listen] * LISTENERS)
        after = sample(line.process.pid, callers)
        crew.together(
            [
                *[crew.set_up] * SETUPS,
                *[crew.ask] * ASKERS,
                *(crew.type_keys(number, None) for number in range(TYPISTS)),
            ]
        )
        busy = sample(line.process.pid, callers)
        done = besides.stop() if besides else {}
        besides = None
        failed = load is not None and not load.wait()
        setups = load.setups() if load else []
        keys = check_keys(line, crew.typed, load.turns if load else 0)
        spoken = speaking(line)
    finally:
        if besides:
            besides.stop()
        if load:
            load.stop()
        line.kill()
    span = after.at - before.at
    daemon, workers, crowd, machine = (
        (getattr(after, name) - getattr(before, name)) / span * 100
        for name in ("daemon", "workers", "callers", "machine")
    )
    live = calls + LISTENERS
    packets = (after.datagrams - before.datagrams) / span
    figures = {
        "calls": calls,
        "calls failed": "yes" if failed or crew.errors else "no",
        "line speaks %": round(spoken, 1) if calls else "-",
        # Both ends of a call receive 50 packets a second; probes only listen.
        "RTP both ways %": round((packets - 50 * LISTENERS) / calls, 1) if calls else "-",
        "packets dropped": after.dropped - before.dropped,
        "CPU %": round(daemon, 1),
        "CPU %/call": round(daemon / live, 3),
        "CPU % busy": round((busy.daemon - after.daemon) / (busy.at - after.at) * 100, 1),
        "CPU % speech": round(workers, 1),
        "CPU % callers": round(crowd, 1),
        "CPU % others": round(machine - daemon - workers - crowd, 1),
        "RSS MB": round(full / 1024),
        "KB/call": round((full - empty) / calls) if calls else "-",
    }
    if setups:
        figures |= spread("200 of the load", setups, 0.99)
    figures |= spread("200", crew.setups, 0.99)
    figures |= spread("200→RTP", crew.packets, 0.99)
    figures |= spread("ACK→word", crew.words, 0.99)
    figures |= spread("RTP", crew.gaps, 0.99, 0.999, 1)
    figures |= spread("key→silence", crew.cuts, 1)
    figures |= spread("key→word", crew.answers, 1)
    figures |= keys | done
    if crew.errors:
        figures["errors"] = crew.errors[:5]
    return figures


def digits(folder: Path) -> dict[str, int]:
    """Press many keys at once on a line without other load."""
    line = start_line(folder, DIGIT_CALLS + 20)
    try:
        warm_up(line)
        crew = Crew(line.port, 0)
        crew.together([crew.type_keys(number, DIGIT_KEYS) for number in range(DIGIT_CALLS)])
        if crew.errors:
            raise SystemExit(f"calls failed: {crew.errors[:5]}")
        return {"calls": DIGIT_CALLS, **check_keys(line, crew.typed, 0)}
    finally:
        line.kill()


def start_line(folder: Path, most: int) -> Daemon:
    """Start a daemon with the shipped infoline and sample owners."""
    cache = ROOT / "data/cache"
    return Daemon(folder, cache, max_calls=most, level="info").start()


def warm_up(line: Daemon) -> None:
    """Make the calls after which the daemon has all that it keeps."""
    for _ in range(5):
        call = ProbeCall(line.port, PASSER_BY)
        call.open(await_word=True)
        call.press("*")
        call.close()
    line.ended(5)
    time.sleep(1)


@dataclass
class Crew:
    """The calls made by hand, each in a thread, and what they measured in milliseconds."""

    port: int
    seconds: float
    setups: list[float] = field(default_factory=list)
    packets: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    #: Calling number → the keys it pressed.
    typed: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def together(self, work: list[Callable[[], None]]) -> None:
        """Run every one in a thread of its own, and keep what goes wrong."""
        with ThreadPoolExecutor(len(work)) as pool:
            for done in [pool.submit(one) for one in work]:
                if error := done.exception():
                    self.errors.append(repr(error))

    def listen(self) -> None:
        """Take the times between packets."""
        call = self._opened()
        gaps = call.listen(self.seconds - 1)
        call.close()
        with self.lock:
            self.gaps += gaps

    def set_up(self) -> None:
        """Make one short call after the other."""
        until_then = time.monotonic() + self.seconds - 1
        while time.monotonic() < until_then:
            began = time.monotonic()
            call = self._opened(await_word=True)
            call.close()
            time.sleep(max(0.0, began + SETUP_EVERY - time.monotonic()))
            with self.lock:
                self.setups.append(call.setup)
                self.packets.append(call.first_packet)
                self.words.append(call.first_word)

    def ask(self) -> None:
        """Cut the prompt by a digit, and in the silence have it dropped: words are the answer."""
        until_then = time.monotonic() + self.seconds - 3
        call = self._opened(await_word=True)
        while time.monotonic() < until_then:
            call.wait(random.uniform(1.5, 2.5))
            cut = call.interrupt("1")
            answer = call.ask("*")
            with self.lock:
                self.answers.append(answer)
                self.cuts.append(cut)
        call.close()

    def type_keys(self, number: int, count: int | None) -> Callable[[], None]:
        """Return the work of pressing digits, every sixth key a star: nothing is looked up."""
        caller = f"+48600200{number:03}"

        def work() -> None:
            until_then = time.monotonic() + self.seconds - 1
            call = ProbeCall(self.port, caller)
            call.open()
            while len(call.pressed) < count if count is not None else time.monotonic() < until_then:
                key = "*" if len(call.pressed) % 6 == 5 else random.choice("0123456789")
                call.press(key)
            call.wait(0.5)
            call.close()
            self.typed[caller] = call.pressed

        return work

    def _opened(self, *, await_word: bool = False) -> ProbeCall:
        call = ProbeCall(self.port, PASSER_BY)
        call.open(await_word=await_word)
        return call


def check_keys(line: Daemon, typed: dict[str, str], turns: int) -> dict[str, int]:
    """Compare what was pressed with the call records, call by call, in order."""
    until(lambda: sum(call.ended is None for call in line.calls()), lambda live: live == 0, 30)
    lost = doubled = pressed = 0
    for call in line.calls():
        if call.caller in typed:
            wanted = typed[call.caller]
        elif call.caller == CROWD:
            wanted = "*" * turns
        else:
            continue
        heard = line.pressed(call.id)
        match = difflib.SequenceMatcher(None, wanted, heard, autojunk=False)
        same = sum(block.size for block in match.get_matching_blocks())
        pressed += len(wanted)
        lost += len(wanted) - same
        doubled += len(heard) - same
    return {"keys pressed": pressed, "keys lost": lost, "keys doubled": doubled}


def speaking(line: Daemon) -> float:
    """Return which share of the calls, in percent, the line spoke: silence is cheaper."""
    spoken = total = 0.0
    for call in line.calls():
        if call.caller != CROWD or not call.seconds:
            continue
        total += call.seconds
        spoken += sum(
            float(event.details["seconds"])
            for event in line.timeline(call.id)
            if event.kind == "prompt-end"
        )
    return 100 * spoken / total if total else 0.0


def spread(name: str, values: Sequence[float], *shares: float) -> dict[str, float]:
    """Return median and quantiles of a figure; the quantile 1 is the greatest."""
    if not values:
        return {}
    ordered = sorted(values)
    found = {f"{name} p50 ms": round(statistics.median(ordered), 1)}
    for share in shares:
        title = "max" if share == 1 else f"p{share * 100:g}"
        at = min(len(ordered) - 1, int(share * len(ordered)))
        found[f"{name} {title} ms"] = round(ordered[at], 1)
    return found


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the figures so far, with what is wished for."""
    print()
    for name in dict.fromkeys(name for row in rows for name in row):
        values = "".join(f"{row.get(name, '-')!s:>10}" for row in rows)
        print(f"{name:>24}{values}   {GOALS.get(name, '')}", flush=True)


if __name__ == "__main__":
    main()
