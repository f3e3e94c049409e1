"""Phones that the exchange knows register at the daemon, which knows them after a crash, too."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sipagent.access.schema import access
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.account import Phone
from tests.calls.daemon import Daemon, until
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


@pytest.fixture
def daemon(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path, clips)
    yield made
    made.discard()


def state(line: Daemon) -> dict[str, Any]:
    """Return what the daemon says of itself."""
    port = line.event("metrics served")["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=PATIENCE) as answer:
        said: dict[str, Any] = json.load(answer)
    return said


def test_a_phone_registers_with_what_it_was_given(daemon: Daemon) -> None:
    daemon.run("users", "add", "Anna Nowak", "--number", "101")
    given = daemon.run("phones", "add", "101", "--account", "anna")
    password = re.search(r"^Password: +(\S+)$", given, re.MULTILINE)
    assert password
    daemon.start()
    with Phone(daemon.port, "anna", password[1]) as phone:
        assert phone.register().status == 200
    assert state(daemon)["phones"] == 1
    assert state(daemon)["phones_refused"] == {}
    # What is kept is written behind the answer.
    until(lambda: stored(daemon), lambda count: count == 1)

    daemon.kill()
    daemon.start()
    assert state(daemon)["phones"] == 1

    daemon.run("phones", "remove", "anna", "--yes")
    until(lambda: state(daemon)["phones"], lambda count: count == 0)
    daemon.stop()


def stored(line: Daemon) -> int:
    """Return how many bindings are kept."""
    db = open_database(line.database, [access, exchange])
    try:
        return int(db["bindings"].count)
    finally:
        db.close()
