"""The help desk at work: a firm and an infoline with what people have asked, mails that come."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

from scripts import demo_past, demo_requests
from scripts.demo_exchange import FIRM, apply_firm
from scripts.demo_line import (
    DEMO,
    ROOT,
    DemoError,
    ask,
    begin,
    free_port,
    is_free,
    letters,
    open_line,
    parsed,
    say,
)
from scripts.demo_panel import PORT, first, panel

INBOX = DEMO / "inbox"
#: Seconds between two mails that come in.
BETWEEN = 20.0
SETTINGS = """
[line]
scenario = "infolinia"

[panel]
port = {port}

[helpdesk]
hours = "mon-sun 00:00-24:00; holidays open"
phone = "22 100 02 00"
addresses = [
    {{ pl = "Rozliczenia", en = "Bills", email = "rozliczenia@firma.example" }},
    {{ pl = "Awarie", en = "Breakdowns", email = "awarie@firma.example" }},
]
mail = {{ maildir = "{inbox}", every = 5, addresses = ["pomoc@firma.example"] }}
"""
OPEN = """
The help desk is open. Each link lets somebody choose a password, once:

  an administrator, who sees every ticket           {administrator}
  Anna Nowak, an agent: tickets and chats           {agent}
  Jan Kowal, who has asked, and asks again          {asker}
  klucz, a manager, with those of their owners      {klucz}
  bajka, another one                                {bajka}

  owners come in at   {origin}/owner/
                      as 100001 (Anna), 100002 or 2000002; the code that is mailed is printed here
  visitors chat at    {origin}/chat/

What to try: take a chat as Anna while a visitor types in a second window; answer request 105, and
see the notice pop up at Jan's; look for "winda" in the requests and for "przekierowac" in the
help; as an owner, change an address. A mail comes in every {between:g} seconds for a while, and
becomes a request. Mails that leave are told below, and lie in data/demo/mail.
Ctrl-C closes everything.
"""


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line and its panel with all that was asked, and leave them open until Ctrl-C.

    Raises:
        DemoError: something does not go as it should.
    """
    port = PORT if is_free("127.0.0.1", PORT) else free_port()
    begin()
    for folder in ("tmp", "new", "cur"):
        (INBOX / folder).mkdir(parents=True)
    for name in ("scenarios", "prompts"):
        shutil.copytree(FIRM / name, DEMO / "local" / name)
    say("Opening the line of a firm and of an infoline (data/sample), with calls of two weeks")
    await asyncio.to_thread(demo_past.write, DEMO / "demo.db")
    line = await open_line(address, SETTINGS.format(port=port, inbox=INBOX), fill, keep=keep)
    line.tells = False  # the links would scroll away
    try:
        say("Writing down what people have asked within three weeks")
        told = {**await links(), "origin": f"http://127.0.0.1:{port}", "between": BETWEEN}
        await past()
        async with panel() as process:
            print(OPEN.format_map(told), flush=True)
            async with mails():
                ends = [asyncio.create_task(one.wait()) for one in (process, line.daemon)]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        raise DemoError("the line or its panel has ended by itself; see data/demo/*.log")
    finally:
        await line.close()


async def fill() -> str:
    """Make the firm, and the owners of the infoline; return what is wrong, if anything."""
    if wrong := await apply_firm():
        return wrong
    try:
        await ask("owners", "import", str(ROOT / "data/sample"))
    except DemoError as error:
        return str(error)
    return ""


async def links() -> dict[str, str]:
    """Let people in, Anna as an agent, and return the link of each."""
    added = {
        "administrator": ("szefowa", "--role", "administrator"),
        "agent": ("anna", "--role", "user", "--user", "101"),
        "asker": ("jan", "--role", "user", "--user", "102"),
        "klucz": ("klucz", "--role", "manager", "--manager", "ZLOTY-KLUCZ"),
        "bajka": ("bajka", "--role", "manager", "--manager", "BAJKA"),
    }
    found = {name: await first(*("panel", "user", "add", *words)) for name, words in added.items()}
    await ask("panel", "user", "edit", "anna", "--agent")
    return found


async def past() -> None:
    """Write the requests of three weeks; what was dictated is said by a voice of the line."""
    sounds = DEMO / "recordings"
    sounds.mkdir(mode=0o700, exist_ok=True)
    names = []
    for number, text in enumerate(demo_requests.spoken()):
        names.append(f"demo-{number}.wav")
        await ask("say", text, "--output", str(sounds / names[-1]))
    await asyncio.to_thread(demo_requests.write, DEMO / "demo.db", DEMO / "attachments", names)


@contextlib.asynccontextmanager
async def mails() -> AsyncIterator[None]:
    """Let mails come in, and print those that leave, for the block."""
    tasks = [asyncio.create_task(coming()), asyncio.create_task(leaving())]
    try:
        yield
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def coming() -> None:
    """Put one mail after the other into the mailbox of the help desk."""
    for number, mail in enumerate(demo_requests.mails()):
        await asyncio.sleep(BETWEEN)
        unfinished = INBOX / "tmp" / f"{number}.demo"
        unfinished.write_bytes(bytes(mail))
        os.replace(unfinished, INBOX / "new" / unfinished.name)
        print(f"  comes in   {mail['From']}: {mail['Subject']}", flush=True)


async def leaving() -> None:
    """Print each mail that leaves, and the code in it where there is one."""
    seen: set[Path] = set(letters())
    while True:
        await asyncio.sleep(1)
        for path in letters():
            if path not in seen:
                seen.add(path)
                mail = parsed(path)
                code = code_in(mail)
                told = f"   code {code}" if code else ""
                print(f"  leaves     {mail['To']}: {mail['Subject']}{told}", flush=True)


def code_in(mail: EmailMessage) -> str:
    """Return the code that a mail brings; nothing where there is none."""
    body = mail.get_body(("plain",))
    found = re.search(r": (\d{3} \d{3})\s", body.get_content()) if body else None
    return found[1] if found else ""
