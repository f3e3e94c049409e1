"""The desk: each request is written down and mailed, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from sipagent import tasks
from sipagent.dictation import desk as desks
from sipagent.dictation.desk import Desk, Transcription
from sipagent.errors import DataError, SetupError, TranscriptionError
from sipagent.infoline.desk import RequestWork
from sipagent.infoline.owner_requests import DictatedRequest, owner_requests
from sipagent.messages.message import Message
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.tickets.dictated import Dictated
from sipagent.tickets.model import Voice
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import submit
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@dataclass
class Words:
    text: str


class Office:
    """A desk with everything around it."""

    def __init__(self, folder: Path) -> None:
        self.db = open_database(folder / "line.db", [owner_requests])
        self.dictated = Dictated(self.db)
        self.sent: list[Message] = []
        self.broken = 0
        self.folder = folder

    def put(self, *messages: Message) -> list[int]:
        if self.broken:
            self.broken -= 1
            raise SetupError("the disk is full")
        if any("@" not in message.to for message in messages):
            raise DataError("no address")
        self.sent += messages
        return [len(self.sent)]

    def submit(self, **changes: Any) -> int:
        return submit(self.db, seconds=3.0, **changes)

    @asynccontextmanager
    async def working(self, transcribe: Any) -> AsyncIterator[Desk[DictatedRequest]]:
        async with Store(self.folder / "line.db", [owner_requests]) as store:
            working = Desk(store, self, RequestWork(letter, self.folder), transcribe)
            await working.start()
            yield working
            await working.stop()

    def voice(self) -> Voice:
        """Return what was spoken in the first request."""
        (entry,) = Tickets(self.db).thread(101)
        assert entry.voice is not None
        return entry.voice

    async def handled(self, good: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not good():
                await asyncio.sleep(0.005)


def letter(one: DictatedRequest, recording: Path) -> Message:
    voice = one.spoken.voice
    number = str(one.spoken.ticket.number)
    return Message(one.request.email, number, f"{voice.transcription}: {voice.transcript}")


async def heard(path: Path, language: str) -> Words:
    return Words(f"Cieknie woda ({language}, {path.name}).")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_requests_are_written_down_and_mailed_in_order(office: Office) -> None:
    office.submit()
    async with office.working(heard) as working:
        await office.handled(lambda: len(office.sent) == 1)
        office.submit(recording="c2.wav", language="en")
        working.wake()
        await office.handled(lambda: not office.dictated.waiting())
    assert [message.subject for message in office.sent] == ["101", "102"]
    assert office.sent[1].text == "done: Cieknie woda (en, c2.wav)."
    assert office.voice().transcript == "Cieknie woda (pl, c1.wav)."


@pytest.mark.parametrize(
    ("transcribe", "how"),
    [
        (None, Transcription.OFF),
        ("silence", Transcription.NOTHING),
        ("broken", Transcription.FAILED),
    ],
)
async def test_without_words_the_mail_goes_all_the_same(
    office: Office, transcribe: str | None, how: Transcription
) -> None:
    async def works(path: Path, language: str) -> Words:
        if transcribe == "broken":
            raise TranscriptionError("the process died")
        return Words("")

    office.submit()
    async with office.working(works if transcribe else None):
        await office.handled(lambda: not office.dictated.waiting())
    assert office.voice().transcription is how
    assert office.sent[0].text == f"{how}: "


async def test_without_an_address_there_is_still_the_ticket(office: Office) -> None:
    office.submit(email="")
    with structlog.testing.capture_logs() as logs:
        async with office.working(heard):
            await office.handled(lambda: not office.dictated.waiting())
    assert not office.sent
    assert office.voice().transcript
    assert any("sipagent managers edit" in entry["event"] for entry in logs)


async def test_a_bad_address_keeps_nobody_waiting(office: Office) -> None:
    office.submit(email="nobody")
    office.submit()
    async with office.working(heard):
        await office.handled(lambda: not office.dictated.waiting())
    assert [message.subject for message in office.sent] == ["102"]
    assert office.voice().transcript


async def test_a_full_disk_only_delays_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "_AGAIN", 0.01)
    office.broken = 2
    office.submit()
    async with office.working(heard):
        await office.handled(lambda: not office.dictated.waiting())
    assert [message.subject for message in office.sent] == ["101"]


async def test_no_error_ends_the_desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[DictatedRequest]:
        monkeypatch.undo()
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(tasks, "_FIRST", 0.0)
    office.submit()
    async with office.working(heard) as working:
        await office.handled(lambda: not office.dictated.waiting())
        monkeypatch.setattr(office.dictated, "waiting", fail)
        office.submit()
        working.wake()
        await office.handled(lambda: len(office.sent) == 2)
    assert [message.subject for message in office.sent] == ["101", "102"]


async def test_what_a_stop_interrupts_is_done_after_the_next_start(office: Office) -> None:
    begun = asyncio.Event()

    async def slow(path: Path, language: str) -> Words:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    office.submit()
    async with office.working(slow):
        await begun.wait()
    assert not office.sent
    async with office.working(heard):
        await office.handled(lambda: len(office.sent) == 1)
