"""Browsers that look at the panel while something else is measured: events, and pages now and then.

.venv/bin/python -m bench.looking LINK BROWSERS     until its standard input is closed
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from httpx2 import AsyncClient, HTTPError, Limits, Timeout

from bench.machine import free_port, used
from tests.calls.daemon import until

_PASSWORD = "pięć żółtych rowerów"
_OPENING = 60.0
#: Seconds between two pages that a browser opens beside the events.
_PAGE_EVERY = 5.0
_PAGES = ("/calls", "/live")


class Looking:
    """A panel beside a line, and the browsers that look at it, from ``start`` to ``stop``.

    Args:
        config: agent.toml of the line.
        browsers: how many of them.
    """

    def __init__(self, config: Path, browsers: int) -> None:
        port = free_port()
        text = config.read_text("utf-8")
        self._config = config.with_name("panel.toml")
        self._config.write_text(f"{text}\n[panel]\nport = {port}\n", "utf-8")
        self._browsers = browsers

    def start(self) -> "Looking":
        """Begin; returns when all of them look on."""
        program = [sys.executable, "-m", "sipagent", "panel"]
        ending = ["--config", str(self._config)]
        log = self._config.with_name("panel.log")
        with log.open("wb") as file:
            self._panel = subprocess.Popen([*program, "run", *ending], stderr=file)
        until(lambda: log.read_text("utf-8"), lambda said: "panel open" in said, _OPENING)
        adding = [*program, "user", "add", "bench", "--role", "administrator", *ending]
        link = subprocess.run(adding, check=True, capture_output=True, text=True).stdout.split()[0]
        crowd = [sys.executable, "-m", "bench.looking", link, str(self._browsers)]
        self._crowd = subprocess.Popen(
            crowd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._crowd.stdout is not None
        self._crowd.stdout.readline()
        self._began, self._used = time.monotonic(), used(self._panel.pid)
        return self

    def stop(self) -> dict[str, float]:
        """End, and return what the browsers have seen, and what the panel has cost."""
        cpu = 100 * (used(self._panel.pid) - self._used) / (time.monotonic() - self._began)
        seen, _ = self._crowd.communicate("")
        self._panel.terminate()
        self._panel.wait()
        found: dict[str, float] = json.loads(seen)
        return {"CPU % panel": round(cpu, 1), **found}


async def crowd(link: str, browsers: int) -> None:
    """Look on until the standard input is closed, and print what was seen."""
    origin = link[: link.index("/", len("https://"))]
    limits, patience = Limits(max_connections=4 * browsers), Timeout(30.0)
    seen = Seen()
    async with AsyncClient(base_url=origin, limits=limits, timeout=patience) as client:
        page = await client.get(link)
        token = page.text.partition('name="token" value="')[2][:64]
        fields = {"token": token, "password": _PASSWORD, "again": _PASSWORD}
        await client.post(link, data=fields, headers={"origin": origin})
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work(client, number, seen))
                for number in range(browsers)
                for work in (listen, leaf)
            ]
            await seen.all_listen(browsers)
            print("all look on", flush=True)
            await asyncio.to_thread(sys.stdin.read)
            for task in tasks:
                task.cancel()
    pages = sorted(seen.pages)
    print(
        json.dumps(
            {
                "browsers": browsers,
                "events": seen.events,
                "pages": len(pages),
                "page p50 ms": round(pages[len(pages) // 2], 1),
                "page p99 ms": round(pages[int(len(pages) * 0.99)], 1),
                "pages failed": seen.failed,
            }
        )
    )


class Seen:
    """What all browsers have seen; times are milliseconds."""

    def __init__(self) -> None:
        self.events = self.failed = self.listening = 0
        self.pages: list[float] = []

    async def all_listen(self, browsers: int) -> None:
        """Return when each of them has had an event."""
        while self.listening < browsers:
            await asyncio.sleep(0.05)


async def listen(client: AsyncClient, number: int, seen: Seen) -> None:
    """Take the events of a page."""
    async with client.stream("GET", "/live/events", timeout=None) as events:
        first = True
        async for line in events.aiter_lines():
            seen.events += line.startswith("id:")
            seen.listening += first
            first = False


async def leaf(client: AsyncClient, number: int, seen: Seen) -> None:
    """Open a page now and then."""
    await asyncio.sleep(_PAGE_EVERY * (number % 50) / 50)
    while True:
        for path in _PAGES:
            began = time.perf_counter()
            try:
                answer = await client.get(path)
                seen.failed += answer.status_code != 200 or answer.url.path != path
                seen.pages.append(1000 * (time.perf_counter() - began))
            except HTTPError:
                seen.failed += 1
            await asyncio.sleep(_PAGE_EVERY)


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[1], int(sys.argv[2])))
