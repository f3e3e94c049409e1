"""The exchange of a firm at work: three softphones, two callers, a transfer and a message."""

import asyncio
import contextlib
import json
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

from scripts.demo_line import (
    CONFIG,
    DAEMON_LOG,
    DEMO,
    ROOT,
    SIPAGENT,
    DemoError,
    Line,
    ask,
    begin,
    host_of,
    letters,
    open_line,
    parsed,
    say,
    stop,
)

FIRM = ROOT / "data/sample/firm"
#: Who has a phone here: internal number → account.
PHONES = {"101": "anna", "102": "jan"}
CUSTOMER, SUPPLIER = "+48600200201", "+48600200202"

#: Always open, so that the demonstration can be seen at night.
OPEN = "mon-sun 00:00-24:00; holidays open"
SETTINGS = """
[line]
scenario = "firma"
"""

#: What the phones and the callers do (docs/phone.md).
ANNA = (
    'wait 0.5; say "Biuro, Anna Nowak, słucham."; silence 1 within 20; say "Chwileczkę, łączę."; '
    'consult 102; silence 1 within 20; say "Janie, klient w sprawie faktury."; wait 0.5; join'
)
JAN = (
    'wait 0.5; say "Jan Kowal, słucham."; silence 1 within 20; wait 1; '
    'say "Dzień dobry, już sprawdzam tę fakturę."; silence 1 within 30; '
    'say "Do usłyszenia."; hung-up'
)
#: Between ringing and ringing there is silence, so he waits; with music there is none until Jan is
#: done.
CALL = (
    "speech; wait 3; press 1; wait 9; "
    'say "Dzień dobry, dzwonię w sprawie faktury."; silence 1 within 20; '
    'wait 6; silence 2 within 60; say "Bardzo dziękuję."; wait 3; hang-up'
)
MESSAGE = (
    'speech; wait 9; say "Dzień dobry, tu hurtownia. Towar przyjedzie jutro o ósmej."; '
    "wait 1; press #; hung-up"
)
#: Seconds until a message is written down and mailed.
WRITING = 90.0


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, let two people call the firm, and say what is left of it."""
    line = await open_firm("Opening the line of a firm of ten", address, SETTINGS, keep=keep)
    try:
        await show(f"{host_of(address)}:{line.port}")
        if keep:
            await stay(line, address)
    finally:
        await line.close()
    say("Done.")


async def open_firm(what: str, address: str, settings: str, *, keep: bool) -> Line:
    """Return the open line of the sample firm; see ``demo_line.open_line``."""
    begin()
    for name in ("scenarios", "prompts"):
        shutil.copytree(FIRM / name, DEMO / "local" / name)
    say(f"{what} (data/sample/firm)")
    return await open_line(address, settings, apply_firm, keep=keep)


async def apply_firm() -> str:
    """Make the exchange of the firm; return what is wrong, if anything."""
    try:
        await ask("exchange", "apply", str(FIRM / "exchange.toml"))
        await ask("schedules", "edit", "Biuro", "--hours", OPEN)
    except DemoError as error:
        return str(error)
    return ""


async def show(server: str) -> None:
    """Let the phones register and the callers call."""
    for number, account in PHONES.items():
        printed = (await ask("phones", "add", number, "--account", account)).decode()
        (password,) = re.findall(r"^Password: (\S+)$", printed, re.MULTILINE)
        keep_password(account, password)
    say("Two softphones register: Anna (101) and Jan (102)")
    async with phone("anna", server, ANNA), phone("jan", server, JAN):
        await until_registered(len(PHONES))
        say("A customer calls, and presses 1 for the office; Anna answers, and puts him through")
        await call(server, CUSTOMER, CALL)
    say("The call, as sipagent calls show tells it:")
    calls = json.loads(await ask("calls", "list", "--caller", CUSTOMER, "--json"))
    print((await ask("calls", "show", calls[0]["id"])).decode(), flush=True)
    say("The office closes (sipagent schedules night), and a supplier calls")
    await ask("schedules", "night", "Biuro", "--until", "23:59")
    await call(server, SUPPLIER, MESSAGE)
    await mailed()
    say("The e-mail with the message:")
    for mail in letters():
        letter = parsed(mail)
        body = letter.get_body(("plain",))
        print(f"  To: {letter['To']}\n  Subject: {letter['Subject']}\n")
        print("\n".join(f"  {one}" for one in (body.get_content() if body else "").splitlines()))


def keep_password(account: str, password: str) -> None:
    """Write the password of a phone where only it reads it."""
    file = password_of(account)
    file.touch(mode=0o600)
    file.write_text(password + "\n", "utf-8")


def password_of(account: str) -> Path:
    """Return the file with the password of a phone."""
    return DEMO / f"{account}.password"


@contextlib.asynccontextmanager
async def phone(account: str, server: str, do: str, ring: float = 2) -> AsyncIterator[None]:
    """Have a phone registered that takes one call, and see that all of it goes as it should."""
    process = await started(
        "--account", account, "--server", server, "--password-file", str(password_of(account)),
        "--do", do, "--ring", str(ring), "--answer-within", "60", "--out", str(DEMO / account),
    )  # fmt: skip
    try:
        yield
        await finished(process, f"the phone of {account}")
    finally:
        await stop(process)


async def call(server: str, number: str, do: str) -> None:
    """Call the firm from outside."""
    target = f"sip:firma@{server}"
    process = await started(target, "--from", number, "--asserted", "--do", do, "--out", str(DEMO))
    try:
        await finished(process, f"the call of {number}")
    finally:
        await stop(process)


async def started(*words: str) -> Process:
    """Start a test phone."""
    return await asyncio.create_subprocess_exec(
        *SIPAGENT, "phone", *words, "--quiet", "--config", str(CONFIG),
        stdin=DEVNULL, stderr=PIPE, cwd=ROOT,
    )  # fmt: skip


async def finished(process: Process, what: str) -> None:
    """See a test phone end well.

    Raises:
        DemoError: it has not.
    """
    _, errors = await process.communicate()
    if process.returncode:
        raise DemoError(f"{what} went wrong: {errors.decode().strip()} (see {DAEMON_LOG})")


async def until_registered(phones: int) -> None:
    """Wait until so many phones are registered."""
    try:
        async with asyncio.timeout(30):
            while json.loads(await ask("status", "--json"))["phones"] < phones:
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise DemoError(f"the phones do not register, see {DAEMON_LOG}") from None


async def mailed() -> None:
    """Wait until the message has left.

    Raises:
        DemoError: it does not.
    """
    say("The message is being written down and mailed")
    try:
        async with asyncio.timeout(WRITING):
            while not letters():
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise DemoError(f"no e-mail within {WRITING:g} s, see {DAEMON_LOG}") from None


async def stay(line: Line, address: str) -> None:
    """Leave the line open for a softphone of one's own."""
    await ask("schedules", "night", "Biuro", "--off")
    printed = (await ask("phones", "add", "103")).decode()
    print(f"\nThe line is open. A softphone of your own, as Ewa Lis (103):\n\n{printed}")
    print(f"Call 101, 200 or *97, or sip:firma@{host_of(address)}:{line.port} from outside.")
    print("Ctrl-C closes the line.", flush=True)
    await line.daemon.wait()
    raise DemoError(f"the line has closed by itself; see {DAEMON_LOG}")
