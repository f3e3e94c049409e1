"""The service of systemd: is it installed, as this version would, and does it stay up."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sipagent import shipped
from sipagent.doctor.finding import Finding, Patient, error, ok, warning
from sipagent.ops.installing import edited, stamped
from sipagent.ops.unit import PACKAGED_UNITS, UNITS, Place, units

_NAME = "sipagent"
_BOOTED = Path("/run/systemd/system")


def service(
    patient: Patient, directories: Sequence[Path] = (UNITS, PACKAGED_UNITS)
) -> Iterator[Finding]:
    """Compare the installed unit with what would be installed, and ask systemd how it fares."""
    files = (directory / f"{_NAME}.service" for directory in directories)
    path = next((file for file in files if file.exists()), None)
    if path is None:
        yield warning("service", "no systemd unit is installed", "sipagent install")
        return
    there = path.read_text("utf-8")
    if there == stamped(_wanted(there, patient)):
        yield ok("service", f"{path}: as this version makes it")
    elif edited(there):
        yield ok("service", f"{path}: edited by hand")
    else:
        yield warning(
            "service", f"{path}: from another version, or other settings", "sipagent install"
        )
    if _BOOTED.exists():
        yield from _state()


def _wanted(there: str, patient: Patient) -> str:
    found = re.search(r"^User=(.*)$", there, re.MULTILINE)
    user = found[1] if found else _NAME
    place = Place(_NAME, user, shipped.ROOT, Path(sys.executable), patient.file.absolute())
    return units(place, patient.config)[f"{_NAME}.service"]


def _state() -> Iterator[Finding]:
    words = ("systemctl", "show", "-p", "ActiveState,SubState,NRestarts", f"{_NAME}.service")
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    values = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
    state, restarts = values.get("ActiveState", ""), values.get("NRestarts", "0")
    how = f"journalctl -u {_NAME} -p warning"
    if state != "active":
        yield error("service", f"{state} ({values.get('SubState', '')})", f"systemctl start; {how}")
    elif restarts != "0":
        yield warning("service", f"running, restarted {restarts} times", f"see why: {how}")
    else:
        yield ok("service", "running")
