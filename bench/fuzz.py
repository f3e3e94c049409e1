"""Malformed traffic against a line with live calls: none is disturbed, and everything comes back.

Exit status 1 says that something was; the last datagrams are then in ``--save``, for ``--replay``.
"""

import argparse
import contextlib
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import facts, resident
from tests.calls.caller import ANNA
from tests.calls.crowd import Crowd, Heard, Held
from tests.calls.daemon import Daemon, until
from tests.calls.hostile import Attacker, Shot, patient_line, shots, torture
from tests.calls.hostile_dialog import Victims
from tests.calls.hostile_tcp import Connections
from tests.calls.peer import Peer

ROOT = Path(__file__).resolve().parent.parent

#: A packet may be this many times later than without the attack, and this many milliseconds.
WORSE, LATEST = 3.0, 60.0
#: Seconds after which nothing is left of a call that nobody acknowledges (64 * T1, RFC 3261,
#: section 13.3.1.4), nor of its BYE that nobody answers (as long); and some.
TIMERS = 75.0
#: Threads of ``sipagent.threads`` that the first attack may start, and that are kept.
STARTED = 22
#: Beginning of the name of AddressSanitizer's reports.
_FINDINGS = "sanitizer"
#: Kilobytes that may stay with the process after its first attack, for pools that are kept.
KEPT = 64 * 1024


@dataclass
class Report:
    """What was measured, and what is wrong with it."""

    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, name: str, value: object, fault: bool = False) -> None:
        """Print a figure, with a mark where it is a fault."""
        self.figures[name] = value
        print(f"{'FAULT ' if fault else '':>6}{name:>34}  {value}", flush=True)
        if fault:
            self.faults.append(f"{name}: {value}")


def main() -> None:
    """Attack, measure, and say whether the line stood it."""
    options = _options()
    report = Report()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        line = patient_line(
            Path(folder),
            ROOT / "data/cache",
            max_calls=options.slots,
            level="info",
            environment=_sanitized(options.sanitized, folder) if options.sanitized else None,
        )
        line.start()
        try:
            _attack(line, options, report)
        finally:
            line.discard()
            _findings(Path(folder), report)
    for fault in report.faults:
        print("fault:", fault)
    sys.exit(bool(report.faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same datagrams")
    parser.add_argument("--count", type=int, default=100_000, help="datagrams")
    parser.add_argument("--rate", type=float, default=2000, help="datagrams a second")
    parser.add_argument("--calls", type=int, default=50, help="live calls meanwhile")
    parser.add_argument("--slots", type=int, default=300, help="sip.max_calls of the line")
    parser.add_argument("--baseline", type=float, default=15, help="seconds without an attack")
    parser.add_argument("--torture", type=Path, help="folder of messages, such as RFC 4475's")
    parser.add_argument("--victims", type=int, default=8, help="live calls that may be ended")
    parser.add_argument("--no-tcp", action="store_true", help="leave the connections out")
    parser.add_argument("--save", type=Path, default=Path("fuzz-last.jsonl"))
    parser.add_argument("--replay", type=Path, help="throw what an earlier run saved")
    parser.add_argument(
        "--sanitized", type=Path, help="folder of a pjsua2 with AddressSanitizer; --asan gives it"
    )
    return parser.parse_args()


def _sanitized(pjsua2: Path, folder: str) -> dict[str, str]:
    """Return the environment of a line that runs with AddressSanitizer."""
    # AddressSanitizer has to find the exceptions of C++ when it starts.
    libraries = [_library("libasan.so"), _library("libstdc++.so.6")]
    return {
        "LD_PRELOAD": " ".join(libraries),
        # Python never gives back all it has, so that what leaks cannot be told.
        "ASAN_OPTIONS": f"detect_leaks=0:log_path={folder}/{_FINDINGS}",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": f"{pjsua2}:{ROOT}",
    }


def _library(name: str) -> str:
    return subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip()


def _findings(folder: Path, report: Report) -> None:
    """Take over what AddressSanitizer has found."""
    for found in sorted(folder.glob(f"{_FINDINGS}*")):
        report.note("found by AddressSanitizer", found.read_text("utf-8", "replace"), fault=True)


def _attack(line: Daemon, options: argparse.Namespace, report: Report) -> None:
    descriptors, threads = _settled(line), _threads(line)
    before = resident(line.process.pid)
    with Crowd(line.port, options.calls) as crowd:
        victims = Victims(line.port, options.victims)
        attacker = Attacker(line.port, crowd.calls, victims)
        quiet = _listen(crowd, options.baseline)
        report.note("without attack: ms p50/p99.9/max", f"{quiet.p50} {quiet.p999} {quiet.longest}")
        victims.start()
        began = time.time()
        try:
            _throw(line, attacker, options, report)
        finally:
            victims.stop()
            report.note("calls that were victims", len(victims.farewells))
            attacked = Heard.between(crowd.calls, began, time.time() - 0.1)
            alive = line.process.poll() is None
            report.note("process lives", alive, not alive)
            _judge(crowd, attacker, quiet, attacked, report, timed=not options.sanitized)
            if report.faults:
                attacker.save(options.save)
                print(f"seed {options.seed}; the last datagrams are in {options.save}")
        if not alive:
            print("\n".join(str(event) for event in line.log[-20:]))
            return
        at_end = resident(line.process.pid)
        report.note("RSS before/at the end, MB", f"{before >> 10} {at_end >> 10}")
        crowd.rest()
        attacker.part()
        attacker.close()
        time.sleep(1)
        ends = crowd.hang_up()
        report.note("BYE of live calls not taken", len(ends) - ends.count(200), set(ends) != {200})
        _keys(line, crowd.calls, report)
    # What is freed is kept by AddressSanitizer for a while, to see who still uses it.
    most = None if options.sanitized else before + KEPT
    _comes_back(line, report, descriptors, threads, most)


def _throw(line: Daemon, attacker: Attacker, options: argparse.Namespace, report: Report) -> None:
    if options.torture:
        messages = torture(options.torture)
        for shot in messages:
            attacker.throw(shot)
            time.sleep(0.02)
        report.note("torture messages", len(messages))
    stream = shots(options.seed, options.calls, options.victims)
    count = options.count
    if options.replay:
        saved = [Shot.read(each) for each in options.replay.read_text("utf-8").splitlines()]
        stream, count = iter(saved), len(saved)
    callers = _Newcomers(line)
    connections = Connections(line.port, options.seed)
    over = threading.Event()
    work = threading.Thread(target=_connect, args=(connections, over))
    if not options.no_tcp:
        work.start()
    callers.start()
    try:
        # What killed it is among the last that are saved.
        attacker.throw_all(stream, count, options.rate, lambda: line.process.poll() is not None)
    finally:
        over.set()
        callers.stop()
        if work.ident:
            work.join()
        connections.close()
    report.note("datagrams", dict(attacker.thrown))
    report.note(
        "new calls: tried, answered",
        f"{callers.tried} {callers.answered}",
        callers.answered < callers.tried * 0.9,
    )


def _connect(connections: Connections, over: threading.Event) -> None:
    for attack in itertools.cycle(connections.all()):
        if over.is_set():
            return
        with contextlib.suppress(OSError):
            attack()
        over.wait(0.5)


class _Newcomers:
    """Somebody who calls again and again, and wants to be answered."""

    def __init__(self, line: Daemon) -> None:
        self._line = line
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.tried = self.answered = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(1.0):
            self.tried += 1
            with contextlib.suppress(OSError, AssertionError), Peer(self._line.port, ANNA) as peer:
                if peer.call().status == 200 and peer.hang_up().status == 200:
                    self.answered += 1


def _listen(crowd: Crowd, seconds: float) -> Heard:
    time.sleep(2)
    began = time.time()
    time.sleep(seconds)
    return Heard.between(crowd.calls, began, time.time() - 0.1)


def _judge(
    crowd: Crowd,
    attacker: Attacker,
    quiet: Heard,
    attacked: Heard,
    report: Report,
    *,
    timed: bool,
) -> None:
    """Compare what the live calls heard; a line that is not ``timed`` may be late."""
    report.note(
        "under attack: ms p50/p99.9/max",
        f"{attacked.p50} {attacked.p999} {attacked.longest}",
        timed and attacked.p999 > max(LATEST, WORSE * quiet.p999),
    )
    lost = timed and attacked.lost > 0
    report.note("packets heard, lost", f"{attacked.packets} {attacked.lost}", lost)
    report.note("late tick of the callers, ms", round(crowd.late, 1))
    report.note("live calls dropped", crowd.dropped(), bool(crowd.dropped()))
    report.note("audio that strangers got", attacker.stolen, attacker.stolen > 0)


def _keys(line: Daemon, calls: list[Held], report: Report) -> None:
    wrong = []
    for call in calls:
        heard = line.pressed(line.ended_call(call.call_id, within=30).id)
        if heard != call.pressed:
            wrong.append((call.number, call.pressed, heard))
    pressed = sum(len(call.pressed) for call in calls)
    report.note("keys pressed", pressed)
    report.note("calls with wrong keys", wrong[:5] or 0, bool(wrong))


def _comes_back(
    line: Daemon, report: Report, descriptors: int, threads: int, most: int | None
) -> None:
    with Peer(line.port, ANNA) as peer:
        answered = peer.call().status == 200
        peer.hang_up()
    report.note("answers right after", answered, not answered)
    with contextlib.suppress(AssertionError):
        until(line.descriptors, lambda now: now <= descriptors, TIMERS)
    now = line.descriptors()
    # Audio ends with our BYE, the call with its answer, or 32 s later.
    with contextlib.suppress(AssertionError):
        until(lambda: _live(line), lambda live: not live, TIMERS)
    report.note("descriptors before/after", f"{descriptors} {now}", now > descriptors)
    grown = _threads(line) > threads + STARTED
    report.note("threads before/after", f"{threads} {_threads(line)}", grown)
    live = _live(line)
    report.note("calls that never ended", live, bool(live))
    after = resident(line.process.pid)
    report.note("RSS after, MB", after >> 10, most is not None and after > most)
    errors = [event for event in line.log if event["level"] in {"error", "critical", "plain"}]
    report.note("errors in the log", len(errors), bool(errors))
    for event in errors[:3]:
        print("      ", str(event)[:1500])
    try:
        line.process.send_signal(15)
        status: object = line.process.wait(60)
    except TimeoutError:
        status = "hangs"
    report.note("exit status", status, status != 0)


def _live(line: Daemon) -> int:
    return sum(not call.ended for call in line.calls())


def _settled(line: Daemon) -> int:
    """Return the open descriptors of the idle line after a few calls."""
    for _ in range(3):
        with Peer(line.port, ANNA) as peer:
            peer.call()
            peer.hang_up()
        line.ended_call(peer.call_id)
    time.sleep(3)
    return line.descriptors()


def _threads(line: Daemon) -> int:
    return len(list(Path(f"/proc/{line.process.pid}/task").iterdir()))


if __name__ == "__main__":
    main()
