"""The panel at work: a firm and an infoline with a past, people who call and talk meanwhile."""

import asyncio
import contextlib
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator

from scripts import demo_past
from scripts.demo_exchange import FIRM, apply_firm, keep_password, password_of, started
from scripts.demo_line import (
    CONFIG,
    DEMO,
    ROOT,
    SIPAGENT,
    DemoError,
    ask,
    begin,
    free_port,
    host_of,
    is_free,
    open_line,
    say,
    stop,
)
from scripts.demo_queue import ANNA, CALL, JAN, QUEUE, QUICK

PORT = 9466
LOG = DEMO / "panel.log"
#: Who takes calls here: internal number → account, and what they do.
PHONES = {"101": ("anna", ANNA), "102": ("jan", JAN)}
CALLERS = [f"+4860020020{last}" for last in range(1, 5)]
#: Seconds after which each of them calls again: now and then somebody has to wait.
BETWEEN = 12.0
SETTINGS = """
[line]
scenario = "zgloszenia"

[panel]
port = {port}
"""
OPEN = """
The panel is open. Each link lets somebody choose a password, once:

  an administrator, who sees and steers all of it   {administrator}
  Anna Nowak, who sees her own calls                {user}
  a manager of the infoline                         {manager}

  the wallboard, for a screen on a wall             {screen}

Customers call the queue all the time, Anna (101) and Jan (102) answer. Ctrl-C closes everything.
"""


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line and its panel, and leave them open until Ctrl-C.

    Raises:
        DemoError: something does not go as it should.
    """
    port = PORT if is_free("127.0.0.1", PORT) else free_port()
    settings = SETTINGS.format(port=port)
    begin()
    for name in ("scenarios", "prompts"):
        shutil.copytree(FIRM / name, DEMO / "local" / name)
    say("Opening the line of a firm and of an infoline (data/sample), with calls of two weeks")
    await asyncio.to_thread(demo_past.write, DEMO / "demo.db")
    line = await open_line(address, settings, fill, keep=keep)
    line.tells = False  # the links would scroll away
    try:
        async with panel() as process:
            print(OPEN.format_map(await links()), flush=True)
            async with people(f"{host_of(address)}:{line.port}"):
                ends = [asyncio.create_task(one.wait()) for one in (process, line.daemon)]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        raise DemoError(f"the line or its panel has ended by itself; see {LOG}")
    finally:
        await line.close()


async def fill() -> str:
    """Make the firm, and the owners of the infoline; return what is wrong, if anything."""
    if wrong := await apply_firm():
        return wrong
    try:
        await ask("queues", "edit", QUEUE, *(word for one in QUICK for word in ("--set", one)))
        await ask("owners", "import", str(ROOT / "data/sample"))
    except DemoError as error:
        return str(error)
    return ""


async def links() -> dict[str, str]:
    """Let people in, and return the links of each."""
    added = {
        "administrator": ("szefowa", "--role", "administrator"),
        "user": ("anna", "--role", "user", "--user", "101"),
        "manager": ("zarządca", "--role", "manager", "--manager", "BAJKA"),
    }
    found = {name: await first(*("panel", "user", "add", *words)) for name, words in added.items()}
    return {**found, "screen": await first("panel", "screen", "add", "hol")}


async def first(*words: str) -> str:
    """Return the first word that a command prints."""
    return (await ask(*words)).decode().split()[0]


@contextlib.asynccontextmanager
async def panel() -> AsyncIterator[Process]:
    """Run the panel for the block.

    Raises:
        DemoError: it does not open.
    """
    process = await asyncio.create_subprocess_exec(
        *SIPAGENT, "panel", "run", "--config", str(CONFIG), stdin=DEVNULL, stderr=PIPE, cwd=ROOT
    )
    assert process.stderr is not None
    said = await process.stderr.readline()
    if b'"panel open"' not in said:
        raise DemoError(f"the panel did not open: {said.decode().strip()}")
    keeping = asyncio.create_task(kept(process.stderr))
    try:
        yield process
    finally:
        await stop(process)
        await keeping


async def kept(log: asyncio.StreamReader) -> None:
    """Keep what a program says in a file."""
    with LOG.open("wb") as file:
        async for line in log:
            file.write(line)
            file.flush()


@contextlib.asynccontextmanager
async def people(server: str) -> AsyncIterator[None]:
    """Let two people take calls, and others call them, for the block."""
    for number, (account, _) in PHONES.items():
        printed = (await ask("phones", "add", number, "--account", account)).decode()
        (password,) = re.findall(r"^Password: (\S+)$", printed, re.MULTILINE)
        keep_password(account, password)
    tasks = [
        *(asyncio.create_task(answering(server, *one)) for one in PHONES.values()),
        *(
            asyncio.create_task(calling(server, number, turn * BETWEEN))
            for turn, number in enumerate(CALLERS)
        ),
    ]
    try:
        yield
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def answering(server: str, account: str, do: str) -> None:
    """Take one call after another."""
    words = ("--account", account, "--server", server, "--do", do, "--ring", "3")
    file = str(password_of(account))
    while True:
        await gone(*words, "--password-file", file, "--answer-within", "3600")


async def calling(server: str, number: str, first: float) -> None:
    """Call the firm again and again, the first time after some seconds."""
    await asyncio.sleep(first)
    while True:
        await gone(f"sip:firma@{server}", "--from", number, "--asserted", "--do", CALL)
        await asyncio.sleep(BETWEEN)


async def gone(*words: str) -> None:
    """Let a test phone do what it does, whatever comes of it: somebody steers meanwhile."""
    process = await started(*words)
    try:
        await process.communicate()
        await asyncio.sleep(1)
    finally:
        await stop(process)
