"""Voices are there while somebody calls, and give their memory back where nobody does."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from sipagent.speech import pool
from sipagent.speech.speaker import Speaker
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

Make = Callable[..., Speaker]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_IDLE", 0.2)


async def processes(speaker: Speaker, there: bool) -> None:
    """Return once the process of the voices is there, or is not."""
    assert speaker._pool is not None
    async with asyncio.timeout(PATIENCE):
        while (speaker._pool.workers[0].pid is not None) != there:
            await asyncio.sleep(0.02)


async def test_voices_that_nobody_needs_rest_and_the_line_is_ready_all_the_same(
    speakers: Make,
) -> None:
    speaker = speakers()
    await speaker.start()
    await processes(speaker, False)
    assert speaker.ready
    assert (await speaker.clip("Jestem z powrotem.", "pl")).seconds > 0.5
    await processes(speaker, False)


async def test_a_caller_wakes_the_voices_and_keeps_them_until_he_has_gone(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    await processes(speaker, False)
    with capture_logs() as logs:
        leave = [speaker.attend(), speaker.attend()]
        await processes(speaker, True)
        assert (await speaker.clip("Słucham.", "pl")).seconds > 0.3
    assert [one["event"] for one in logs] == ["voices loaded"], "once for both"
    leave[0](None)
    await asyncio.sleep(1.0)  # five times as long as they wait where nobody is there
    await processes(speaker, True)
    leave[1](None)
    await processes(speaker, False)


async def test_voices_that_are_woken_while_the_line_closes_leave_nothing(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    await processes(speaker, False)
    speaker.attend()
    await asyncio.sleep(0)
    assert speaker._pool is not None
    workers = speaker._pool.workers
    await speaker.close()
    await asyncio.sleep(0.1)
    assert [one.pid for one in workers] == [None]
    assert speaker.attend()(None) is None, "who calls a line that closes is no fault"


async def test_voices_that_cannot_be_woken_are_not_ready(
    speakers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = speakers()
    await speaker.start()
    await processes(speaker, False)
    assert speaker._pool is not None
    monkeypatch.setattr(speaker._pool.workers[0], "_module", "sipagent.speech.no_such_module")
    leave = speaker.attend()
    async with asyncio.timeout(PATIENCE):
        while speaker.ready:
            await asyncio.sleep(0.02)
    leave(None)
    await asyncio.sleep(0.5)
    assert not speaker.ready, "time alone does not mend it"
    monkeypatch.undo()
    speaker.attend()
    async with asyncio.timeout(PATIENCE):
        while not speaker.ready:  # the next caller does, whose words may all be there already
            await asyncio.sleep(0.02)


async def test_a_voice_that_dies_while_a_caller_is_there_is_replaced(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    speaker.attend()
    assert speaker._pool is not None
    pid = speaker._pool.workers[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while speaker._pool.workers[0].pid in (pid, None):
            await asyncio.sleep(0.02)
