"""Two checkouts side by side: load, set-up and memory at rest, measured in turn in one run.

    scripts/compare BEFORE AFTER [--rounds 3] [--calls 300] [--first]

Each is a path with a ``.venv`` of its own, as scripts/setup makes it. Every round starts a line
of the one and then of the other, everything on (records, SIP messages, log, metrics), so that
what goes on beside them on the machine meets both. Processor time is that of the daemon; from
INVITE to 200 is read from the wire. Needs root, and SIPp.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.line import Line
from bench.load import Load, Visits
from bench.machine import facts
from bench.wire import Wire

#: Seconds in which an open line does nothing, after those in which voices may load behind it.
REST = 90.0
#: Calls before anything is measured, after which a line has all that it keeps.
WARM = 50
#: Milliseconds that a call of the set-up run lasts.
HOLD = 100
Figures = dict[str, float]


def main() -> None:
    """Measure, print, write."""
    options = _options()
    print(", ".join(f"{name} {value}" for name, value in facts().items() if name != "commit"))
    runs: dict[str, list[Figures]] = {str(root): [] for root in options.checkouts}
    for number in range(options.rounds):
        for root in options.checkouts:
            with tempfile.TemporaryDirectory(prefix="compare-") as folder:
                runs[str(root)].append(_measure(root.resolve(), Path(folder), options))
        print(f"\nafter {number + 1} of {options.rounds} rounds, medians")
        _show(runs)
    if options.json:
        options.json.write_text(json.dumps({"machine": facts(), "runs": runs}, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/compare", description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", nargs="+", type=Path, help="first the one to compare with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("memory", "setup", "load"), action="append")
    parser.add_argument("--setups", type=int, default=1000, help="calls set up and ended")
    parser.add_argument("--rate", type=int, default=100, help="of them a second")
    parser.add_argument("--calls", type=int, default=300, help="calls held")
    parser.add_argument("--seconds", type=int, default=15, help="for so long")
    parser.add_argument("--first", action="store_true", help="lines go before other programs")
    parser.add_argument("--json", type=Path, help="write the figures of every round to this file")
    return parser.parse_args()


def _measure(root: Path, folder: Path, options: argparse.Namespace) -> Figures:
    parts: dict[str, Callable[[Line, Path, argparse.Namespace], Figures]] = {
        "memory": _at_rest,
        "setup": _set_up,
        "load": _held,
    }
    figures: Figures = {}
    line = Line(root, folder, max(500, options.calls + 100), first=options.first)
    try:
        for name, part in parts.items():
            if not options.only or name in options.only:
                figures |= part(line, folder, options)
    finally:
        line.stop()
    return figures


def _at_rest(line: Line, folder: Path, options: argparse.Namespace) -> Figures:
    """Return the memory of an open line that nobody has called, and what waiting costs."""
    opened = sum(line.memory().values())
    before = line.cpu()
    time.sleep(REST)
    idle = (line.cpu() - before) / REST * 100
    memory = line.memory()
    return {
        "memory once open, MB": round(opened, 1),
        "memory at rest, MB": round(sum(memory.values()), 1),
        "... of it the daemon": round(memory["daemon"], 1),
        "CPU at rest, % of a core": round(idle, 2),
    }


def _set_up(line: Line, folder: Path, options: argparse.Namespace) -> Figures:
    """Return what a call costs from INVITE to record, and how soon it is answered."""
    _visit(line, folder, WARM, options.rate)
    before = line.cpu()
    with Wire(line.port) as wire:
        _visit(line, folder, options.setups, options.rate)
    cost = (line.cpu() - before) / options.setups * 1000
    setups = sorted(wire.setups)
    return {
        "CPU a call from INVITE to record, ms": round(cost, 2),
        "INVITE to 200, p50, ms": round(setups[len(setups) // 2], 2),
        "INVITE to 200, p99, ms": round(setups[len(setups) * 99 // 100], 2),
        "answered": len(setups),
    }


def _visit(line: Line, folder: Path, calls: int, rate: int) -> None:
    """Make calls one after the other, and return once their records are closed."""
    known = line.closed()
    visits = Visits(folder, line.port, calls, rate, HOLD)
    try:
        if not visits.wait():
            raise SystemExit(f"calls failed; see {folder}")
    finally:
        visits.stop()
    line.settle(known + calls)


def _held(line: Line, folder: Path, options: argparse.Namespace) -> Figures:
    """Return what calls cost that hear the line and send back what they hear."""
    ramp = options.calls / options.rate + 3
    load = Load(folder, line.port, options.calls, ramp + options.seconds + 2, options.rate)
    try:
        time.sleep(ramp)
        before, began = line.cpu(), time.monotonic()
        time.sleep(options.seconds)
        share = (line.cpu() - before) / (time.monotonic() - began) * 100
        memory = sum(line.memory().values())
        failed = not load.wait()
    finally:
        load.stop()
    if failed:
        raise SystemExit(f"calls failed; see {folder}")
    return {
        f"CPU of {options.calls} calls, % of a core": round(share, 1),
        "... a call, % of a core": round(share / options.calls, 3),
        f"memory with {options.calls} calls, MB": round(memory, 1),
    }


def _show(runs: dict[str, list[Figures]]) -> None:
    """Print a row for each figure: the medians, and the others as multiples of the first."""
    columns = list(runs.values())
    print("|  | " + " | ".join(Path(root).resolve().name for root in runs) + " | ratio |")
    print("|---" * (len(runs) + 2) + "|")
    for name in columns[0][0]:
        values = [statistics.median(run[name] for run in column if name in run)
                  for column in columns]  # fmt: skip
        ratios = [f"{value / values[0]:.2f}" if values[0] else "-" for value in values[1:]]
        shown = " | ".join(f"{value:g}" for value in values)
        print(f"| {name} | {shown} | {', '.join(ratios)} |", flush=True)


if __name__ == "__main__":
    main()
