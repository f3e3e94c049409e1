"""A conference at work: one leads it from her phone, one calls from outside, one is called in."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from scripts.demo_exchange import (
    finished,
    keep_password,
    open_firm,
    password_of,
    started,
    until_registered,
)
from scripts.demo_line import CONFIG, DEMO, DemoError, ask, host_of, say, stop
from sipagent.config_sources import load
from sipagent.control.client import ask as asked

ROOM, NUMBER = "Narada", "*1234"
SUPPLIER = "+48600200202"
SETTINGS = """
[line]
scenario = "narada"
"""
#: Seconds until somebody is in the room, who has only to be told what to do.
_COMING = 40.0

#: What the three do (docs/phone.md). Whoever leads waits for the two others, with music.
ANNA = (
    "speech; wait 3; press {pin}#; wait 33; "
    'say "Dzień dobry, tu Anna. Mamy dziś jeden temat, dostawę na piątek."; wait 11; '
    'say "W takim razie umawiamy się na piątek na ósmą. Dziękuję."; wait 1; press *9; hung-up'
)
SUPPLIER_DOES = (
    "speech; wait 3; press {pin}#; wait 27; "
    'say "Dzień dobry, tu hurtownia. Towar jest gotowy."; hung-up'
)
JAN = 'speech; wait 5; press 1; wait 22; say "Tu Jan. Magazyn przyjmie go o ósmej."; hung-up'


async def demonstrate(address: str, *, keep: bool) -> None:
    """Open the line, let three people meet in a room, and say what is left of it."""
    what = "Opening the line of a firm with a conference room"
    line = await open_firm(what, address, SETTINGS, keep=keep)
    try:
        await show(f"{host_of(address)}:{line.port}")
        if keep:
            print(f"\nThe line is open: call sip:{ROOM.lower()}@{host_of(address)}:{line.port}.")
            print("Ctrl-C closes the line.", flush=True)
            await line.daemon.wait()
    finally:
        await line.close()
    say("Done.")


async def show(server: str) -> None:
    """Let the three meet."""
    leads, pin, *_ = await asyncio.gather(
        pin_of("--moderator"), pin_of(), account_of("101", "anna"), account_of("102", "jan")
    )
    phones = [
        await phone("jan", server, JAN),
        await phone("anna", server, ANNA.format(pin=leads), NUMBER),
    ]
    try:
        say("Anna calls the room from her phone, and types the PIN of moderators: she is alone")
        await here(1)
        say("A supplier calls from outside, and types the PIN of guests")
        supplier = (f"sip:narada@{server}", "--from", SUPPLIER, "--asserted")
        does = SUPPLIER_DOES.format(pin=pin)
        phones.append(await started(*supplier, "--do", does, "--out", str(DEMO / "supplier")))
        await here(2)
        await until_registered(2)
        say("Jan is called into the room (sipagent rooms invite), and presses 1")
        await ask("rooms", "invite", ROOM, "102")
        await here(3)
        say("All three are there: sipagent rooms live")
        await seen(lambda guests: any(one["speaks"] for one in guests))
        print((await ask("rooms", "live")).decode(), flush=True)
        for one in phones:
            await finished(one, "a phone")
    finally:
        for one in phones:
            await stop(one)
    await recorded()


async def account_of(number: str, account: str) -> None:
    """Give a user a phone."""
    printed = (await ask("phones", "add", number, "--account", account)).decode()
    (password,) = re.findall(r"^Password: (\S+)$", printed, re.MULTILINE)
    keep_password(account, password)


async def pin_of(*words: str) -> str:
    """Give the room a PIN by lot, and return it."""
    printed = (await ask("rooms", "pin", ROOM, "--generate", *words)).decode()
    return printed.split()[-1]


async def phone(account: str, server: str, do: str, *number: str) -> Any:
    """Have a phone registered that takes a call, or makes one."""
    return await started(
        *number, "--account", account, "--server", server,
        "--password-file", str(password_of(account)), "--do", do,
        "--answer-within", "90", "--out", str(DEMO / account),
    )  # fmt: skip


async def here(count: int) -> None:
    """Wait until so many are in the room, and have been told everything."""
    await seen(lambda guests: sum(one["place"] != "coming" for one in guests) == count)


async def seen(good: Callable[[list[dict[str, Any]]], bool]) -> None:
    """Wait until the live list is as it should be.

    Raises:
        DemoError: it does not become so.
    """
    try:
        async with asyncio.timeout(_COMING):
            while True:
                found = asked(load(CONFIG), "rooms.live")
                if good(found[0]["guests"] if found else []):
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise DemoError("somebody does not come into the room") from None


async def recorded() -> None:
    """Say what was kept of it."""
    file = DEMO / "narada.wav"
    while (
        not (kept := json.loads(await ask("recordings", "list", "--json"))) or not kept[0]["ended"]
    ):
        await asyncio.sleep(0.2)
    await ask("recordings", "export", str(kept[0]["id"]), str(file))
    say(f"The meeting was recorded, {kept[0]['seconds']:.0f} s: {file}")
