"""A queue of a firm at work: callers hear their place, members log in and answer in turn."""

import asyncio
import json
import re
import shutil

from scripts.demo_exchange import (
    FIRM,
    call,
    finished,
    keep_password,
    password_of,
    phone,
    started,
    until_registered,
)
from scripts.demo_line import DEMO, DemoError, ask, begin, host_of, open_line, say, stop

#: Who has a phone here: internal number → account.
PHONES = {"101": "anna", "102": "jan"}
FIRST, SECOND = "+48600200201", "+48600200202"
QUEUE = "Zgłoszenia"

SETTINGS = """
[line]
scenario = "zgloszenia"
"""
#: What differs from the sample, so that a place is heard soon.
QUICK = ("announce=6", "wrap_up=3", "leave_key=", "callback_key=")

#: What the phones and the callers do (docs/phone.md). Members hear the name of the queue first.
JAN = (
    'silence 1 within 20; say "Zgłoszenia, Jan Kowal, słucham."; silence 1 within 20; '
    'say "Dobrze, przyjadę jutro rano. Do usłyszenia."; wait 1; hang-up'
)
ANNA = (
    'silence 1 within 20; say "Zgłoszenia, Anna Nowak, słucham."; silence 1 within 20; '
    'say "Już to zapisuję. Do usłyszenia."; wait 1; hang-up'
)
#: There is music until somebody answers, and no silence before.
CALL = (
    'speech; silence 1 within 60; say "Dzień dobry, nie działa winda."; '
    "silence 1 within 20; hung-up within 60"
)


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, let two people wait for whoever is free, and say what is left of it.

    Raises:
        DemoError: something does not go as it should.
    """
    if keep:
        raise DemoError("--keep goes with scripts/demo --exchange")
    begin()
    local = DEMO / "local"
    for name in ("scenarios", "prompts"):
        shutil.copytree(FIRM / name, local / name)
    say("Opening the line of a firm of ten with a queue (data/sample/firm)")
    line = await open_line(address, SETTINGS, apply_firm, keep=False)
    try:
        await show(f"{host_of(address)}:{line.port}")
    finally:
        await line.close()
    say("Done.")


async def apply_firm() -> str:
    """Make the exchange of the firm; return what is wrong, if anything."""
    try:
        await ask("exchange", "apply", str(FIRM / "exchange.toml"))
        settings = [word for one in QUICK for word in ("--set", one)]
        await ask("queues", "edit", QUEUE, *settings)
        await ask("queues", "logout", QUEUE, "101")
    except DemoError as error:
        return str(error)
    return ""


async def show(server: str) -> None:
    """Let two customers call, and Anna log in while the second one waits."""
    for number, account in PHONES.items():
        printed = (await ask("phones", "add", number, "--account", account)).decode()
        (password,) = re.findall(r"^Password: (\S+)$", printed, re.MULTILINE)
        keep_password(account, password)
    say("Jan (102) is there for the queue, Anna (101) is logged out; two customers call")
    async with phone("jan", server, JAN, ring=8), phone("anna", server, ANNA, ring=2):
        await until_registered(len(PHONES))
        first = asyncio.create_task(call(server, FIRST, CALL))
        await asyncio.sleep(1)
        second = asyncio.create_task(call(server, SECOND, CALL))
        try:
            await waiting(2)
            print((await ask("queues", "live", "--once")).decode(), flush=True)
            await waiting(1)
            say("Jan talks to the first one; Anna logs in with 1000*1, and gets the second one")
            await dial(server, "anna", "1000*1")
            await asyncio.gather(first, second)
        finally:
            first.cancel()
            second.cancel()
    say("What became of the two (sipagent calls show, sipagent statistics queues):")
    calls = json.loads(await ask("calls", "list", "--caller", SECOND, "--json"))
    print((await ask("calls", "show", calls[0]["id"])).decode())
    print((await ask("statistics", "queues")).decode(), flush=True)


async def waiting(count: int) -> None:
    """Return once so many wait.

    Raises:
        DemoError: that does not come about.
    """
    try:
        async with asyncio.timeout(40):
            while len(await live()) != count:
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise DemoError(f"there are never {count} who wait in the queue") from None


async def live() -> list[object]:
    """Return who waits."""
    (queue,) = json.loads(await ask("queues", "live", QUEUE, "--json"))
    found: list[object] = queue["waiting"]
    return found


async def dial(server: str, account: str, code: str) -> None:
    """Dial a code from a phone, and hear what comes of it."""
    process = await started(
        code, "--account", account, "--server", server,
        "--password-file", str(password_of(account)), "--do", "speech; hung-up within 30",
    )  # fmt: skip
    try:
        await finished(process, f"the code {code}")
    finally:
        await stop(process)
