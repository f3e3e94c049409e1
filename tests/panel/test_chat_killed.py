"""The panel is killed twice in the middle of a chat: nothing is lost, and nothing stands twice."""

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from httpx2 import AsyncClient, HTTPError

from sipagent.helpdesk.chat.chats import Chats
from sipagent.panel import people
from sipagent.panel.building import ROOMS
from sipagent.panel.permissions import Role
from sipagent.store.database import open_database
from tests.panel.browsing import PASSWORD

pytestmark = pytest.mark.line

#: Messages of each side, and seconds for all of it on a machine that stands still for a while.
MESSAGES, PATIENCE = 24, 120
_SAID = re.compile(r'<article id="said-(\d+)".*?class="written">([^<]*)<', re.S)


@contextmanager
def running(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run the panel of a folder until the end of the block, which kills it."""
    words = (sys.executable, "-m", "sipagent", "panel", "run", "--config")
    with subprocess.Popen(
        (*words, str(folder / "agent.toml")), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert json.loads(process.stderr.readline())["event"] == "panel open"
            yield process
        finally:
            process.kill()


class Side:
    """One of the two who talk: sends until it is taken, and hears what comes.

    Args:
        client: its browser.
        events: the path of its events.
        to: the path to which its messages go.
    """

    def __init__(self, client: AsyncClient, events: str, to: str) -> None:
        self.client, self.events, self.to = client, events, to
        self.token = ""
        #: What has come, each time that it did.
        self.heard: list[tuple[int, str]] = []

    async def open(self, path: str) -> str:
        """Open a page, and remember its token."""
        page = (await self.client.get(path)).text
        if found := re.search(r'name="token" value="(\w+)"', page):
            self.token = found[1]
        return page

    async def post(self, path: str, **fields: str) -> int:
        """Send a form as a script does; return the status, 0: nobody has answered."""
        headers = {"origin": str(self.client.base_url).rstrip("/"), "hx-request": "true"}
        data = {"token": self.token, **fields}
        try:
            return (await self.client.post(path, data=data, headers=headers)).status_code
        except HTTPError:
            return 0

    async def say(self, name: str, said: asyncio.Semaphore) -> None:
        """Say all, one after the other, each until it is taken."""
        for number in range(MESSAGES):
            key = f"{name}{number}"
            while await self.post(f"{self.to}/say", text=key, key=key) != 204:
                await asyncio.sleep(0.05)
            said.release()

    async def hear(self) -> None:
        """Hear events, over and over where they break off, as browsers do."""
        last = ""
        while True:
            try:
                async for number, data in self._events(last):
                    last = number or last
                    self._note(json.loads(data))
            except HTTPError:
                await asyncio.sleep(0.05)

    async def _events(self, last: str) -> AsyncIterator[tuple[str, str]]:
        headers = {"last-event-id": last} if last else {}
        async with self.client.stream("GET", self.events, headers=headers) as stream:
            number = ""
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    number = value
                elif name == "data" and value.startswith("{"):
                    yield number, value

    def _note(self, news: dict[str, object]) -> None:
        chats = news.get("chats")
        for one in chats if isinstance(chats, list) else [news]:
            html = f"{one.get('panel', '')}{one.get('said', '')}"
            self.heard += [(int(key), text) for key, text in _SAID.findall(html)]


async def test_a_panel_that_is_killed_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "agent.toml").write_text(
        f'[paths]\ndatabase = "line.db"\n[panel]\nport = {port}\n'
        '[helpdesk]\nhours = ""\nchat = { wait = 3600, absence = 3600 }\n',
        "utf-8",
    )
    with closing(open_database(tmp_path / "line.db", ROOMS)) as db:
        person = people.add(db, "anna", Role.ADMINISTRATOR)
        token = people.invite(db, person, datetime.now(UTC), 1)
        async with browser(port) as one, browser(port) as other:
            await talked(tmp_path, db, token, (one, other))


def browser(port: int) -> AsyncClient:
    """Return a browser of its own."""
    return AsyncClient(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=30)


async def talked(
    folder: Path, db: sqlite_utils.Database, token: str, browsers: tuple[AsyncClient, AsyncClient]
) -> None:
    """Have both talk while the panel is killed, and see what has come."""
    visitor = Side(browsers[0], "/chat/events", "/chat")
    agent = Side(browsers[1], "/helpdesk/chats/events", "/helpdesk/chats/1")
    said = asyncio.Semaphore(0)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        with running(folder):
            await agent.open(f"/welcome/{token}")
            await agent.post(f"/welcome/{token}", password=PASSWORD, again=PASSWORD)
            await agent.open("/helpdesk/chats")
            await visitor.open("/chat")
            fields = {"name": "Jan", "phone": "600100101", "question": "Halo?", "key": "k"}
            await visitor.post("/chat/begin", **fields)
            await agent.post("/helpdesk/chats/1/take")
            tasks = [
                group.create_task(work)
                for work in (visitor.hear(), agent.hear(), visitor.say("v", said))
            ]
            tasks.append(group.create_task(agent.say("a", said)))
            await taken(said, MESSAGES // 2)
        with running(folder):
            await taken(said, MESSAGES // 2)
        with running(folder):
            await taken(said, MESSAGES)
            kept = [(one.id, one.text) for one in Chats(db).said(1) if one.author != "house"]
            while not all(set(kept) <= set(side.heard) for side in (visitor, agent)):
                await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
    for name in "va":
        mine = [text for _, text in kept if text.startswith(name)]
        assert mine == [f"{name}{number}" for number in range(MESSAGES)]
    assert visitor.heard == kept, "told once, and in their order"
    assert db.execute("SELECT count(*), max(state) FROM chats").fetchone() == (1, "open")


async def taken(said: asyncio.Semaphore, messages: int) -> None:
    """Return once so many messages more were taken."""
    for _ in range(messages):
        await said.acquire()
