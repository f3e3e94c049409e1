"""All trunks together: each has its task, whatever happens to the others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sipagent import tasks
from sipagent.config import SipSection, TrunkSection
from sipagent.sip.trunks import Carried, Trunks
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

SECTION = TrunkSection(name="one", registrar="sip:carrier.test", user="48221000000")


class FakeTrunk:
    """Runs until it is told to break, and tells what it was asked."""

    def __init__(self) -> None:
        self.runs = 0
        self.calls: list[str] = []
        self.running = asyncio.Event()
        self.broken: Exception | None = None
        self._break = asyncio.Event()
        self.end: Exception | None = None

    async def run(self) -> None:
        self.runs += 1
        self.running.set()
        await self._break.wait()
        self._break.clear()
        if self.broken is not None:
            raise self.broken

    def fall(self, broken: Exception | None) -> None:
        """End the task, with an error or without one."""
        self.broken = broken
        self.running.clear()
        self._break.set()

    def abandoned(self) -> None:
        self.calls.append("abandoned")

    async def stop(self, why: str) -> None:
        assert why
        self.calls.append("stop")
        if self.end is not None:
            raise self.end


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Trunks, Any, Any]]:
    monkeypatch.setattr(tasks, "_FIRST", 0.01)
    nothing: Any = None
    trunks = Trunks(SipSection(), nothing, nothing, nothing, nothing)
    one, other = FakeTrunk(), FakeTrunk()
    made: Any = {"one": one, "other": other}
    trunks._carried = {
        name: Carried(SECTION, None, account=nothing, trunk=trunk) for name, trunk in made.items()
    }
    trunks.start()
    async with asyncio.timeout(PATIENCE):
        await one.running.wait()
        await other.running.wait()
    yield trunks, one, other
    await trunks.stop()


@pytest.mark.parametrize("broken", [RuntimeError("surprise"), None])
async def test_a_trunk_whose_task_has_ended_is_down_until_it_begins_anew(
    pair: tuple[Trunks, FakeTrunk, FakeTrunk], broken: Exception | None
) -> None:
    """One that is dead must not look as if it lived."""
    _, one, other = pair
    one.fall(broken)
    async with asyncio.timeout(PATIENCE):
        await one.running.wait()
    assert one.calls == ["abandoned"]
    assert (one.runs, other.runs) == (2, 1)


async def test_one_that_cannot_be_stopped_does_not_keep_the_others(
    pair: tuple[Trunks, FakeTrunk, FakeTrunk], caplog: pytest.LogCaptureFixture
) -> None:
    trunks, one, other = pair
    one.end = RuntimeError("surprise")
    await trunks.stop()
    assert (one.calls, other.calls) == (["stop"], ["stop"])
    assert "trunk one: not taken back" in caplog.text
    assert one.runs == other.runs == 1, "what was stopped does not begin anew"
