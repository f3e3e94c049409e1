"""The clock: call records, office hours and certificates stand on it."""

import ctypes
import socket
import struct
import time
from collections.abc import Iterator

from sipagent.doctor.finding import Finding, Patient, error, ok, warning

#: ``struct timex`` of adjtimex(2): its size, the status's place, and the bit "nobody sets it".
_TIMEX, _STATUS, _UNSYNC = 256, 40, 0x40
#: Seconds between the epochs of NTP (1900) and Unix.
_NTP_EPOCH = 2_208_988_800
_SERVER = "pool.ntp.org"
#: Seconds by which a clock may be wrong before somebody notices.
_WRONG = 2.0


def clock(patient: Patient) -> Iterator[Finding]:
    """Ask the kernel whether anything keeps the clock right; a time server only if allowed."""
    if synchronized():
        yield ok("clock", "kept right by a time service")
    else:
        yield warning(
            "clock",
            "nothing keeps it right",
            "apt-get install systemd-timesyncd; a virtual machine may leave it to its host",
        )
    if patient.network:
        yield _compared()


def synchronized() -> bool:
    """Return whether the kernel takes its clock for synchronized."""
    timex = ctypes.create_string_buffer(_TIMEX)
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        return False
    return not int(struct.unpack_from("i", timex, _STATUS)[0]) & _UNSYNC


def _compared() -> Finding:
    try:
        wrong = abs(offset(_SERVER))
    except OSError as trouble:
        return warning("clock", f"{_SERVER} does not answer: {trouble}", "is UDP port 123 open?")
    if wrong > _WRONG:
        return error("clock", f"wrong by {wrong:.1f} s", "start a time service")
    return ok("clock", f"right to {wrong:.3f} s, says {_SERVER}")


def offset(server: str, port: int = 123) -> float:
    """Return by how many seconds the clock is behind a server's (SNTP, RFC 4330).

    Raises:
        OSError: it does not answer.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(3)
        sent = time.time()
        asked.sendto(b"\x23" + bytes(47), (server, port))  # version 4, client
        answer = asked.recv(512)
        came = time.time()
    if len(answer) < 48:
        raise OSError("that is no time")
    seconds, fraction = struct.unpack("!II", answer[40:48])
    return float(seconds - _NTP_EPOCH + fraction / 2**32 - (sent + came) / 2)
