"""A panel over a database of its own, and browsers that visit it without a network."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlite_utils
from argon2 import PasswordHasher
from httpx2 import Response
from starlette.testclient import TestClient, WebSocketTestSession

from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.panel import people
from sipagent.panel.application import Application
from sipagent.panel.building import ROOMS, built
from sipagent.panel.live import Live
from sipagent.panel.people import Person
from sipagent.panel.permissions import Role
from sipagent.panel.web import Ask, House
from sipagent.store.database import open_database
from sipagent.store.store import Store

PASSWORD = "cztery niebieskie krzesła"
#: A hash as the panel makes it takes 30 ms: this one is as weak as argon2 lets it be.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class Line:
    """A line that answers what a test says."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def __call__(self, do: str, **wanted: object) -> Any:
        """Answer as ``control.client.ask`` does."""
        self.asked.append((do, wanted))
        if do not in self.answers:
            raise SetupError(f"the running line does not know {do!r}")
        answer = self.answers[do]
        return answer(**wanted) if callable(answer) else answer


@dataclass
class Panel:
    """A panel, and what is around it."""

    config: Config
    store: Store
    application: Application
    live: Live
    line: Line
    browsers: ExitStack
    house: House

    def browser(self, **headers: str) -> "Browser":
        """Return another browser."""
        browser = Browser(self, headers)
        self.browsers.enter_context(browser.client)
        return browser

    def add(self, name: str, role: Role = Role.ADMINISTRATOR, **fields: str) -> Person:
        """Add somebody who has chosen ``PASSWORD``."""

        def work(db: sqlite_utils.Database) -> Person:
            person = people.add(db, name, role, **fields)
            people.set_password(db, person.id, _HASH)
            return person

        return self.store.blocking.write(work)

    def invite(self, name: str) -> str:
        """Return the path of a link for somebody."""
        token = self.store.blocking.write(
            lambda db: people.invite(db, people.named(db, name), datetime.now(UTC), 1)
        )
        return f"/welcome/{token}"


class Browser:
    """Keeps cookies, and fills forms in that it was shown.

    Args:
        panel: that it visits.
        headers: that it sends besides.
    """

    def __init__(self, panel: Panel, headers: Mapping[str, str] | None = None) -> None:
        self.origin = panel.config.panel.public_url or "http://127.0.0.1:9466"
        self.client = TestClient(
            panel.application.app,
            base_url=self.origin,
            follow_redirects=True,
            headers={"accept-language": "en", **(headers or {})},
            raise_server_exceptions=False,
        )
        self.token = ""

    def get(self, path: str) -> Response:
        """Open a page."""
        return self._seen(self.client.get(path))

    def post(self, path: str, **fields: str) -> Response:
        """Send a form of the page that was shown last."""
        data = {"token": self.token, **fields}
        return self._seen(self.client.post(path, data=data, headers={"origin": self.origin}))

    def channel(self, path: str, **headers: str) -> WebSocketTestSession:
        """Open a channel, as a page of the panel does where no other headers are given."""
        url = f"{self.origin.replace('http', 'ws', 1)}{path}"
        return self.client.websocket_connect(url, headers=headers or {"origin": self.origin})

    def log_in(self, name: str, password: str = PASSWORD) -> Response:
        """Type name and password."""
        self.get("/login")
        return self.post("/login", name=name, password=password)

    def _seen(self, response: Response) -> Response:
        if found := _TOKEN.search(response.text):
            self.token = found[1]
        return response


@contextmanager
def opened(
    folder: Path,
    fill: Callable[[sqlite_utils.Database], object] = lambda db: None,
    **settings: object,
) -> Iterator[Panel]:
    """Open a panel in a folder.

    Args:
        folder: where its database is made, and whatever else has a path.
        fill: what is in it before the panel is opened.
        settings: other sections of agent.toml.
    """
    assert "paths" not in settings  # all of them are in the folder
    paths = {
        "database": folder / "sipagent.db",
        "outbox": folder / "outbox",
        "recordings": folder / "recordings",
        "attachments": folder / "attachments",
        "local": folder / "local",
        "cache": folder / "cache",
    }
    config = Config.model_validate({"paths": paths, **settings})
    config.paths.database.write_bytes(_empty_database())
    with closing(open_database(config.paths.database, ROOMS)) as db:
        fill(db)
    line = Line()
    with beside(config, line) as panel:
        panel.line = line
        yield panel


@contextmanager
def beside(config: Config, line: Ask | None = None) -> Iterator[Panel]:
    """Open a panel over a database that is there.

    Args:
        config: the settings.
        line: is asked; without one that of the settings.
    """
    store = Store(config.paths.database, ROOMS)
    try:
        application, house = built(config, store, line)
        with ExitStack() as browsers:
            yield Panel(config, store, application, house.live, Line(), browsers, house)
    finally:
        asyncio.run(store.close())


@cache
def _empty_database() -> bytes:
    """Return a database with all tables: making them takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        with closing(open_database(path, ROOMS)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return path.read_bytes()
