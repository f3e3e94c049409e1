"""The thread that owns PJSIP: every object of pjsua2 is made, used and dropped here."""

import asyncio
import ctypes
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import _pjsua2
import pjsua2 as pj

from sipagent.errors import SetupError
from sipagent.threads import FILES

Result = TypeVar("Result")

_POLL_MS = 5
_log = logging.getLogger(__name__)


class PjThread:
    """Runs PJSIP's event loop, and between its turns the commands of the asyncio loop.

    A command goes in through a queue and comes back as an awaitable; events of PJSIP go out in
    one ``call_soon_threadsafe`` a turn. Commands and events each keep their order.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._commands: deque[Callable[[], None]] = deque()
        self._events: list[Callable[[], None]] = []
        self._dead: list[Any] = []
        self._stopping = False
        self._started: asyncio.Future[None] = self.loop.create_future()
        self._thread: threading.Thread | None = None

    async def start(
        self,
        setup: Callable[[pj.Endpoint], None],
        library: Callable[[], pj.Endpoint] = pj.Endpoint,
    ) -> None:
        """Start PJSIP; ``setup`` runs in its thread and configures the endpoint.

        Args:
            setup: configures the endpoint, and opens what it needs.
            library: makes the endpoint, where somebody wants its callbacks.

        Raises:
            SetupError: PJSIP refused, for example because a port is taken.
        """
        self._thread = threading.Thread(
            target=self._run, args=(setup, library), name="pjsip", daemon=True
        )
        self._thread.start()
        await self._started

    async def stop(self, teardown: Callable[[], None]) -> None:
        """Run ``teardown`` in the thread, then end PJSIP and the thread."""
        if self._thread is None:
            return
        await self.run(teardown)
        self._stopping = True
        await FILES.run(self._thread.join)
        self._thread = None

    async def run(self, command: Callable[..., Result], *args: Any) -> Result:
        """Run a command in the thread and return its result."""
        future: asyncio.Future[Result] = self.loop.create_future()

        def execute() -> None:
            try:
                result = command(*args)
            except Exception as error:  # handed to whoever awaits it
                self.emit(_fail, future, error)
            else:
                self.emit(_succeed, future, result)

        self._commands.append(execute)
        return await future

    def post(self, command: Callable[..., None], *args: Any) -> None:
        """Run a command in the thread, soon; may be called from any thread."""
        self._commands.append(lambda: command(*args))

    def emit(self, event: Callable[..., None], *args: Any) -> None:
        """Call ``event`` in the asyncio loop, soon; only for use in the thread itself."""
        self._events.append(lambda: event(*args))

    def bury(self, thing: object) -> None:
        """Keep a pjsua2 object until PJSIP is out of its callbacks, then destroy it."""
        self._dead.append(thing)

    def _run(
        self, setup: Callable[[pj.Endpoint], None], library: Callable[[], pj.Endpoint]
    ) -> None:
        quiet()
        endpoint = library()
        try:
            endpoint.libCreate()
            setup(endpoint)
            endpoint.libStart()
        except (pj.Error, SetupError) as error:
            problem = error if isinstance(error, SetupError) else SetupError(explain(error))
            endpoint.libDestroy()
            self.loop.call_soon_threadsafe(self._started.set_exception, problem)
            return
        self.loop.call_soon_threadsafe(self._started.set_result, None)
        while not self._stopping:
            self._turn(endpoint)
        self._turn(endpoint)
        endpoint.libDestroy()

    def _turn(self, endpoint: pj.Endpoint) -> None:
        endpoint.libHandleEvents(_POLL_MS)
        for _ in range(len(self._commands)):
            try:
                self._commands.popleft()()
            except Exception:  # one command must not end the thread that serves all calls
                _log.exception("a command failed in the PJSIP thread")
        if self._dead:
            self._dead = [thing for thing in self._dead if not _destroyed(thing)]
        if self._events:
            events, self._events = self._events, []
            self.loop.call_soon_threadsafe(_deliver, events)


def _destroyed(thing: object) -> bool:
    """Destroy what was buried; False where that has to wait.

    A call is destroyed here, whoever still refers to it: its destructor must not run in another
    thread. It hangs up whatever call has the slot by then, which may be the next caller's. A media
    port in Python is destroyed while there still is a Python object that the clock thread, which
    may be about to hand it a frame, can call.
    """
    if isinstance(thing, pj.Call):
        if thing.isActive() or pj.Call.lookup(thing.getId()) is not None:
            return False
        thing.__swig_destroy__(thing)
    elif isinstance(thing, pj.AudioMediaPort):
        thing.__swig_destroy__(thing)
    return True


def quiet() -> None:
    """Keep PJSIP from printing before its log level is configured; pjsua2 has no call for it."""
    ctypes.CDLL(_pjsua2.__file__).pj_log_set_level(0)


def explain(error: pj.Error) -> str:
    """Return PJSIP's own words for an error."""
    return str(getattr(error, "reason", "") or error)


def _deliver(events: list[Callable[[], None]]) -> None:
    for event in events:
        try:
            event()
        except Exception:  # the events behind it belong to other calls
            _log.exception("an event of PJSIP was not handled")


def _succeed(future: asyncio.Future[Result], result: Result) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
