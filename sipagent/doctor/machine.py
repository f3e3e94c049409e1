"""The machine: disk, database, open files, memory, processor."""

import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sipagent import rights
from sipagent.doctor.finding import Finding, Patient, error, ok, warning
from sipagent.ops import limits
from sipagent.ops.unit import written_paths

_MB = 1_000_000
#: Free bytes below which it is time to look, and below which calls are lost.
_LITTLE, _NONE = 1000 * _MB, 100 * _MB
#: Bytes of memory: the daemon with its voices, Whisper beside it, and each call.
_DAEMON, _WHISPER, _CALL = 400 * _MB, 600 * _MB, 250_000
#: Share of the processor that other machines of the host may take.
_STEAL = 0.02


def disk(patient: Patient) -> Iterator[Finding]:
    """Look whether there is room, and whether the daemon may write."""
    for path in written_paths(patient.config):
        there = next(one for one in (path, *path.parents) if one.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK | os.X_OK):
            yield error(
                "disk",
                f"{path}: this user may not write there",
                f"{rights.advice(there)}; where that is not the daemon's user: chown it, or see "
                f"paths in {patient.file.name}",
            )
        elif free < _LITTLE:
            tell = error if free < _NONE else warning
            yield tell("disk", f"{path}: {free // _MB} MB are free", "make room on that disk")
        else:
            yield ok("disk", f"{path}: {free // _MB} MB free")


def database(patient: Patient) -> Iterator[Finding]:
    """Read all of the database, and see whether it is whole."""
    path = patient.config.paths.database
    if not path.exists():
        yield warning("database", f"{path}: not there yet", "sipagent owners import …")
        return
    path.open("rb").close()  # SQLite does not say that this user may not read it
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as trouble:
        said = str(trouble)
    if said == "ok":
        yield ok("database", f"{path}: whole")
    else:
        yield error("database", f"{path}: {said}", "stop the line, restore it from a backup")


def open_files(patient: Patient) -> Iterator[Finding]:
    """Look whether a full line may have all its files and sockets."""
    calls = patient.config.sip.max_calls
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits.enough_descriptors(calls, hard):
        yield ok("open-files", f"{hard} allowed, enough for {calls} calls")
    else:
        yield warning(
            "open-files",
            f"{hard} allowed here, too few for {calls} calls",
            "the systemd unit raises it (LimitNOFILE); by hand: ulimit -Hn",
        )


def memory(patient: Patient) -> Iterator[Finding]:
    """Look whether a full line fits into the memory."""
    config = patient.config
    needed = _DAEMON + _CALL * config.sip.max_calls
    needed += _WHISPER if config.transcription.enabled else 0
    free = available_memory()
    if patient.status is None and free < needed:
        yield warning(
            "memory",
            f"{free // _MB} MB are available, a full line takes {needed // _MB} MB",
            "lower sip.max_calls, or switch the transcription off",
        )
    else:
        yield ok("memory", f"{free // _MB} MB available")


def processor(_patient: Patient) -> Iterator[Finding]:
    """Look at what makes audio late: a processor that saves power, or is taken away."""
    governors = sorted(Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor"))
    if any(file.read_text().strip() == "powersave" for file in governors):
        yield warning(
            "processor", "saves power (governor powersave)", "cpupower frequency-set -g performance"
        )
    stolen = steal(Path("/proc/stat").read_text())
    if stolen > _STEAL:
        yield warning(
            "processor",
            f"{stolen:.0%} of its time went to other virtual machines",
            "give this machine processors of its own, or audio will stutter",
        )
    else:
        yield ok("processor", f"{os.cpu_count()} cores, {stolen:.1%} taken by other machines")


def available_memory(file: Path = Path("/proc/meminfo")) -> int:
    """Return the bytes that programs can still have."""
    for line in file.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def steal(stat: str) -> float:
    """Return the share of the time since the start that the host gave to others (proc(5))."""
    times = [int(word) for word in stat.splitlines()[0].split()[1:]]
    whole = float(sum(times))
    return times[7] / whole if len(times) > 7 and whole else 0.0
