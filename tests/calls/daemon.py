"""A daemon of its own for a test: real SIP on loopback, the shipped infoline, sample owners."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sipagent.records.history import CallRow, EventRow, History, MessageRow
from sipagent.records.legs import LegRow
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
SIPAGENT = [sys.executable, "-m", "sipagent"]
#: Seconds until the line is open; the first time all prompts are rendered.
OPENING = 180.0
#: Seconds until a process that dies is gone, and lines of its log that tell why.
_DYING, _LAST = 2.0, 500

#: A line of up to so many calls has one of seven ranges of RTP ports to itself, apart from those
#: that the system gives to others: PJSIP looks for a free port only a hundred times.
FEW = 300
SLOTS, SLOT = (29000, 31100, *range(61000, 65500, 900)), 896
USUAL = (10000, 20000)

SETTINGS = """
[sip]
address = "127.0.0.1"
port = 0
rtp_first_port = {rtp_first_port}
rtp_ports = {rtp_ports}
trusted = {trusted}
max_calls = {max_calls}
{sip}
[line]
drain = {drain}
[http]
port = 0
[log]
level = "{level}"
format = "json"
personal = {personal}
[paths]
database = "line.db"
scenarios = "{scenarios}"
prompts = "{prompts}"
voices = "{root}/voices"
cache = "{cache}"
models = "{root}/data/models"
recordings = "recordings"
attachments = "attachments"
outbox = "outbox"
maildir = "mail"
[transfer]
method = "{method}"
hosts = ["127.0.0.1"]
ring = 5.0
{extra}
"""


class Daemon:
    """One ``sipagent run`` in a folder; its log is read as it is written."""

    def __init__(
        self,
        folder: Path,
        cache: Path,
        *,
        trusted: tuple[str, ...] = ("127.0.0.1",),
        max_calls: int = 300,
        drain: int = 30,
        level: str = "debug",
        personal: bool = True,
        scenarios: Path = ROOT / "data/scenarios",
        prompts: Path = ROOT / "data/prompts",
        method: str = "refer",
        sip: str = "",
        extra: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._mark = socket.socket(type=socket.SOCK_DGRAM)
        ports = self._slot() if max_calls <= FEW else USUAL
        #: Those of the audio of its calls.
        self.rtp = range(ports[0], sum(ports))
        self.folder = folder
        self.config = folder / "agent.toml"
        self.database = folder / "line.db"
        self.config.write_text(
            SETTINGS.format(
                trusted=json.dumps(trusted),
                max_calls=max_calls,
                rtp_first_port=ports[0],
                rtp_ports=ports[1],
                drain=drain,
                level=level,
                personal=json.dumps(personal),
                scenarios=scenarios,
                prompts=prompts,
                root=ROOT,
                cache=cache,
                method=method,
                sip=sip,
                extra=extra,
            ),
            "utf-8",
        )
        self.database.write_bytes(sample())
        self.log: list[dict[str, Any]] = []
        #: Whether it has closed its standard error: nothing more will be logged.
        self._silent = False
        self.port = 0
        self._changed = threading.Condition()
        self._environment = {**os.environ, **(environment or {})}

    def run(self, *words: str, status: int = 0) -> str:
        """Run another command on the same settings, see its exit status; return what it prints."""
        return _run(self.config, *words, status=status)

    def start(self) -> "Daemon":
        """Start it, and return once the line is open."""
        self.launch()
        self.port = int(self.event("line open", within=OPENING)["port"])
        return self

    def launch(self) -> None:
        """Start it, and do not wait."""
        self.log.clear()
        self._silent = False
        command = [*SIPAGENT, "run", "--config", str(self.config)]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=self._environment
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Stop it as an operator would, and see it end well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(PATIENCE) == 0
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it says where each of its threads stands
            raise AssertionError(f"the line does not end\n{self.last_words()}") from None
        finally:
            self.kill()
        bad = [event for event in self.log if event["level"] in {"error", "critical"}]
        assert not bad, bad

    def kill(self) -> None:
        """End it at once (``kill -9``), if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)

    def last_words(self) -> str:
        """Return how it has ended by itself, and what it has said last; empty: it has not."""
        try:
            status = self.process.wait(_DYING)
        except subprocess.TimeoutExpired:
            return ""
        self._reader.join(_DYING)
        said = [str(event) for event in self.log[-_LAST:]]
        return "\n".join((f"the line has ended with {status}; at last it has said:", *said))

    def discard(self) -> None:
        """End it, and let others have its ports."""
        self.kill()
        self._mark.close()

    def event(self, name: str, *, within: float = PATIENCE, **wanted: Any) -> dict[str, Any]:
        """Return the first event of that name and those values, as soon as it is logged."""

        def find() -> dict[str, Any] | None:
            for event in list(self.log):
                if event["event"] == name and wanted.items() <= event.items():
                    return event
            return None

        with self._changed:
            found = self._changed.wait_for(lambda: find() or self._silent, within)
        event = find()
        assert event, f"no {name!r} {wanted} within {within} s ({found}): {self.log[-5:]}"
        return event

    def count(self, name: str, **wanted: Any) -> int:
        """Return how many such events there were."""
        return sum(
            event["event"] == name and wanted.items() <= event.items() for event in list(self.log)
        )

    def descriptors(self) -> int:
        """Return how many files and sockets the daemon has open, its database apart.

        Of that it keeps as many connections as were needed at once, whichever moment that was.
        """
        opened = 0
        for file in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it has just been closed
                opened += not os.readlink(file).startswith(str(self.database))
        return opened

    def calls(self) -> list[CallRow]:
        """Return the records of all calls, the latest first."""
        return self._history(lambda history: history.calls(limit=10_000))

    def call_of(self, sip_id: str, within: float = PATIENCE) -> CallRow:
        """Return the record of the call with that Call-ID, live or over."""

        def look() -> list[CallRow]:
            return [call for call in self.calls() if call.sip_id == sip_id]

        return until(look, bool, within)[0]

    def ended_call(self, sip_id: str, within: float = PATIENCE) -> CallRow:
        """Return the record of the call with that Call-ID once it is closed."""

        def closed(call: CallRow) -> bool:
            wrong = [event for event in list(self.log) if event["level"] in {"error", "critical"}]
            assert call.ended or not wrong, wrong
            return bool(call.ended)

        return until(lambda: self.call_of(sip_id), closed, within)

    def says(self, sip_id: str, key: str, within: float = PATIENCE) -> None:
        """Return when a prompt that begins with that text begins in the call with that Call-ID."""
        call = self.call_of(sip_id).id
        until(lambda: self.said(call), lambda keys: key in keys, within)

    def said(self, call: str) -> list[str]:
        """Return with which texts the prompts of a call begin that have begun by now."""
        prompts = {"event": "timeline", "kind": "prompt", "call_id": call}
        events = [event for event in list(self.log) if prompts.items() <= event.items()]
        return [event["key"].partition("+")[0] for event in events]

    def timeline(self, call: str) -> list[EventRow]:
        """Return the timeline of a call."""
        return self._history(lambda history: history.timeline(call))

    def legs(self, call: CallRow) -> list[LegRow]:
        """Return the legs of a call, the caller's first."""
        return self._history(lambda history: history.legs(call))

    def traced(self, call: CallRow) -> list[MessageRow]:
        """Return the SIP messages of a call that are kept by now."""
        return self._history(lambda history: history.trace(call))

    def ended(self, count: int = 1, within: float = PATIENCE) -> list[CallRow]:
        """Return the records once so many calls are over."""
        return until(
            lambda: [call for call in self.calls() if call.ended],
            lambda calls: len(calls) >= count,
            within,
        )

    def pressed(self, call: str) -> str:
        """Return the keys of a call, in order."""
        return "".join(
            event.details["digit"] for event in self.timeline(call) if event.kind == "digit"
        )

    def _slot(self) -> tuple[int, int]:
        """Return the first of the RTP ports and their number; a socket marks them as taken."""
        for first in SLOTS:
            with contextlib.suppress(OSError):
                self._mark.bind(("127.0.0.1", first + SLOT + 2))
                return first, SLOT
        return USUAL

    def _history(self, read: Callable[[History], Any]) -> Any:
        db = open_database(self.database, [records])
        try:
            return read(History(db))
        finally:
            db.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": line.strip(), "level": "plain"}
            with self._changed:
                self.log.append(event)
                self._changed.notify_all()
        with self._changed:
            self._silent = True
            self._changed.notify_all()


@cache
def sample() -> bytes:
    """Return a database with the sample owners, which are imported once a process."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "agent.toml"
        config.write_text('[paths]\ndatabase = "line.db"\n')
        _run(config, "owners", "import", str(ROOT / "data/sample"))
        return config.with_name("line.db").read_bytes()


def _run(config: Path, *words: str, status: int = 0) -> str:
    command = [*SIPAGENT, *words, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def until(look: Callable[[], Any], good: Callable[[Any], bool], within: float = PATIENCE) -> Any:
    """Look again and again until what is seen is good; return it."""
    deadline = time.monotonic() + within
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {within} s"
        time.sleep(0.05)
    return seen


#: Starts a daemon with settings of a test's own (the fixture ``start``).
Start = Callable[..., Daemon]
