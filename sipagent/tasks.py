"""Tasks with an owner: what fails is logged, what has to last is started again, and it shows.

A task that nobody waits for ends without a word when it fails. So ``asyncio.create_task`` is used
here only; see ``docs/decisions/018-owned-work.md``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from sipagent.errors import HungUp, SipAgentError

Result = TypeVar("Result")

#: Seconds until work that has failed is started again: twice as long each time, up to the longest.
_FIRST, _LONGEST = 1.0, 60.0
#: Work that has lasted for so many seconds since it was started again is well.
_WELL = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How lasting work stands: how often it has failed, and whether it goes on now."""

    name: str
    failures: int
    well: bool


class Lasting:
    """Work that goes on until its owner stops it: whatever else ends it, it is started again.

    Use ``last`` to begin.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        self._work = work
        self._name = name
        self._failures = 0
        self._stopping = False
        self._clock = asyncio.get_running_loop().time
        #: When the work was begun; None while it waits to be started again.
        self._began: float | None = self._clock()
        self._task = asyncio.create_task(self._go_on(), name=name)

    @property
    def standing(self) -> Standing:
        """How it stands."""
        steady = self._began is not None and self._clock() - self._began >= _WELL
        return Standing(self._name, self._failures, steady or not self._failures)

    async def ended(self, seconds: float | None = None) -> bool:
        """Let the work end by itself; return whether it has, within so many seconds."""
        self._stopping = True
        await asyncio.wait((self._task,), timeout=seconds)
        if self._task.done():
            _lasting.discard(self)
        return self._task.done()

    async def stop(self) -> None:
        """End the work, and see it end; safe to call twice."""
        self._stopping = True
        self._task.cancel()
        await self.ended()

    async def _go_on(self) -> None:
        wait = _FIRST
        while True:
            self._began = self._clock()
            failure = await self._failure()
            if self._stopping:
                return
            wait = _FIRST if self._clock() - self._began >= _WELL else wait
            self._began = None
            self._failures += 1
            log.error(
                "a task has ended, and is started again",
                task=self._name,
                seconds=wait,
                reason=_reason(failure),
                exc_info=_trace(failure),
            )
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST)

    async def _failure(self) -> BaseException | None:
        """Run the work; return what has ended it, None where it has just returned."""
        try:
            await self._work()
        except asyncio.CancelledError as error:
            if self._stopping or _is_cancelled():
                raise
            return error  # it waited for something that was cancelled: that is not for us
        except Exception as error:
            return error
        return None


#: All that lasts in this process just now.
_lasting: set[Lasting] = set()


def last(work: Callable[[], Awaitable[None]], name: str) -> Lasting:
    """Begin work that has to go on until its owner stops it.

    Args:
        work: is called again whenever it has failed, or returned.
        name: tells it apart in the log, in metrics and in ``/ready``.
    """
    lasting = Lasting(work, name)
    _lasting.add(lasting)
    return lasting


def standings() -> list[Standing]:
    """Return how all lasting work stands, by name."""
    return sorted((one.standing for one in _lasting), key=lambda one: one.name)


def begin(work: Coroutine[Any, Any, Result], name: str) -> "asyncio.Task[Result]":
    """Begin work that ends by itself; what it fails with is logged, whoever waits for it.

    The owner keeps the task, and cancels it where the work has become needless. That a caller has
    hung up is no failure.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell)
    return task


async def cancelled(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks, and see them end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def to_the_end(work: Coroutine[Any, Any, Result], name: str) -> Result:
    """Do what has to be done to its end, however often one is cancelled meanwhile.

    For what gives something back, and takes a moment only: whoever cancels waits for it.

    Raises:
        CancelledError: once it is done, where one was cancelled.
    """
    task = asyncio.create_task(work, name=name)
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        _tell(task)
        raise interrupted
    return task.result()


def _tell(task: "asyncio.Task[Any]") -> None:
    if task.cancelled():
        return
    error = task.exception()
    if error is not None and not isinstance(error, HungUp):
        log.error(
            "a task has failed",
            task=task.get_name(),
            reason=_reason(error),
            exc_info=_trace(error),
        )


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "it has returned"
    return str(error) or type(error).__name__


def _trace(error: BaseException | None) -> BaseException | None:
    """Return what the log shows the place of: errors that a person can act on need none."""
    return None if isinstance(error, SipAgentError) else error
