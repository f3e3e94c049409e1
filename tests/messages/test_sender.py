"""The sender: what is due goes out, and one bad message or server harms no other."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from sipagent.config import MailSection
from sipagent.errors import ConfigError, SetupError
from sipagent.messages.delivery import Delivery
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import Entry, State
from sipagent.messages.refusal import Never, NotNow
from sipagent.messages.sender import Sender
from sipagent.messages.smtp import Smtp
from tests.messages.mail_helpers import (
    SILENCE,
    Clock,
    letter,
    mail_server,
    outbox,
    scripted_server,
    settings,
)
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

DOWN = NotNow("no server", server=True)


class Way:
    """A way out that fails as told: by recipient, or for all (``*``)."""

    def __init__(self, **trouble: Exception) -> None:
        self.trouble = trouble
        self.tried: list[int] = []
        self.rests = 0

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        self.tried.append(entry.id)
        user = entry.recipient.partition("@")[0]
        if problem := self.trouble.get(user) or self.trouble.get("everybody"):
            raise problem
        return "there"

    def rest(self) -> None:
        self.rests += 1

    def abort(self) -> None:
        raise AssertionError("nothing to break off")


def sender_of(box: Outbox, way: Delivery) -> Sender:
    return Sender(box, way, "line@manager.example")


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[Sender]:
    await sender.start()
    try:
        yield sender
    finally:
        await sender.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail() -> MailSection:
    return settings(first_retry=60, longest_retry=600)


@pytest.fixture
def box(tmp_path: Path, clock: Clock, mail: MailSection) -> Outbox:
    return outbox(tmp_path, mail, clock)


async def test_put_is_sent_at_once(tmp_path: Path) -> None:
    async with mail_server() as server:
        mail = settings(server.port)
        box = outbox(tmp_path, mail)
        async with running(sender_of(box, Smtp(mail))):
            await asyncio.to_thread(box.put, letter(), letter("ewa@example.org"))
            await until(lambda: box.waiting() == 0)
    assert [one.rcpt_tos for one in server.taken] == [["jan@example.org"], ["ewa@example.org"]]
    entry = box.find(1)
    assert (entry.state, entry.attempts) == (State.SENT, 1)
    assert entry.place == f"127.0.0.1:{server.port}: 250 2.0.0 taken"


async def test_what_another_program_puts_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.messages.sender._LOOK", 0.05)
    box, way = outbox(tmp_path), Way()
    async with running(sender_of(box, way)):
        outbox(tmp_path).put(letter())
        await until(lambda: box.waiting() == 0)
    assert way.tried == [1]


async def test_what_waits_is_sent_after_a_start(tmp_path: Path) -> None:
    box, way = outbox(tmp_path), Way()
    box.put(letter())
    async with running(sender_of(box, way)):
        await until(lambda: box.waiting() == 0)
    assert way.tried == [1]


async def test_it_can_be_started_again(tmp_path: Path) -> None:
    box, way = outbox(tmp_path), Way()
    sender = sender_of(box, way)
    for expected in (1, 2):
        async with running(sender):
            box.put(letter())
            await until(lambda: box.waiting() == 0)
        assert len(way.tried) == expected
    await sender.stop()
    box.put(letter())
    assert box.waiting() == 1


async def test_a_message_that_is_being_sent_is_finished(tmp_path: Path) -> None:
    async with mail_server() as server:
        server.seconds = 0.2
        mail = settings(server.port)
        box = outbox(tmp_path, mail)
        sender = sender_of(box, Smtp(mail))
        async with running(sender):
            box.put(letter(), letter())
            await until(lambda: any(isinstance(t, threading.Timer) for t in threading.enumerate()))
        assert [entry.state for entry in box.listed()] == [State.WAITING, State.SENT]
    assert len(server.taken) == 1


async def test_a_silent_server_does_not_keep_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.messages.sender._GRACE", 0.05)
    async with scripted_server({".": SILENCE}) as port, asyncio.timeout(PATIENCE):
        mail = settings(port, timeout=60)
        box = outbox(tmp_path, mail)
        async with running(sender_of(box, Smtp(mail))):
            box.put(letter())
            await until(lambda: any(isinstance(t, threading.Timer) for t in threading.enumerate()))
    (entry,) = box.listed()
    assert (entry.state, entry.attempts) == (State.WAITING, 1)


def test_a_refused_message_stops_nobody(box: Outbox) -> None:
    way = Way(jan=Never("recipient refused: 550 no"), ewa=NotNow("recipient refused: 450 later"))
    jan, ewa, ola = box.put(letter(), letter("ewa@example.org"), letter("ola@example.org"))
    assert sender_of(box, way).round() == 1
    states = [box.find(key).state for key in (jan, ewa, ola)]
    assert states == [State.REFUSED, State.WAITING, State.SENT]
    assert box.find(jan).last_error == "recipient refused: 550 no"
    assert way.rests == 3


def test_a_dead_server_is_left_alone(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    keys = box.put(*[letter()] * 5)
    sender = sender_of(box, way)
    with structlog.testing.capture_logs() as lines:
        assert [sender.round() for _ in range(3)] == [0, 0, 0]
    assert way.tried == keys[:1]
    assert [line["event"] for line in lines] == ["message waits", "mail server fault"]
    assert {entry.last_error for entry in box.listed()} == {"no server"}
    assert [box.find(key).attempts for key in keys] == [1, 0, 0, 0, 0]
    box.put(letter())
    assert sender.round() == 0
    assert len(way.tried) == 1


def test_it_is_asked_more_and_more_rarely(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    box.put(*[letter()] * 3)
    sender = sender_of(box, way)
    asked: list[int] = []
    for second in range(3600):
        sender.round()
        if len(way.tried) > len(asked):
            asked.append(second)
        clock.forward(seconds=1)
    waits = [after - before for before, after in itertools.pairwise(asked)]
    assert waits[:4] == pytest.approx([60, 120, 240, 480], rel=0.12, abs=2)
    assert max(waits) <= 662
    assert set(way.tried) == {1, 2, 3}


def test_everything_leaves_when_it_is_back(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    box.put(*[letter()] * 3)
    sender = sender_of(box, way)
    sender.round()
    way.trouble.clear()
    assert sender.round() == 0
    clock.forward(seconds=70)
    assert sender.round() == 3


def test_another_way_is_taken_and_not_left_alone_for_the_faults_of_the_first(box: Outbox) -> None:
    first, second = Way(everybody=DOWN), Way()
    box.put(letter())
    sender = sender_of(box, first)
    assert sender.round() == 0
    box.retry()
    sender.use(second, "line@manager.example")
    assert sender.round() == 1
    assert (len(first.tried), len(second.tried)) == (1, 1)
    with pytest.raises(ConfigError):
        sender.use(first, "nobody")


def test_one_message_that_chokes_the_server_lets_the_others_pass(box: Outbox, clock: Clock) -> None:
    way = Way(jan=DOWN)
    jan = box.put(letter())[0]
    box.put(*[letter("ewa@example.org")] * 3)
    sender = sender_of(box, way)
    assert sender.round() == 0
    clock.forward(seconds=67)
    assert sender.round() == 3
    assert box.find(jan).state is State.WAITING


def test_an_operator_is_heard_while_the_server_is_left_alone(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    _, second, _ = box.put(*[letter()] * 3)
    sender = sender_of(box, way)
    sender.round()
    way.trouble.clear()
    clock.forward(seconds=1)
    box.retry([second])
    # The server turns out to be back: all the others go as well.
    assert sender.round() == 2
    assert way.tried[1] == second
    box.retry()
    assert sender.round() == 1


def test_an_operator_is_heard_once(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    box.put(letter())
    sender = sender_of(box, way)
    sender.round()
    clock.forward(seconds=1)
    box.retry()
    for _ in range(3):
        sender.round()
    assert way.tried == [1, 1]


def test_a_clock_that_is_set_back_makes_no_longer_pause(box: Outbox, clock: Clock) -> None:
    way = Way(everybody=DOWN)
    box.put(letter(), letter())
    sender = sender_of(box, way)
    sender.round()
    way.trouble.clear()
    clock.forward(hours=-5)
    assert sender.round() == 2


def test_given_up_after_days_without_a_server(box: Outbox, clock: Clock) -> None:
    box.put(*[letter()] * 5)
    sender = sender_of(box, Way(everybody=DOWN))
    for _ in range(74 * 6):
        sender.round()
        clock.forward(minutes=10)
    assert {entry.state for entry in box.listed()} == {State.GIVEN_UP}


def test_what_the_program_cannot_cope_with_stops_nobody(box: Outbox) -> None:
    way = Way(jan=RuntimeError("a mistake"))
    jan, ewa = box.put(letter(), letter("ewa@example.org"))
    with structlog.testing.capture_logs() as lines:
        assert sender_of(box, way).round() == 1
    assert (box.find(jan).state, box.find(jan).last_error) == (State.WAITING, "a mistake")
    assert box.find(ewa).state is State.SENT
    assert lines[0]["event"] == "a message cannot be sent"


def test_a_lost_file_stops_nobody(box: Outbox, tmp_path: Path) -> None:
    jan, ewa = box.put(letter(), letter("ewa@example.org"))
    (tmp_path / "outbox" / box.find(jan).file).unlink()
    way = Way()
    assert sender_of(box, way).round() == 1
    assert box.find(jan).state is State.REFUSED
    assert "lost" in box.find(jan).last_error
    assert way.tried == [ewa]


def test_what_cannot_be_noted_is_not_sent_again(
    box: Outbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise SetupError("the disk is full")

    way = Way()
    box.put(letter(), letter())
    sender = sender_of(box, way)
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "_done", full)
        for _ in range(3):
            with pytest.raises(SetupError):
                sender.round()
            clock.forward(hours=1)
    assert way.tried == [1]
    assert sender.round() == 1
    assert way.tried == [1, 2]
    assert {entry.state for entry in box.listed()} == {State.SENT}


async def test_trouble_with_the_outbox_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.messages.sender._AGAIN", 0.01)
    box, way = outbox(tmp_path), Way()
    box.put(letter())
    real, problems = Outbox.due, [SetupError("the disk fails"), RuntimeError("a mistake")]

    def due(self: Outbox, *_: object, **__: object) -> list[Entry]:
        if problems:
            raise problems.pop()
        return real(self)

    monkeypatch.setattr(Outbox, "due", due)
    async with running(sender_of(box, way)):
        await until(lambda: box.waiting() == 0)
    assert way.tried == [1]


def test_more_than_a_handful(tmp_path: Path) -> None:
    box, way = outbox(tmp_path, settings(per_owner=1000)), Way()
    keys = box.put(*[letter(attachments=())] * 50)
    assert sender_of(box, way).round() == 50
    assert way.tried == keys


def test_a_sender_that_is_no_address(box: Outbox) -> None:
    with pytest.raises(ConfigError, match=r"mail\.sender"):
        Sender(box, Way(), "line@manager..example")
