"""The line of any checkout, run by that checkout's own program and looked at from outside.

What is asked of it here holds for every version: five settings, one line of the log, one table.
"""

import contextlib
import json
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

from bench.machine import family, free_port, go_first, proportional, used

#: Seconds until the line is open; prompts without a clip are rendered before.
_OPENING = 180.0
#: Seconds from then until anything is measured: voices may load behind it.
_REST = 15.0
#: Seconds until the records of all calls are closed.
_CLOSING = 60.0
SETTINGS = """
[sip]
address = "127.0.0.1"
port = {port}
trusted = ["127.0.0.1"]
max_calls = {most}
[line]
drain = 0
[http]
port = 0
[log]
level = "info"
format = "json"
trace = true
[paths]
database = "{folder}/line.db"
scenarios = "{root}/data/scenarios"
prompts = "{root}/data/prompts"
voices = "{root}/voices"
cache = "{root}/data/cache"
models = "{root}/data/models"
recordings = "{folder}/recordings"
outbox = "{folder}/outbox"
maildir = "{folder}/mail"
"""


class Line:
    """``sipagent run`` of a checkout, everything on, with the shipped infoline.

    Args:
        root: the checkout, with a ``.venv`` of its own.
        folder: where its settings, database and log go.
        most: calls at once, as many as are usual where nothing is said.
        first: whether it goes before all other programs of a machine that has others.
    """

    def __init__(self, root: Path, folder: Path, most: int = 500, *, first: bool = False) -> None:
        self.port = free_port()
        self._database = folder / "line.db"
        self._log = folder / "log"
        config = folder / "agent.toml"
        config.write_text(
            SETTINGS.format(port=self.port, most=most, root=root, folder=folder), "utf-8"
        )
        program = [str(root / ".venv/bin/python"), "-m", "sipagent"]
        ending = ["--config", str(config)]
        sample = [*program, "owners", "import", str(root / "data/sample"), *ending]
        subprocess.run(sample, cwd=root, check=True, stdout=subprocess.DEVNULL)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([*program, "run", *ending], cwd=root, stderr=log)
        self._await_open()
        time.sleep(_REST)
        if first:
            go_first(self.pid)

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        return self._process.pid

    def cpu(self) -> float:
        """Return the seconds of processor time that the daemon has taken."""
        return used(self.pid)

    def memory(self) -> dict[str, float]:
        """Return the proportional memory of each of its processes in MB, by their names."""
        found: dict[str, float] = {}
        for process in family(self.pid):
            name = "daemon" if process == self.pid else "speech"
            found[name] = found.get(name, 0.0) + proportional(process) / 1024
        return found

    def closed(self) -> int:
        """Return how many records are closed."""
        with contextlib.closing(sqlite3.connect(self._database)) as db:
            (count,) = db.execute("SELECT count(*) FROM calls WHERE ended IS NOT NULL").fetchone()
        return int(count)

    def settle(self, calls: int) -> None:
        """Return once the records of so many calls are closed."""
        deadline = time.monotonic() + _CLOSING
        while (closed := self.closed()) < calls:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {closed} of {calls} records are closed; see {self._log}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._process.kill()
        self._process.wait()

    def _await_open(self) -> None:
        deadline = time.monotonic() + _OPENING
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self._log.read_text("utf-8").splitlines():
                with contextlib.suppress(ValueError):
                    if json.loads(line).get("event") == "line open":
                        return
            time.sleep(0.05)
        self.stop()
        raise SystemExit(f"the line does not open:\n{self._log.read_text('utf-8')}")
