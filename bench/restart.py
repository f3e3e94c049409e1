"""How long a crash keeps callers waiting: ``kill -9`` until the line registers and answers again.

    .venv/bin/python -m bench.restart [--times 10]

A supervisor starts the daemon 0.1 s after its death, as systemd does with ``RestartSec=100ms``. It
registers with a registrar of this program's own, on loopback; a call is live each time it dies.
"""

import argparse
import compileall
import json
import re
import socket
import tempfile
import threading
import time
from pathlib import Path

from tests.calls.daemon import Daemon
from tests.calls.peer import Peer

ROOT = Path(__file__).parents[1]

#: ``RestartSec=`` of the unit.
PAUSE = 0.1
TRUNK = """
[[trunk]]
name = "bench"
registrar = "sip:127.0.0.1:{port}"
user = "bench"
"""


class Registrar:
    """Takes every REGISTER (RFC 3261, section 10), and knows when the last one came."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.came = threading.Event()
        self.at = 0.0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65535)
            text = data.decode()
            if not text.startswith("REGISTER "):
                continue
            kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq|Contact):.*$", text, re.MULTILINE)
            head = "\r\n".join(line.rstrip() for line in kept)
            self._socket.sendto(
                f"SIP/2.0 200 OK\r\n{head}\r\nExpires: 300\r\nContent-Length: 0\r\n\r\n".encode(),
                peer,
            )
            self.at = time.monotonic()
            self.came.set()


def answers(port: int, patience: float = 0.05) -> bool:
    """Return whether an INVITE is answered with 200."""
    with Peer(port) as peer:
        peer.send("INVITE", peer.offer())
        peer._sip.settimeout(patience)
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            try:
                status = int(peer._sip.recv(65535).split()[1])
            except (OSError, ValueError, IndexError):
                return False
            if status >= 200:
                return status == 200
    return False


def main() -> None:
    """Kill it again and again, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args().times
    compileall.compile_dir(ROOT / "sipagent", quiet=1)  # as `sipagent install` does
    registrar = Registrar()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        trunk = TRUNK.format(port=registrar.port)
        line = Daemon(Path(folder), ROOT / "data/cache", level="info", extra=trunk)
        text = line.config.read_text("utf-8")
        line.config.write_text(text.replace("\nport = 0\n", f"\nport = {port}\n", 1), "utf-8")
        line.start()
        registered, answered = [], []
        for _ in range(times):
            with Peer(port) as live:
                live.call()
                line.call_of(live.call_id)
                registrar.came.clear()
                died = time.monotonic()
                line.kill()
                time.sleep(PAUSE)
                restarting = threading.Thread(target=line.start)
                restarting.start()
                while not answers(port):
                    time.sleep(0.01)
                answered.append(time.monotonic() - died)
                registrar.came.wait(30)
                registered.append(registrar.at - died)
                restarting.join()
                assert line.call_of(live.call_id).ended_by == "crash"
        line.kill()
    for name, values in (("registered", registered), ("answers", answered)):
        values.sort()
        shown = {"p50": values[len(values) // 2], "max": values[-1], "runs": times}
        print(name, json.dumps({key: round(value, 2) for key, value in shown.items()}))


if __name__ == "__main__":
    main()
