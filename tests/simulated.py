"""Tests whose time passes at once: what happens between legs takes minutes."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from sipagent.telephony.simulated import SimulatedLoop

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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
