"""The demonstration behind scripts/demo: a daemon, a caller, and their conversation, live."""

import argparse
import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data/demo"
SIPAGENT = [sys.executable, "-m", "sipagent"]
LOGIN, NUMBER = "100001", "+48600100101"
PORT = 5060

#: The caller waits for the greeting, logs in, and hears the balance; then types ahead.
SCRIPT = f"speech; wait 4; press {LOGIN}#; wait 4.3; press 1; wait 13; press #2; wait 5; hang-up"

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
"""

LINPHONE = """
The line is open. From Linphone on this machine:

  1. Preferences, SIP accounts, Add: Your SIP identity  sip:{number}@127.0.0.1
                                     SIP proxy address  sip:127.0.0.1:{port}
     and switch "Register" off.
  2. Call  sip:infolinia@127.0.0.1:{port}
  3. After the greeting type  {login}#  and then 1 (balance) or 2 (charges).

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
        asyncio.run(demonstrate(options.address, keep=options.keep))
    except DemoError as error:
        sys.exit(f"scripts/demo: {error}")
    except KeyboardInterrupt:
        print("\nThe line is closed.")


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, make the call, and say what is left of it."""
    config, port = prepare(address)
    say("Opening the line (the first time its prompts are rendered: about a minute)")
    daemon = await asyncio.create_subprocess_exec(
        *SIPAGENT, "run", "--config", str(config), stderr=PIPE, cwd=ROOT
    )
    following = asyncio.create_task(follow(daemon, opened := asyncio.Event()))
    try:
        await line_open(daemon, opened)
        await make_call(port)
        await keep_record(config)
        if keep:
            print(LINPHONE.format(number=NUMBER, port=port, login=LOGIN), flush=True)
            await daemon.wait()
    finally:
        await stop(daemon)
        await following


def prepare(address: str) -> tuple[Path, int]:
    """Make the settings and a fresh database from data/sample; return the settings and the port."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)
    port = free_port(address)
    config = DEMO / "agent.toml"
    config.write_text(SETTINGS.format(address=address, port=port), "utf-8")
    say("Loading the sample owners")
    command = [*SIPAGENT, "owners", "import", "data/sample", "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"the sample data cannot be loaded: {done.stderr.strip()}")
    return config, port


def free_port(address: str) -> int:
    """Return SIP's own port where it is free, else any free one."""
    for port in (PORT, 0):
        with (
            socket.socket(type=socket.SOCK_DGRAM) as udp,
            socket.socket() as tcp,
            contextlib.suppress(OSError),
        ):
            udp.bind((address, port))
            tcp.bind(udp.getsockname())
            return int(udp.getsockname()[1])
    raise DemoError(f"no port is free on {address}")


async def line_open(daemon: Process, opened: asyncio.Event) -> None:
    """Return when the line is open."""
    ready, gone = asyncio.create_task(opened.wait()), asyncio.create_task(daemon.wait())
    await asyncio.wait((ready, gone), return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if not opened.is_set():
        raise DemoError(f"the line did not open; see {DEMO / 'daemon.log'}")
    gone.cancel()


async def make_call(port: int) -> None:
    """Call the line with the test phone; the daemon's log shows the conversation."""
    say(f"Calling sip:infolinia@127.0.0.1:{port} from {NUMBER}")
    phone = await asyncio.create_subprocess_exec(
        *SIPAGENT, "phone", f"sip:infolinia@127.0.0.1:{port}", "--from", NUMBER, "--asserted",
        "--do", SCRIPT, "--out", str(DEMO), "--quiet", cwd=ROOT, stderr=PIPE,
    )  # fmt: skip
    try:
        _, errors = await phone.communicate()
    finally:
        await stop(phone)
    if phone.returncode:
        raise DemoError(f"the call went wrong: {errors.decode().strip()}")


async def keep_record(config: Path) -> None:
    """Write the call's timeline beside the recording, and say where both are."""
    show = await asyncio.create_subprocess_exec(
        *SIPAGENT, "calls", "show", "last", "--json", "--config", str(config),
        cwd=ROOT, stdout=PIPE,
    )  # fmt: skip
    timeline, _ = await show.communicate()
    if show.returncode:
        raise DemoError("the call has no record")
    (DEMO / "timeline.json").write_bytes(timeline)
    say("Done. What is left of the call:")
    print(f"  {(DEMO / 'call.wav').relative_to(ROOT)}       recording: left caller, right agent")
    print(f"  {(DEMO / 'timeline.json').relative_to(ROOT)}  what was said, pressed and decided")


async def follow(daemon: Process, opened: asyncio.Event) -> None:
    """Show what the daemon tells of its calls; keep everything in a file."""
    assert daemon.stderr is not None
    began: dict[str, datetime] = {}
    with (DEMO / "daemon.log").open("wb") as file:
        async for line in daemon.stderr:
            file.write(line)
            file.flush()
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event["event"] == "line open":
                    opened.set()
                show(event, began)


def show(event: dict[str, Any], began: dict[str, datetime]) -> None:
    """Print one event of a conversation with its time in the call."""
    now = datetime.fromisoformat(event["timestamp"])
    call = event.get("call_id", "")
    if event["event"] == "call":
        began[call] = now
        return
    if event.get("kind") == "prompt" and event.get("cut"):
        return  # typed ahead: it was not said at all
    line = {
        ("timeline", "prompt"): f"agent   {event.get('text')}",
        ("timeline", "digit"): f"caller  presses {event.get('digit')}",
        ("timeline", "hung-up"): "caller  hangs up",
        ("timeline", "hangup"): "agent   hangs up",
    }.get((event["event"], event.get("kind", "")))
    if line and call in began:
        seconds = (now - began[call]).total_seconds()
        print(f"  {seconds:6.2f} s  {line}", flush=True)


async def stop(process: Process) -> None:
    """End a program and wait for it."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def say(text: str) -> None:
    """Print what happens next."""
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    main()
