"""What goes on behind the calls, as it is stopped."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import sqlite_utils

from sipagent import backoffice, shipped
from sipagent.backoffice import BackOffice
from sipagent.config import Config
from sipagent.config_sources import load
from sipagent.domains import composed
from sipagent.errors import TranscriptionError
from sipagent.infoline.pins import Pins
from sipagent.messages.schema import messages
from sipagent.store.data import Data
from sipagent.store.store import Store
from sipagent.tickets.dictated import Dictated
from sipagent.tickets.writing import FIRST_NUMBER
from tests.infoline.dictating import submit

pytestmark = pytest.mark.unit

Result = TypeVar("Result")


class Slow:
    """Writes until it is closed; whoever waits for it then is told that there are no words."""

    def __init__(self) -> None:
        self.began, self.closed = asyncio.Event(), asyncio.Event()
        self.failed: list[Path] = []

    async def transcribe(self, path: Path, language: str) -> None:
        self.began.set()
        await self.closed.wait()
        self.failed.append(path)
        raise TranscriptionError("the transcription is shut down")

    async def close(self) -> None:
        self.closed.set()


class Held:
    """A database that answers once the event loop has gone on, or after too long."""

    def __init__(self, data: Data, went_on: threading.Event) -> None:
        self._data = data
        self._went_on = went_on
        self.write = data.write
        self.let_go = False

    def read(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        self.let_go = self._went_on.wait(5)
        return self._data.read(work)


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    paths = f'[paths]\nscenarios = "{shipped.SCENARIOS}"\nprompts = "{shipped.PROMPTS}"\n'
    (tmp_path / "agent.toml").write_text(paths, "utf-8")
    return load(tmp_path / "agent.toml", {})


async def test_a_request_that_is_being_written_down_waits_for_the_next_start(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not mailed as one in which nothing could be understood."""
    slow = Slow()
    monkeypatch.setattr(backoffice, "Transcriber", lambda settings, models: slow)
    domain = composed()
    async with Store(settings.paths.database, (*domain.migrations, messages)) as store:
        await store.write(submit)
        office = BackOffice(settings, domain, store)
        await office.start()
        await slow.began.wait()
        await office.stop()
        assert slow.closed.is_set()
        assert not slow.failed
        assert [one.ticket.number for one in Dictated(store.view).waiting()] == [FIRST_NUMBER]
        assert store.view.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


async def test_the_loop_goes_on_while_the_last_pin_is_checked(settings: Config) -> None:
    domain = composed()
    async with Store(settings.paths.database, (*domain.migrations, messages)) as store:
        office = BackOffice(settings, domain, store)
        await office.start()
        went_on = threading.Event()
        data = Held(store.blocking, went_on)
        pins = office.services[Pins]
        assert isinstance(pins, Pins)
        pins._data = data
        checking = asyncio.create_task(pins.in_use())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, went_on.set)
        await office.stop()
        assert not await checking
    assert data.let_go
