"""Programs at a real line: the worked examples of the manual, and a call made and ended by one."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sipagent.panel.api import tokens
from sipagent.panel.api.application import ROOT
from sipagent.panel.api.schema import api
from sipagent.panel.api.scopes import Scope
from sipagent.store.database import open_database
from sipagent.webhooks import subscriptions
from sipagent.webhooks.schema import webhooks
from tests.calls.daemon import SIPAGENT, Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import FIRM
from tests.cli.manuals import example
from tests.patience import PATIENCE
from tests.ports import port_of_ours

pytestmark = pytest.mark.line

MANUAL = "api.md"


@dataclass(frozen=True)
class Line:
    """A line with its panel, and a program that may everything."""

    daemon: Daemon
    home: str
    token: str

    def ask(self, method: str, path: str, **body: object) -> Any:
        """Return what is answered."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.home}{path}", data, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program for the length of the block."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        try:
            yield it
        finally:
            it.terminate()


def line_of(stream: Any) -> str:
    """Return the next line that a program writes."""
    with ThreadPoolExecutor(1) as beside:
        return str(beside.submit(stream.readline).result(60))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Line]:
    port = port_of_ours()
    daemon = Daemon(tmp_path_factory.mktemp("firm"), clips, extra=f"[panel]\nport = {port}\n")
    with (
        at_work(daemon, FIRM),
        running(*SIPAGENT, "panel", "run", "--config", str(daemon.config)) as panel,
    ):
        assert json.loads(line_of(panel.stderr))["event"] == "panel open"
        with closing(open_database(daemon.database, [api])) as db:
            token = tokens.add(db, "tests", list(Scope), datetime.now(UTC), days=1)
        yield Line(daemon, f"http://127.0.0.1:{port}{ROOT}", token)


def test_the_worked_example_does_what_the_manual_says(line: Line, tmp_path: Path) -> None:
    program, token = tmp_path / "nightly.py", tmp_path / "token"
    program.write_text(example(MANUAL, "`nightly.py`:"), "utf-8")
    token.write_text(f"{line.token}\n", "utf-8")
    words = [sys.executable, str(program), line.home, str(token)]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    _, *promised = example(MANUAL, "and the panel running:").splitlines()
    assert done.stdout.splitlines() == promised


def test_a_program_makes_a_call_ends_it_and_is_told_so(line: Line, tmp_path: Path) -> None:
    program, port = tmp_path / "listener.py", port_of_ours()
    program.write_text(example(MANUAL, "`listener.py`:"), "utf-8")
    with closing(open_database(line.daemon.database, [webhooks])) as db:
        kinds = ["call.started", "call.ended"]
        url = f"http://127.0.0.1:{port}/"
        hook = subscriptions.add(db, "crm", url, kinds, datetime.now(UTC), known=kinds)
    with (
        running(sys.executable, str(program), str(port), hook.secret) as listener,
        Softphone(line.daemon.port, "101-1") as anna,
        Softphone(line.daemon.port, "102-1") as jan,
    ):
        with ThreadPoolExecutor(1) as beside:  # the phone answers while the line still rings
            asked = beside.submit(line.ask, "POST", "/calls", first="101", second="102")
            anna.rings()
            assert asked.result()["state"] in ("waiting", "begun")
        anna.answer_call()
        jan.rings()
        jan.answer_call()

        def talks() -> Any:
            return line.ask("GET", "/calls/live")["talks"]

        (talk,) = until(talks, lambda found: bool(found) and found[0]["talking"])
        assert sorted(talk["members"]) == ["Anna Nowak <101>", "Jan Kowal <102>"]
        line.ask("POST", f"/calls/{talk['id']}/hangup")
        anna.hung_up()
        jan.hung_up()
        order = until(lambda: line.ask("GET", f"/orders/{asked.result()['id']}"), is_over)
        assert order["second"] == "user:Jan Kowal"
        told = [line_of(listener.stdout).partition(" ") for _ in kinds]
    assert [kind for kind, _, _ in told] == kinds
    data = json.loads(told[1][2])
    assert (data["id"], data["user"]) == (talk["id"], "Anna Nowak")
    assert data["ended"] is not None
    assert line.ask("GET", f"/calls/{talk['id']}")["outcome"] == data["outcome"]


def is_over(order: Any) -> bool:
    """Return whether an order is over."""
    return bool(order["state"] == "over")
