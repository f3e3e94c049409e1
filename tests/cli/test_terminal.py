"""What lists look like: in the line's own time, within a narrow terminal, and as it is."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

import sipagent
from sipagent.cli.main import app
from sipagent.config import MailSection
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.store import Store
from tests.cli.test_tickets_command import Shop

pytestmark = pytest.mark.unit

#: In Warsaw half past midnight of the next day; the machine is elsewhere.
MOMENT = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
SHORT = "2026-11-26 00:30"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    with time_machine.travel(MOMENT, tick=False):
        made = Shop(tmp_path)
        box = Outbox(Single(made.db), tmp_path / "outbox", MailSection())
        box.put(Message(kind="reply", to="anna@example.org", subject=":bell:", text="x"))
        asyncio.run(_call(tmp_path / "line.db"))
    return made


async def _call(database: Path) -> None:
    store = Store(database, [records])
    recorder = Recorder(store)
    start = CallStart("019ab0b12341a2b3c", "1@x", "+48600100101", False, "infolinia", "infolinia")
    call = await recorder.open(start)
    call.note("answer", {})
    call.update(language="pl")
    call.label("owner", "20000001")
    call.label("manager", 1)
    await call.close("caller", "hung-up", 200)
    await store.close()


@pytest.mark.parametrize(
    "command",
    [
        "tickets list",
        "tickets show NUMBER",
        "outbox list",
        "outbox show 1",
        "calls list",
        "calls show",
    ],
)
def test_times_are_those_of_the_line(shop: Shop, command: str) -> None:
    number = "101"
    assert SHORT in shop.ask(*(number if word == "NUMBER" else word for word in command.split()))


def test_calls_are_asked_for_in_the_line_s_time(shop: Shop) -> None:
    assert "+48600100101" in shop.ask("calls", "list", "--since", "2026-11-26T00:30")
    assert "+48600100101" not in shop.ask("calls", "list", "--since", "2026-11-26T00:31")


def narrow(shop: Shop, columns: int, *words: str) -> list[str]:
    """Return the lines that a terminal of so many columns is shown."""
    env = {"FORCE_COLOR": "1", "COLUMNS": str(columns)}
    command = [*words, "--config", str(shop.folder / "agent.toml")]
    done = CliRunner(env=env).invoke(app, command, catch_exceptions=False)
    return re.sub(r"\x1b\[[\d;]*m", "", done.output).splitlines()


def test_tickets_have_a_line_each_however_narrow_the_terminal(shop: Shop) -> None:
    long = "Cieknie woda z sufitu w łazience, proszę pilnie przysłać hydraulika. " * 5
    shop.db.execute("UPDATE ticket_entries SET transcript = ?", [long])
    shop.db.conn.commit()
    lines = narrow(shop, 80, "tickets", "list")
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)
    assert {"100001", SHORT} <= set(re.split(r"  +", lines[1]))
    assert "Cieknie woda z sufitu" in lines[1]
    wide = narrow(shop, 140, "tickets", "list")
    assert len(wide) == 2
    assert "Anna [bold]" in wide[1]
    assert "Wspólnota Lipowa" in wide[1]


def test_calls_fit_too_and_their_ids_are_whole(shop: Shop) -> None:
    lines = narrow(shop, 80, "calls", "list")
    assert all(len(line) <= 80 for line in lines)
    assert "019ab0b12341a2b3c" in lines[1]


def test_data_is_no_picture_and_no_markup(shop: Shop) -> None:
    shown = shop.ask("outbox", "list")
    assert ":bell:" in shown
    assert "[red]woda" in shop.ask("tickets", "list")


def test_no_command_shows_the_machine_s_time() -> None:
    sources = Path(sipagent.__file__).parent.rglob("*.py")
    assert not [path for path in sources if ".astimezone()" in path.read_text("utf-8")]
