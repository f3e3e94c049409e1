"""Programs that ask the API of a panel, without a network."""

from datetime import UTC, datetime
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from sipagent.panel.api import tokens
from sipagent.panel.api.application import ROOT
from sipagent.panel.api.scopes import Scope
from tests.panel.browsing import Panel

#: Paths of all endpoints, filled in with what names nothing.
NAMES = {
    "login": "999999", "ticket": "999", "call": "call9999", "order": "999", "recording": "999",
    "queue": "Nikt", "member": "999", "waiting": "999", "room": "Nikt", "guest": "9",
    "invitation": "999", "file": "9",
}  # fmt: skip


class Program:
    """Shows a token.

    Args:
        panel: whose API it asks.
        scopes: what it may do.
        name: of its token.
        manager: code of the manager whose owners it is for.
    """

    def __init__(
        self, panel: Panel, *scopes: Scope, name: str = "program", manager: str = ""
    ) -> None:
        self.panel = panel
        self.secret = panel.store.blocking.write(
            lambda db: tokens.add(db, name, scopes, datetime.now(UTC), days=1, manager=manager)
        )
        self.client = client_of(panel)

    def __call__(self, method: str, path: str, **more: Any) -> Response:
        """Ask for something below ``/api/v1``."""
        headers = {"authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return self.client.request(method, f"{ROOT}{path}", headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        """Return what is answered with 200."""
        response = self("GET", path, params=query)
        assert response.status_code == 200, response.text
        return response.json()


def client_of(panel: Panel) -> TestClient:
    """Return a client that shows nothing."""
    return TestClient(
        panel.application.app, base_url="http://127.0.0.1:9466", raise_server_exceptions=False
    )


def deeds(panel: Panel) -> list[tuple[str, str, str]]:
    """Return what is on record: who, what, about what."""
    return panel.store.blocking.read(
        lambda db: db.execute("SELECT person, what, about FROM panel_deeds ORDER BY id").fetchall()
    )
