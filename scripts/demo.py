"""The demonstration behind scripts/demo: a daemon, two callers, an office, and what they say."""

import argparse
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
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import soundfile

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data/demo"
CONFIG, DAEMON_LOG = DEMO / "agent.toml", DEMO / "daemon.log"
RECORDING, TIMELINE = DEMO / "call.wav", DEMO / "timeline.json"
MAIL, STATEMENT = DEMO / "mail", DEMO / "statement.pdf"
CACHE = ROOT / "data/cache"
SIPAGENT = [sys.executable, "-m", "sipagent"]
LOGIN, NUMBER = "100001", "+48600100101"
#: An owner whose estate has an office with a softphone.
OTHER_LOGIN, OTHER_NUMBER = "100004", "+48600100104"
SIP_PORT = 5060

#: What the caller does.
SCRIPT = ROOT / "scripts/demo.toml"
#: Prompts that the caller must have got.
WANTED = {
    "login.accepted": "the greeting by name",
    "balance.": "a balance",
    "charges.": "charges",
    "statement.sent": "the word that the statement is on its way",
    "dictation.sent": "the number of the ticket",
}
#: What the second caller does, and what the office does.
TO_OFFICE = f'speech; press {OTHER_LOGIN}#9; wait 9; say "Dzień dobry, mówi Damian."; hung-up'
OFFICE = 'wait 1; say "Dzień dobry, tu biuro zarządcy."; wait 4; hang-up'
#: Seconds until the request is written down and mailed.
WRITING = 90.0
#: Loudness (full scale is 1) below which nothing was heard.
SILENT = 0.02

SETTINGS = """\
# Made by scripts/demo; every run writes it anew.
[sip]
address = "{address}"
port = {port}
# The test phone on this machine may assert its number, as a carrier would.
trusted = ["127.0.0.1"]

[log]
level = "debug"
format = "json"
personal = true

[paths]
database = "demo.db"
cache = "../cache"
scenarios = "../scenarios"
prompts = "../prompts"
voices = "../../voices"
models = "../models"
recordings = "recordings"
outbox = "outbox"
maildir = "mail"

[transfer]
hosts = ["127.0.0.1"]
"""

LINPHONE = """
The line is open. From Linphone{where}:

  1. Preferences, SIP accounts, Add:  Your SIP identity   sip:{number}@{host}
                                      SIP proxy address   sip:{host}:{port}
     and switch "Register" off. (The number makes you a known owner.)
  2. Call  sip:infolinia@{host}:{port}
  3. After the greeting type  {login}#  and then 1 (balance), 2 (charges), 3 (statement by e-mail)
     or 9 (dictate a request); * repeats, 0 changes the pace, 8 the language, # goes back.
     E-mails land in data/demo/mail.

More logins and their numbers stand in data/sample/README.md. Ctrl-C closes the line.
"""


class DemoError(Exception):
    """The demonstration cannot go on; the text says why, in one sentence."""


def main() -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the line open until Ctrl-C")
    parser.add_argument("--address", default="127.0.0.1", help="where the line listens")
    options = parser.parse_args()
    try:
        with alone():
            asyncio.run(demonstrate(options.address, keep=options.keep))
    except DemoError as error:
        sys.exit(f"scripts/demo: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nThe line is closed.")
        sys.exit(0 if options.keep else 130)


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


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, make the call, and say what is left of it."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    for path in DEMO.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()
    line = await open_line(address, keep=keep)
    try:
        target = f"{host_of(address)}:{line.port}"
        say(f"Calling sip:infolinia@{target} from {NUMBER}; time in the call, who, and what:")
        await make_call(f"sip:infolinia@{target}", NUMBER, "--script", str(SCRIPT))
        await keep_record()
        check()
        ticket = await handled()
        keep_statement()
        say("Everything was heard. What is left of the call:")
        print(f"  {RECORDING.relative_to(ROOT)}       recording: left caller, right agent")
        print(f"  {TIMELINE.relative_to(ROOT)}  what was said, pressed and decided")
        print(f"  {STATEMENT.relative_to(ROOT)}  the statement that was mailed (key 3)")
        for mail in letters():
            print(f"  {mail.relative_to(ROOT)}")
            print(f"      to {parsed(mail)['To']}: {parsed(mail)['Subject']}")
        print(f"  Ticket {ticket['number']}, as it was understood:", flush=True)
        print(f"      {ticket['transcript'] or '(' + ticket['transcription'] + ')'}", flush=True)
        await transfer(target)
        if not keep:
            await line.close()
        say("Done.")
        if keep:
            print(invitation(address, line.port), flush=True)
            await line.daemon.wait()
            raise DemoError(f"the line has closed by itself; see {DAEMON_LOG}")
    finally:
        await line.close()


def host_of(address: str) -> str:
    """Return the address to call."""
    return "127.0.0.1" if address == "0.0.0.0" else address


def invitation(address: str, port: int) -> str:
    """Return what to type into Linphone."""
    host = host_of(address)
    where = " on this machine" if host == "127.0.0.1" else ""
    return LINPHONE.format(where=where, host=host, port=port, number=NUMBER, login=LOGIN)


# The line


@dataclass
class Line:
    """A daemon, and what it tells of its calls."""

    daemon: Process
    port: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    last_words: str = ""
    _began: dict[str, datetime] = field(default_factory=dict)

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
                self._began[event["call_id"]] = datetime.fromisoformat(event["timestamp"])
            case "timeline" if text := told(event):
                now = datetime.fromisoformat(event["timestamp"])
                seconds = (now - self._began.get(event["call_id"], now)).total_seconds()
                print(f"  {seconds:6.2f} s  {text}", flush=True)


#: Events of a conversation in words; what is not here callers do not notice.
TOLD = {
    "prompt": "agent   {text}",
    "digit": "caller  presses {digit}",
    "record-end": "caller  has spoken, {seconds:.1f} s",
    "ticket": "        ticket {ticket}",
    "joined": "agent   joins caller and office",
    "parted": "        they have spoken for {seconds:.1f} s",
    "hung-up": "caller  hangs up",
    "hangup": "agent   hangs up",
}


def told(event: dict[str, Any]) -> str:
    """Return an event of a conversation in words; nothing for what callers do not notice."""
    if event.get("cut"):  # typed ahead: it was not said at all
        return ""
    return re.sub(r"\[/?\w\w\]", "", TOLD.get(event["kind"], "").format(**event))


async def open_line(address: str, *, keep: bool) -> Line:
    """Return an open line with the sample owners, on SIP's own port if it is to stay and can."""
    say("Opening the line with the owners of data/sample")
    for port in [SIP_PORT, 0] if keep and is_free(address, SIP_PORT) else [0]:
        CONFIG.write_text(SETTINGS.format(address=address, port=port), "utf-8")
        daemon = await asyncio.create_subprocess_exec(
            *SIPAGENT, "run", "--config", str(CONFIG), stdin=DEVNULL, stderr=PIPE, cwd=ROOT
        )
        line = Line(daemon)
        try:
            imported, opened = await asyncio.gather(import_owners(), line.wait_open())
        except BaseException:
            await line.close()
            raise
        if opened and not imported:
            return line
        await line.close()
        if imported:
            raise DemoError(f"the sample data cannot be loaded: {imported}")
    raise DemoError(f"the line did not open: {line.last_words or 'see'} ({DAEMON_LOG})")


async def import_owners() -> str:
    """Load data/sample while the line is opening; return what is wrong, if anything."""
    done = await asyncio.create_subprocess_exec(
        *SIPAGENT, "owners", "import", "data/sample", "--config", str(CONFIG),
        stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        _, errors = await done.communicate()
    finally:
        await stop(done)
    return errors.decode().strip() or "no reason given" if done.returncode else ""


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens on a port, over UDP or TCP."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind((address, port))
            tcp.bind((address, port))
        except OSError:
            return False
    return True


# The call


async def make_call(target: str, number: str, *script: str) -> None:
    """Call the line with the test phone; the daemon's log shows the conversation."""
    phone = await asyncio.create_subprocess_exec(
        *SIPAGENT, "phone", target, "--from", number, "--asserted", *script,
        "--out", str(DEMO), "--quiet", stdin=DEVNULL, stderr=PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        _, errors = await phone.communicate()
    finally:
        await stop(phone)
    if phone.returncode:
        raise DemoError(f"the call went wrong: {errors.decode().strip()} (see {DAEMON_LOG})")


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


async def keep_record() -> None:
    """Write the call's timeline beside the recording."""
    TIMELINE.write_bytes(await ask("calls", "show", "last", "--json"))


# What the call leaves


async def handled() -> dict[str, Any]:
    """Return the ticket once the request is written down and everything is mailed."""
    say("The request is being written down and mailed")
    try:
        async with asyncio.timeout(WRITING):
            while True:
                tickets = json.loads(await ask("tickets", "list", "--json"))
                if tickets and tickets[0]["transcription"] != "waiting" and len(letters()) == 2:
                    return dict(tickets[0])
    except TimeoutError:
        raise DemoError(
            f"the request was not mailed within {WRITING:g} s, see {DAEMON_LOG}"
        ) from None


def letters() -> list[Path]:
    """Return the e-mails, the first one first."""
    new = MAIL / "new"
    files = new.iterdir() if new.is_dir() else ()
    return sorted(files, key=lambda path: path.stat().st_mtime_ns)


def parsed(mail: Path) -> EmailMessage:
    """Return an e-mail."""
    return email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)


def keep_statement() -> None:
    """Take the statement out of the e-mail that brought it."""
    for mail in letters():
        for part in parsed(mail).iter_attachments():
            if part.get_content_type() == "application/pdf":
                STATEMENT.write_bytes(part.get_content())
                return
    raise DemoError(f"no e-mail has a statement, see {MAIL}")


# The second call


async def transfer(target: str) -> None:
    """Let another owner be put through to the office, a second test phone."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    say(f"Another owner calls, and asks for the office, a softphone at 127.0.0.1:{port}")
    uri = f"sip:biuro@127.0.0.1:{port}"
    await ask("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    office = await asyncio.create_subprocess_exec(
        *SIPAGENT, "phone", "--listen", f"127.0.0.1:{port}", "--do", OFFICE, "--ring", "2",
        "--answer-within", "60", "--quiet", stdin=DEVNULL, stderr=PIPE, cwd=ROOT,
    )  # fmt: skip
    try:
        await make_call(f"sip:infolinia@{target}", OTHER_NUMBER, "--do", TO_OFFICE)
        _, errors = await asyncio.wait_for(office.communicate(), 20)
    finally:
        await stop(office)
    if office.returncode:
        raise DemoError(f"the office's phone: {errors.decode().strip()}")
    events = json.loads(await ask("calls", "show", "last", "--json"))["timeline"]
    reached = [event["reached"] for event in events if event["kind"] == "transferred"]
    if reached != ["answered"]:
        raise DemoError(f"the call was not put through: {reached} (see {DAEMON_LOG})")


def check() -> None:
    """Compare both sides: what was pressed with what arrived, what was said with what was heard.

    Raises:
        DemoError: they differ.
    """
    events = json.loads(TIMELINE.read_text("utf-8"))["timeline"]
    pressed = "".join(
        event["text"]
        for event in json.loads((DEMO / "phone.json").read_text("utf-8"))
        if event["kind"] == "press"
    )
    arrived = "".join(event["digit"] for event in events if event["kind"] == "digit")
    if arrived != pressed:
        raise DemoError(f"the caller pressed {pressed}, and {arrived} arrived (see {TIMELINE})")
    ends = [event for event in events if event["kind"] == "prompt-end" and event["seconds"] > 1]
    for key, what in WANTED.items():
        if not any(event["key"].startswith(key) for event in ends):
            raise DemoError(f"the caller did not get {what} (see {TIMELINE})")
    sound, rate = soundfile.read(RECORDING)
    for event in ends:
        end = event["at_ms"] / 1000
        heard = sound[int((end - event["seconds"]) * rate) : int(end * rate), 1]
        if not len(heard) or abs(heard).max() < SILENT:
            raise DemoError(f"the prompt {event['key']} was not heard (see {RECORDING})")


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


if __name__ == "__main__":
    main()
