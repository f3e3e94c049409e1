"""What the kernel knows: processor time, memory, datagrams, and the machine itself."""

import os
import platform
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pjsua2_build

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of processor time, and datagrams, up to a moment."""

    at: float
    daemon: float
    workers: float
    callers: float
    machine: float
    datagrams: int
    dropped: int


def sample(daemon: int, callers: list[int]) -> Sample:
    """Return the counters of now; ``callers`` are those of SIPp, this process is added."""
    busy = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    received, dropped = _datagrams()
    return Sample(
        at=time.monotonic(),
        daemon=used(daemon),
        workers=sum(used(child) for child in _children(daemon)),
        callers=sum(map(used, callers)) + used(os.getpid()),
        machine=(sum(busy) - busy[3] - busy[4]) / _TICKS,
        datagrams=received,
        dropped=dropped,
    )


def resident(process: int) -> int:
    """Return the resident memory of a process in KB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1])


def used(process: int) -> float:
    """Return the seconds of processor time that a process has taken; 0 once it is gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def go_first(process: int) -> None:
    """Let the threads that a process has now go before all other programs; needs root."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(1))


def family(process: int) -> list[int]:
    """Return a process and all that it has started."""
    return [process, *(one for child in _children(process) for one in family(child))]


def proportional(process: int) -> int:
    """Return the memory of a process in KB, of what it shares with others its part (PSS)."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(next(x for x in text.splitlines() if x.startswith("Pss:")).split()[1])


def free_port() -> int:
    """Return a port of UDP on loopback that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def facts() -> dict[str, Any]:
    """Return what the figures depend on."""
    cpu = Path("/proc/cpuinfo").read_text().splitlines()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "cpu": next((x.split(":")[1].strip() for x in cpu if x.startswith("model name")), "?"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "pjsip": pjsua2_build.VERSION,
    }


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _datagrams() -> tuple[int, int]:
    names, values = (
        line.split()
        for line in Path("/proc/net/snmp").read_text().splitlines()
        if line.startswith("Udp:")
    )
    counters = dict(zip(names, values, strict=True))
    return int(counters["InDatagrams"]), int(counters["RcvbufErrors"])
