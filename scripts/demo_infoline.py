"""The infoline at work: a daemon, two callers, an office, and what they say."""

import asyncio
import json
import socket
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any

import soundfile

from scripts.demo_line import (
    CONFIG,
    DAEMON_LOG,
    DEMO,
    MAIL,
    ROOT,
    SIPAGENT,
    DemoError,
    ask,
    begin,
    host_of,
    letters,
    open_line,
    parsed,
    say,
    stop,
)

RECORDING, TIMELINE = DEMO / "call.wav", DEMO / "timeline.json"
STATEMENT = DEMO / "statement.pdf"
LOGIN, NUMBER = "100001", "+48600100101"
#: An owner whose estate has an office with a softphone.
OTHER_LOGIN, OTHER_NUMBER = "100004", "+48600100104"

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

SETTINGS = """
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


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, make the call, and say what is left of it."""
    begin()
    say("Opening the line with the owners of data/sample")
    line = await open_line(address, SETTINGS, import_owners, keep=keep)
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
        spoken = ticket["entries"][0]["spoken"]
        print(f"      {spoken['transcript'] or '(' + spoken['transcription'] + ')'}", flush=True)
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


def invitation(address: str, port: int) -> str:
    """Return what to type into Linphone."""
    host = host_of(address)
    where = " on this machine" if host == "127.0.0.1" else ""
    return LINPHONE.format(where=where, host=host, port=port, number=NUMBER, login=LOGIN)


# The line


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
                spoken = tickets and tickets[0]["entries"][0]["spoken"]
                if spoken and spoken["transcription"] != "waiting" and len(letters()) == 2:
                    return dict(tickets[0])
    except TimeoutError:
        raise DemoError(
            f"the request was not mailed within {WRITING:g} s, see {DAEMON_LOG}"
        ) from None


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
