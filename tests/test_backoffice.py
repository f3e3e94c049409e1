"""What goes on behind the calls, as it is stopped."""

import asyncio
from pathlib import Path

import pytest

from sipagent import backoffice, shipped
from sipagent.backoffice import BackOffice
from sipagent.config import Config, load
from sipagent.domains import composed
from sipagent.errors import TranscriptionError
from sipagent.infoline.tickets import FIRST_NUMBER, Tickets
from sipagent.messages.schema import messages
from sipagent.store.store import Store
from tests.infoline.test_tickets import REQUEST

pytestmark = pytest.mark.unit


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
        await store.write(lambda db: Tickets(db).submit(Tickets(db).draft(REQUEST), 3.0))
        office = BackOffice(settings, domain, store)
        await office.start()
        await slow.began.wait()
        await office.stop()
        assert slow.closed.is_set()
        assert not slow.failed
        assert [one.number for one in Tickets(store.view).waiting()] == [FIRST_NUMBER]
        assert store.view.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
