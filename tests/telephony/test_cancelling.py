"""The test driver itself: it cancels at every wait, and sees what is swallowed."""

import asyncio
import contextlib

import pytest

from tests.cancelling import at_every_wait

pytestmark = pytest.mark.unit


async def nothing() -> None:
    """Nothing is left."""


async def test_every_wait_is_met_once() -> None:
    done: list[int] = []

    async def work() -> None:
        done.append(0)
        for _ in range(3):
            await asyncio.sleep(0)
            done[-1] += 1

    assert await at_every_wait(work, nothing) == 3
    assert done == [0, 1, 2, 3]


async def test_a_cancellation_that_is_swallowed_is_seen() -> None:
    async def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="swallowed"):
        await at_every_wait(work, nothing)
