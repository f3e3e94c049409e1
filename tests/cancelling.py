"""Cancelling a task in each of the moments in which it waits, one after another."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator
from typing import Any


class _Counted:
    """Work whose waits are counted; at some of them its task is cancelled."""

    def __init__(self, work: Coroutine[Any, Any, None], at: Collection[int]) -> None:
        self._work = work
        self._at = at
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, None]:
        error: BaseException | None = None
        while True:
            try:
                waited = self._work.send(None) if error is None else self._work.throw(error)
            except StopIteration:
                return
            self.waits += 1
            if self.waits in self._at:
                task = asyncio.current_task()
                assert task
                task.cancel()
            error = None
            try:
                yield waited
            except BaseException as raised:  # the work decides what becomes of it
                error = raised


async def at_every_wait(
    work: Callable[[], Coroutine[Any, Any, None]],
    settled: Callable[[], Awaitable[None]],
    *,
    again: int = 0,
) -> int:
    """Cancel work at its first wait, its second, and so on, until it runs through.

    Args:
        work: begins it anew.
        settled: is awaited after each time, and fails where something is left.
        again: how often it is cancelled at its next waits, too, while it cleans up.

    Returns:
        how often it was cancelled.
    """
    at = 0
    while True:
        at += 1
        counted = _Counted(work(), range(at, at + again + 1))

        async def run(counted: _Counted = counted) -> None:
            await counted

        task = asyncio.create_task(run())
        await asyncio.wait((task,))
        await settled()
        if not task.cancelled():
            assert task.exception() is None, task.exception()
            assert counted.waits < at, "a cancellation was swallowed"
            return at - 1
