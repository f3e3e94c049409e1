"""A day's work in an hour: mixed calls with malformed and hostile traffic woven in.

Exit status 1 says that a caller was disturbed, a key was lost, the log has an error, or memory
went on growing after the first ten minutes.
"""

import argparse
import itertools
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from bench.fuzz import Report
from bench.machine import facts, resident
from bench.visitors import VISITS, Visitor, nuisance, visit
from sipagent.records.history import History
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon
from tests.calls.hostile import Attacker, shots
from tests.calls.hostile_tcp import Connections
from tests.calls.peer import Peer

ROOT = Path(__file__).resolve().parent.parent

#: Seconds until memory has to be flat, and kilobytes that it may still grow: timers hold pools.
SETTLED, GROWS = 600.0, 24 * 1024
#: Visits at once: at five a second, each lasts some ten seconds.
VISITORS = 120
#: Seconds between two looks at the memory, and between two lines of progress.
LOOK = 60.0

#: A carrier whose domain no name server knows: calls that name it must not disturb it.
SETTINGS = """
[[trunk]]
name = "carrier"
registrar = "sip:carrier.example"
register = false
user = "soak"
servers = ["127.0.0.9"]
ping = 0
"""


def main() -> None:
    """Soak, measure, and say whether the line stood it."""
    options = _options()
    report = Report()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, _silent_dns() as nameserver:
        line = Daemon(
            Path(folder), ROOT / "data/cache", max_calls=300, level="info",
            sip=f'nameservers = ["{nameserver}"]', extra=SETTINGS,
        )  # fmt: skip
        line.start()
        try:
            _soak(line, options, report)
        finally:
            line.discard()
    for fault in report.faults:
        print("fault:", fault)
    sys.exit(bool(report.faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=5, help="new calls a second")
    parser.add_argument("--hostile", type=float, default=50, help="malformed datagrams a second")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _soak(line: Daemon, options: argparse.Namespace, report: Report) -> None:
    over = threading.Event()
    hostile = [
        threading.Thread(target=work, args=(line.port, options, over), daemon=True)
        for work in (_malformed, _neighbours, _connections)
    ]
    for thread in hostile:
        thread.start()
    memory = _Memory(line.process.pid)
    visits = _Visits(line.port)
    visits.run(options, memory, lambda: line.process.poll() is None)
    over.set()
    for thread in hostile:
        thread.join()
    alive = line.process.poll() is None
    report.note("process lives", alive, not alive)
    report.note("visits", dict(visits.counts))
    faults = visits.faults
    report.note("visits disturbed", dict(Counter(faults).most_common(8)) or 0, bool(faults))
    report.note("RSS by the minute, MB", [kilobytes >> 10 for _, kilobytes in memory.seen])
    grown = memory.grown()
    report.note("RSS since it settled, KB", grown, grown > GROWS)
    if alive:
        _check_records(line, visits.finished, report)
        _end(line, report)


def _check_records(line: Daemon, finished: list[Visitor], report: Report) -> None:
    """Every visit has a record that is closed, and the keys in it."""
    time.sleep(5)
    with closing(open_database(line.database, [records])) as db:
        history = History(db)
        rows = {row.sip_id: row for row in history.calls(limit=10_000_000)}
        missing = [one for one in finished if one.status == 200 and one.call_id not in rows]
        kept = [one for one in finished if one.call_id in rows]
        unended = [one for one in kept if not rows[one.call_id].ended]
        wrong = [
            (one.pressed, heard)
            for one in kept
            if (heard := _keys(history, rows[one.call_id].id)) != one.pressed
        ]
    report.note("records", len(rows))
    report.note("visits without a record", len(missing), bool(missing))
    report.note("visits whose record is open", len(unended), bool(unended))
    report.note("keys pressed", sum(len(one.pressed) for one in kept))
    report.note("visits with other keys", wrong[:5] or 0, bool(wrong))


def _keys(history: History, call: str) -> str:
    events = history.timeline(call)
    return "".join(event.details["digit"] for event in events if event.kind == "digit")


def _end(line: Daemon, report: Report) -> None:
    with Peer(line.port) as peer:
        answered = peer.call().status == 200
        peer.hang_up()
    report.note("answers at the end", answered, not answered)
    errors = [event for event in line.log if event["level"] in {"error", "critical", "plain"}]
    report.note("errors in the log", len(errors), bool(errors))
    for event in errors[:3]:
        print("      ", str(event)[:1500])
    line.process.send_signal(15)
    status = line.process.wait(90)
    report.note("exit status", status, status != 0)


class _Memory:
    """How the daemon's memory goes."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._began = time.monotonic()
        #: Seconds since the start, and kilobytes.
        self.seen: list[tuple[float, int]] = []

    def look(self) -> None:
        self.seen.append((time.monotonic() - self._began, resident(self._process)))

    def grown(self) -> int:
        """Return by how many kilobytes it grew since it had settled; 0 for a short run."""
        settled = [kilobytes for at, kilobytes in self.seen if at >= SETTLED]
        return settled[-1] - settled[0] if settled else 0


class _Visits:
    """Calls at a steady rate, whatever becomes of them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.finished: list[Visitor] = []

    def run(self, options: argparse.Namespace, memory: _Memory, alive: Callable[[], bool]) -> None:
        """Make calls until the time is up, or the line is dead."""
        rng = random.Random(options.seed)
        began = time.monotonic()
        look = began
        with ThreadPoolExecutor(VISITORS) as pool:
            for number in itertools.count():
                due = began + number / options.rate
                if due - began > options.minutes * 60 or not alive():
                    break
                time.sleep(max(0.0, due - time.monotonic()))
                if time.monotonic() >= look and alive():
                    memory.look()
                    self._tell(memory)
                    look += LOOK
                pool.submit(self._visit, rng.choice(VISITS))
        if alive():
            memory.look()

    def _visit(self, purpose: Callable[[Visitor], None]) -> None:
        caller, fault = visit(self._port, purpose)
        self.counts[purpose.__name__] += 1
        if fault:
            self.faults.append(fault)
        else:
            self.finished.append(caller)

    def _tell(self, memory: _Memory) -> None:
        at, kilobytes = memory.seen[-1]
        done = sum(self.counts.values())
        print(
            f"{at / 60:5.0f} min  {done} visits  {len(self.faults)} disturbed  "
            f"{kilobytes >> 10} MB",
            flush=True,
        )


def _malformed(port: int, options: argparse.Namespace, over: threading.Event) -> None:
    """What the fuzzer throws, from a neighbour's address."""
    attacker = Attacker(port, [])
    stream = shots(options.seed, 0)
    while not over.wait(1.0):
        attacker.throw_all(stream, int(options.hostile), options.hostile)
    attacker.close()


def _neighbours(port: int, options: argparse.Namespace, over: threading.Event) -> None:
    """Strange calls, one a second."""
    with ThreadPoolExecutor(16) as pool:
        while not over.wait(1.0):
            pool.submit(nuisance, port)


def _connections(port: int, options: argparse.Namespace, over: threading.Event) -> None:
    """Connections that misuse TCP, one attack in five seconds."""
    connections = Connections(port, options.seed)
    for attack in itertools.cycle(connections.all()):
        if over.wait(5.0):
            break
        try:
            attack()
        except OSError:
            connections.refused += 1
    connections.close()


@contextmanager
def _silent_dns() -> Iterator[str]:
    """Yield the place of a name server that never answers."""
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{silent.getsockname()[1]}"


if __name__ == "__main__":
    main()
