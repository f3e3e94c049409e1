"""Chats at once, over the real panel: how long a message takes, and what it costs.

.venv/bin/python -m bench.chats [--visitors 200] [--agents 5] [--seconds 60] [--pause 15]
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient, HTTPError, Limits, Timeout

from bench.machine import free_port, resident, used
from sipagent.panel import people
from sipagent.panel.building import ROOMS
from sipagent.panel.permissions import Role
from sipagent.store.database import open_database
from tests.calls.daemon import until

_PASSWORD = "pięć żółtych rowerów"
_OPENING = 60.0
_SETTINGS = """
[paths]
database = "line.db"
[panel]
port = {port}
trusted_proxies = ["127.0.0.1/32"]
[helpdesk]
hours = ""
chat = {{ wait = 3600, absence = 90, per_address = 20 }}
"""
_TOKEN = re.compile(r'name="token" value="(\w+)"')
#: A message of either side, as it stands in what comes.
_MARK = re.compile(r">([va]-\d+-\d+)<")


@dataclass
class Seen:
    """What all have seen; times are milliseconds."""

    sent: dict[str, float] = field(default_factory=dict)
    came: dict[str, list[float]] = field(default_factory=lambda: {"v": [], "a": []})
    posts: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    failed: int = 0

    def note(self, text: str, sides: str) -> list[str]:
        """Note which messages of a side have come; return them."""
        now, found = time.perf_counter(), []
        for mark in _MARK.findall(text):
            if mark[0] in sides and (began := self.sent.pop(mark, None)) is not None:
                self.came[mark[0]].append(1000 * (now - began))
                found.append(mark)
        return found


class Browser:
    """A browser behind the proxy, at an address of its own."""

    def __init__(self, client: AsyncClient, seen: Seen) -> None:
        self.client, self.seen = client, seen
        self.token = ""

    async def get(self, path: str) -> str:
        """Open a page."""
        page = (await self.client.get(path)).text
        if found := _TOKEN.search(page):
            self.token = found[1]
        return page

    async def post(self, path: str, **fields: str) -> None:
        """Send a form as a script does."""
        origin = str(self.client.base_url).rstrip("/")
        headers = {"origin": origin, "hx-request": "true"}
        began = time.perf_counter()
        try:
            data = {"token": self.token, **fields}
            answer = await self.client.post(path, data=data, headers=headers)
            self.seen.failed += answer.status_code >= 300
        except HTTPError:
            self.seen.failed += 1
        self.seen.posts.append(1000 * (time.perf_counter() - began))

    async def say(self, to: str, mark: str) -> None:
        """Send a message that is known when it comes."""
        self.seen.sent[mark] = time.perf_counter()
        await self.post(f"{to}/say", text=mark, key=mark)

    async def events(self, path: str) -> AsyncIterator[Any]:
        """Yield the data of events."""
        async with self.client.stream("GET", path, timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:])


async def visits(browser: Browser, number: int, pause: float, ready: asyncio.Semaphore) -> None:
    """Ask, wait, and go on asking."""
    await browser.get("/chat")
    fields = {"name": f"Jan {number}", "phone": "600100101", "question": "Dzień dobry"}
    await browser.post("/chat/begin", **fields, key=f"k{number}")

    async def hears() -> None:
        first = True
        async for news in browser.events("/chat/events"):
            if first:
                ready.release()
            first = False
            browser.seen.note(str(news), "a")

    async with asyncio.TaskGroup() as group:
        group.create_task(hears())
        await asyncio.sleep(random.uniform(0, pause))
        for turn in range(10**6):
            await browser.say("/chat", f"v-{number}-{turn}")
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)


async def serves(browser: Browser, agent: int, free: "asyncio.Queue[int]") -> None:
    """Take chats, and answer whatever comes."""
    answers = asyncio.Queue[tuple[int, str]]()

    async def replies() -> None:
        while True:
            chat, mark = await answers.get()
            await browser.post(f"/helpdesk/chats/{chat}/read", upto=str(2**40))
            await browser.say(f"/helpdesk/chats/{chat}", f"a{mark[1:]}")

    async def takes() -> None:
        while True:
            await browser.post(f"/helpdesk/chats/{await free.get()}/take", **{"from": "desk"})

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(replies())
        group.create_task(takes())
        async for news in browser.events("/helpdesk/chats/events"):
            for one in news.get("chats", ()):
                for mark in browser.seen.note(str(one), "v"):
                    answers.put_nowait((one["chat"], mark))


async def looks(browser: Browser) -> None:
    """Open a page of the staff every second."""
    while True:
        began = time.perf_counter()
        await browser.get("/helpdesk/chats/history")
        browser.seen.pages.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(1)


async def measured(arguments: argparse.Namespace, origin: str, links: list[str], pid: int) -> None:
    """Have all of them talk, and print what was seen."""
    seen, free, ready = Seen(), asyncio.Queue[int](), asyncio.Semaphore(0)
    async with AsyncExitStack() as stack:

        async def browser(address: str) -> Browser:
            client = AsyncClient(
                base_url=origin,
                headers={"x-forwarded-for": address},
                follow_redirects=True,
                limits=Limits(max_connections=8),
                timeout=Timeout(60.0),
            )
            return Browser(await stack.enter_async_context(client), seen)

        async with asyncio.TaskGroup() as group:
            tasks = []
            for number, link in enumerate(links):
                agent = await browser(f"10.1.0.{number + 1}")
                await agent.get(link)
                await agent.post(link, password=_PASSWORD, again=_PASSWORD)
                await agent.get("/helpdesk/chats")
                tasks.append(group.create_task(serves(agent, number, free)))
            tasks.append(group.create_task(looks(agent)))
            for number in range(arguments.visitors):
                visitor = await browser(f"10.0.{number // 200}.{number % 200 + 1}")
                coming = visits(visitor, number, arguments.pause, ready)
                tasks.append(group.create_task(coming))
                await ready.acquire()
                free.put_nowait(number + 1)
            await asyncio.sleep(arguments.pause)
            failed = seen.failed
            seen.came, seen.posts, seen.pages = {"v": [], "a": []}, [], []
            began, cpu = time.monotonic(), used(pid)
            await asyncio.sleep(arguments.seconds)
            took = 100 * (used(pid) - cpu) / (time.monotonic() - began)
            heaviest = resident(pid) / 1024
            for one in tasks:
                one.cancel()
    rate = sum(map(len, seen.came.values())) / arguments.seconds
    late = [mark for mark, at in seen.sent.items() if time.perf_counter() - at > 10]
    print(
        json.dumps(
            {
                "visitors": arguments.visitors,
                "agents": len(links),
                "messages a second": round(rate, 1),
                "to the agent": spread(seen.came["v"]),
                "to the visitor": spread(seen.came["a"]),
                "sending": spread(seen.posts),
                "page of the staff": spread(seen.pages),
                "CPU % panel": round(took, 1),
                "MB panel": round(heaviest, 1),
                "failed": failed + seen.failed,
                "lost": len(late),
            },
            indent=1,
        )
    )


def spread(found: list[float]) -> str:
    """Return the median and the slowest hundredth, in milliseconds."""
    if not found:
        return "none"
    found = sorted(found)
    return f"p50 {found[len(found) // 2]:.0f} ms, p99 {found[int(len(found) * 0.99)]:.0f} ms"


def main() -> None:
    """Run the panel of an empty folder, and have all of them come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--agents", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "agent.toml").write_text(_SETTINGS.format(port=port), "utf-8")
        with closing(open_database(folder / "line.db", ROOMS)) as db:
            links = []
            for number in range(arguments.agents):
                person = people.add(db, f"agent {number}", Role.ADMINISTRATOR)
                links.append(f"/welcome/{people.invite(db, person, datetime.now(UTC), 1)}")
        log = folder / "panel.log"
        program = [sys.executable, "-m", "sipagent", "panel", "run", "--config"]
        with log.open("wb") as file:
            panel = subprocess.Popen([*program, str(folder / "agent.toml")], stderr=file)
        try:
            until(lambda: log.read_text("utf-8"), lambda said: "panel open" in said, _OPENING)
            origin = f"http://127.0.0.1:{port}"
            asyncio.run(measured(arguments, origin, links, panel.pid))
        finally:
            panel.terminate()
            panel.wait()


if __name__ == "__main__":
    main()
