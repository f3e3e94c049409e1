"""Tasks: nothing stops without a word, and what has to last is there again."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from structlog.typing import EventDict

from sipagent import tasks
from sipagent.errors import HungUp, SetupError
from sipagent.tasks import Standing
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@pytest.fixture
def log() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_FIRST", 0.0)


class Work:
    """Ends in one of several ways each time it is begun, and goes on in the end."""

    def __init__(self, *ways: BaseException | None) -> None:
        self._ways = list(ways)
        self.goes_on = asyncio.Event()

    async def __call__(self) -> None:
        if not self._ways:
            self.goes_on.set()
            await asyncio.Event().wait()
        if (way := self._ways.pop(0)) is not None:
            raise way


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (ValueError("no number"), "no number"),
        (SetupError("the disk is full"), "the disk is full"),
        (KeyError(), "KeyError"),
        (asyncio.CancelledError(), "CancelledError"),
        (None, "it has returned"),
    ],
)
async def test_what_has_to_last_is_started_again_however_it_ended(
    log: list[EventDict], way: BaseException | None, reason: str
) -> None:
    work = Work(way, way)
    lasting = tasks.last(work, "desk")
    async with asyncio.timeout(PATIENCE):
        await work.goes_on.wait()
    assert tasks.standings() == [Standing("desk", 2, well=False)]
    await lasting.stop()
    assert [(entry["task"], entry["reason"]) for entry in log] == [("desk", reason)] * 2
    assert bool(log[0]["exc_info"]) is (way is not None and not isinstance(way, SetupError))


async def test_work_is_well_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(ValueError())
    lasting = tasks.last(work, "desk")
    assert tasks.standings() == [Standing("desk", 0, well=True)]
    async with asyncio.timeout(PATIENCE):
        await work.goes_on.wait()
    monkeypatch.setattr(tasks, "_WELL", 0.0)
    assert tasks.standings() == [Standing("desk", 1, well=True)]
    await lasting.stop()


async def test_the_owner_ends_it_for_good(log: list[EventDict]) -> None:
    work = Work()
    lasting = tasks.last(work, "desk")
    await work.goes_on.wait()
    await lasting.stop()
    await lasting.stop()
    assert tasks.standings() == []
    assert log == []


async def test_the_owner_may_let_it_end_by_itself(log: list[EventDict]) -> None:
    enough = asyncio.Event()

    async def work() -> None:
        await enough.wait()

    lasting = tasks.last(work, "sender")
    await asyncio.sleep(0)
    assert not await lasting.ended(0.01)
    enough.set()
    assert await lasting.ended()
    assert tasks.standings() == []
    assert log == []


async def test_who_owns_the_owner_can_cancel_it(log: list[EventDict]) -> None:
    """The end of a program cancels all that is left (``asyncio.run``)."""
    work = Work()
    lasting = tasks.last(work, "desk")
    await work.goes_on.wait()
    (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    await tasks.cancelled(task)
    assert task.cancelled()
    assert log == []
    await lasting.stop()


async def test_what_ends_by_itself_tells_why(log: list[EventDict]) -> None:
    async def fail(error: Exception) -> None:
        raise error

    errors = [ValueError("no number"), SetupError("the disk is full"), HungUp("the call is over")]
    begun = [tasks.begin(fail(error), f"task-{at}") for at, error in enumerate(errors)]
    await asyncio.gather(*begun, return_exceptions=True)
    await asyncio.sleep(0)
    assert [(entry["task"], entry["reason"]) for entry in log] == [
        ("task-0", "no number"),
        ("task-1", "the disk is full"),
    ]


async def test_what_has_to_be_done_is_done_whoever_is_cancelled() -> None:
    done = []

    async def work() -> str:
        for step in range(4):
            await asyncio.sleep(0)
            done.append(step)
        return "result"

    assert await tasks.to_the_end(work(), "work") == "result"
    waiting = asyncio.create_task(tasks.to_the_end(work(), "work"))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled()
    assert done == [0, 1, 2, 3] * 2


async def test_what_has_to_be_done_tells_why_it_was_not() -> None:
    async def work() -> None:
        raise ValueError("it does not work")

    with pytest.raises(ValueError, match="does not work"):
        await tasks.to_the_end(work(), "work")
