"""Tests whose time passes at once: what happens between legs takes minutes."""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _Hurried(selectors.BaseSelector):
    """Looks at files as another selector does; instead of waiting it lets time pass.

    Where nothing is due there is nobody to wait for but other threads, and so it waits for them.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        #: Seconds that have passed.
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._selector.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._selector.select(0 if timeout is not None else None)
        if not ready and timeout is not None:
            self.now += max(timeout, 0.0)
        return ready

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._selector.get_map()

    def close(self) -> None:
        self._selector.close()


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs tasks in the order in which they would run, and never waits.

    For legs without a network (``sipagent.telephony.fake``); for nothing that waits for files,
    processes or threads while a time is running.
    """

    def __init__(self) -> None:
        self._hurried = _Hurried()
        super().__init__(self._hurried)

    def time(self) -> float:
        """Return the seconds that have passed since the loop was made."""
        return self._hurried.now


def simulated(
    test: Callable[Arguments, Coroutine[Any, Any, Result]],
) -> Callable[Arguments, Result]:
    """Run a test in a loop that never waits; no task is left when it is over."""

    @functools.wraps(test)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        async def whole() -> Result:
            result = await test(*args, **kwargs)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"tasks are left: {left}"
            return result

        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            return runner.run(whole())

    return run
