"""What all demonstrations of scripts/demo share: a daemon on this machine, and what it tells."""

import asyncio
import contextlib
import email
import email.policy
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data/demo"
CONFIG, DAEMON_LOG = DEMO / "agent.toml", DEMO / "daemon.log"
MAIL = DEMO / "mail"
SIPAGENT = [sys.executable, "-m", "sipagent"]
SIP_PORT = 5060

_SETTINGS = """\
# Made by scripts/demo; every run writes it anew.
[sip]
address = "{address}"
port = {port}
# The test phone on this machine may assert its number, as a carrier would.
trusted = ["127.0.0.1"]

[http]
# Not that of a line which runs here besides: its status would be told instead.
port = {http}

[log]
level = "debug"
format = "json"
personal = true

[paths]
database = "demo.db"
cache = "../cache"
local = "local"
scenarios = "../scenarios"
prompts = "../prompts"
voices = "../../voices"
models = "../models"
recordings = "recordings"
attachments = "attachments"
outbox = "outbox"
maildir = "mail"
"""


class DemoError(Exception):
    """The demonstration cannot go on; the text says why, in one sentence."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep other runs off the files of this one."""
    DEMO.mkdir(parents=True, exist_ok=True)
    with (DEMO / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("another demo is running here; end it with Ctrl-C first") from None
        yield


def begin() -> None:
    """Let signals end it as Ctrl-C does, and take away what the last demonstration has left."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    for path in DEMO.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def host_of(address: str) -> str:
    """Return the address to call."""
    return "127.0.0.1" if address == "0.0.0.0" else address


@dataclass
class Line:
    """A daemon, and what it tells of its calls."""

    daemon: Process
    port: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    #: Whether what happens in calls is printed.
    tells: bool = True
    last_words: str = ""
    #: Call → who calls, and when.
    _calls: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End the daemon, its calls, and the report of them."""
        await stop(self.daemon)
        await self._following

    async def wait_open(self) -> bool:
        """Return whether the line has opened, as soon as that is known."""
        waits = [asyncio.create_task(self.opened.wait()), self._following]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        waits[0].cancel()
        return self.opened.is_set()

    async def _follow(self) -> None:
        """Keep the daemon's log in a file, and show what it tells of calls."""
        assert self.daemon.stderr is not None
        with DAEMON_LOG.open("wb") as file:
            async for line in self.daemon.stderr:
                file.write(line)
                file.flush()
                try:
                    event = json.loads(line)
                except ValueError:
                    self.last_words = line.decode(errors="replace").strip()
                else:
                    self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "line open":
                self.port = event["port"]
                self.opened.set()
            case "rendering the first words":
                say(f"Rendering {event['count']} prompts, which are kept for the next time")
            case "call":
                began = datetime.fromisoformat(event["timestamp"])
                self._calls[event["call_id"]] = (event["caller"] or "somebody", began)
            case "timeline" if (text := told(event)) and event["call_id"] in self._calls:
                who, began = self._calls[event["call_id"]]
                at = (datetime.fromisoformat(event["timestamp"]) - began).total_seconds()
                if self.tells:
                    print(f"  {who:12}  {at:6.2f} s  {text}", flush=True)


#: Events of a conversation in words; what is not here callers do not notice.
TOLD = {
    "prompt": "agent   {text}",
    "digit": "caller  presses {digit}",
    "handed-over": "        put through: {to}",
    "record-end": "caller  has spoken, {seconds:.1f} s",
    "ticket": "        ticket {ticket}",
    "joined": "agent   joins the two",
    "parted": "        they have spoken for {seconds:.1f} s",
    "hung-up": "caller  hangs up",
    "hangup": "agent   hangs up",
}


def told(event: dict[str, Any]) -> str:
    """Return an event of a conversation in words; nothing for what callers do not notice."""
    if event.get("cut"):  # typed ahead: it was not said at all
        return ""
    return re.sub(r"\[/?\w\w\]", "", TOLD.get(event["kind"], "").format(**event))


async def open_line(
    address: str, more: str, prepare: Callable[[], Awaitable[str]], *, keep: bool
) -> Line:
    """Return an open line, on SIP's own port if it is to stay and can.

    Args:
        address: where it listens.
        more: settings besides the usual ones of a demonstration.
        prepare: loads its data while it is opening; returns what is wrong, if anything.
        keep: whether it is to stay.

    Raises:
        DemoError: it has not opened, or its data cannot be loaded.
    """
    for port in [SIP_PORT, 0] if keep and is_free(address, SIP_PORT) else [0]:
        settings = _SETTINGS.format(address=address, port=port, http=free_port())
        CONFIG.write_text(settings + more, "utf-8")
        daemon = await asyncio.create_subprocess_exec(
            *SIPAGENT, "run", "--config", str(CONFIG), stdin=DEVNULL, stderr=PIPE, cwd=ROOT
        )
        line = Line(daemon)
        try:
            wrong, opened = await asyncio.gather(prepare(), line.wait_open())
        except BaseException:
            await line.close()
            raise
        if opened and not wrong:
            return line
        await line.close()
        if wrong:
            raise DemoError(f"the sample data cannot be loaded: {wrong}")
    raise DemoError(f"the line did not open: {line.last_words or 'see'} ({DAEMON_LOG})")


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens on a port, over UDP or TCP."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind((address, port))
            tcp.bind((address, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a TCP port of this machine on which nobody listens."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return int(tcp.getsockname()[1])


async def ask(*words: str) -> bytes:
    """Return what a command prints on the line's settings."""
    command = await asyncio.create_subprocess_exec(
        *SIPAGENT,
        *words,
        "--config",
        str(CONFIG),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        cwd=ROOT,
    )
    try:
        printed, errors = await command.communicate()
    finally:
        await stop(command)
    if command.returncode:
        raise DemoError(f"sipagent {' '.join(words)}: {errors.decode().strip()}")
    return printed


def letters() -> list[Path]:
    """Return the e-mails, the first one first."""
    new = MAIL / "new"
    files = new.iterdir() if new.is_dir() else ()
    return sorted(files, key=lambda path: path.stat().st_mtime_ns)


def parsed(mail: Path) -> EmailMessage:
    """Return an e-mail."""
    return email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)


async def stop(process: Process) -> None:
    """End a program and wait for it."""
    if process.returncode is None:
        send(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            send(process, signal.SIGKILL)
            await process.wait()


def send(process: Process, number: signal.Signals) -> None:
    """Send a signal; the end of the program is asyncio's (see sipagent/speech/process.py)."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)


def say(text: str) -> None:
    """Print what happens next."""
    print(f"==> {text}", flush=True)
