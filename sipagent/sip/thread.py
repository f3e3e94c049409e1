"""The thread that owns PJSIP: every object of pjsua2 is made, used and dropped here."""

import asyncio
import contextlib
import ctypes
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import _pjsua2
import pjsua2 as pj

from sipagent import cores
from sipagent.errors import CallError, Fault, SetupError, SipAgentError
from sipagent.threads import FILES

Result = TypeVar("Result")

#: Milliseconds that the thread sleeps where nothing comes; whatever comes wakes it.
_POLL_MS = 1000
_Call = tuple[Callable[..., None], tuple[Any, ...]]
_log = logging.getLogger(__name__)


class PjThread:
    """Runs PJSIP's event loop, and between its turns the commands of the asyncio loop.

    A command goes in through a queue, wakes the thread and comes back as an awaitable; events of
    PJSIP go out in one ``call_soon_threadsafe`` a turn. Commands and events each keep their order.
    ``scripts/pjsip/sip_wake.c`` wakes the thread, also for what PJSIP's own threads have for it.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._commands: deque[_Call] = deque()
        self._events: list[_Call] = []
        # A short call that takes no lock: to let go of the interpreter would cost more.
        self._wake = ctypes.PyDLL(_pjsua2.__file__).pjsip_wake
        self._dead: list[Any] = []
        self._stopping = False
        self._started: asyncio.Future[None] = self.loop.create_future()
        #: Results that somebody waits for.
        self._awaited: set[asyncio.Future[Any]] = set()
        self._fault: asyncio.Future[Fault] = self.loop.create_future()
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
            Fault: something else went wrong; the log says where.
        """
        self._thread = threading.Thread(
            target=self._run, args=(setup, library), name="pjsip", daemon=True
        )
        self._thread.start()
        await self._started

    async def stop(self, teardown: Callable[[], None]) -> None:
        """Run ``teardown`` in the thread, then end PJSIP and the thread."""
        thread = self._thread
        if thread is None:
            return
        try:
            with contextlib.suppress(Fault):
                await self.run(teardown)
        finally:
            self._stopping = True
            self._wake()
            await FILES.run(thread.join)
            self._thread = None

    async def broken(self) -> None:
        """Wait for the end of the thread, which nobody should live to see.

        Raises:
            Fault: nothing can be done with PJSIP any more, and why.
        """
        raise Fault(str(await asyncio.shield(self._fault)))

    async def run(self, command: Callable[..., Result], *args: Any) -> Result:
        """Run a command in the thread and return its result.

        Raises:
            CallError: PJSIP refuses, and why in its own words.
            Fault: the thread does not run, or ends before there is a result.
        """
        if self._thread is None:
            raise Fault("PJSIP does not run")
        if self._fault.done():
            raise Fault(str(self._fault.result()))
        future: asyncio.Future[Result] = self.loop.create_future()
        self._awaited.add(future)
        self.post(self._execute, future, command, args)
        try:
            return await future
        finally:
            self._awaited.discard(future)

    def post(self, command: Callable[..., None], *args: Any) -> None:
        """Run a command in the thread, soon; may be called from any thread."""
        self._commands.append((command, args))
        self._wake()

    def emit(self, event: Callable[..., None], *args: Any) -> None:
        """Call ``event`` in the asyncio loop, soon; only for use in the thread itself."""
        self._events.append((event, args))

    def bury(self, thing: object) -> None:
        """Keep a pjsua2 object until PJSIP is out of its callbacks, then destroy it."""
        self._dead.append(thing)

    def _run(
        self, setup: Callable[[pj.Endpoint], None], library: Callable[[], pj.Endpoint]
    ) -> None:
        quiet()
        cores.roam()  # PJSIP's own threads do
        endpoint = None
        try:
            endpoint = library()
            endpoint.libCreate()
            setup(endpoint)
            endpoint.libStart()
        except Exception as error:
            problem = _problem(error)
            if endpoint is not None:
                _close(endpoint)
            self.loop.call_soon_threadsafe(self._give_up, problem)
            return
        cores.stay()
        self.loop.call_soon_threadsafe(_succeed, self._started, None)
        fault = Fault("PJSIP has ended")
        try:
            while not self._stopping:
                self._turn(endpoint)
            self._turn(endpoint)
        except Exception as error:
            fault = _fault("the PJSIP thread broke", error)
        self.loop.call_soon_threadsafe(self._break, fault)
        _close(endpoint)

    def _give_up(self, problem: SipAgentError) -> None:
        """Tell that PJSIP was not started; in asyncio."""
        self._thread = None
        _fail(self._started, problem)
        self._break(Fault(str(problem)))

    def _break(self, fault: Fault) -> None:
        """Tell everybody who waits for the thread that nothing will come; in asyncio."""
        self._fault.set_result(fault)
        for future in list(self._awaited):
            _fail(future, Fault(str(fault)))

    def _execute(
        self,
        future: "asyncio.Future[Result]",
        command: Callable[..., Result],
        args: tuple[Any, ...],
    ) -> None:
        try:
            result = command(*args)
        except pj.Error as error:
            self.emit(_fail, future, CallError(explain(error)))
        except Exception as error:  # handed to whoever awaits it
            self.emit(_fail, future, error)
        else:
            self.emit(_succeed, future, result)

    def _turn(self, endpoint: pj.Endpoint) -> None:
        endpoint.libHandleEvents(0 if self._commands or self._stopping else _POLL_MS)
        for _ in range(len(self._commands)):
            command, args = self._commands.popleft()
            try:
                command(*args)
            except Exception:  # one command must not end the thread that serves all calls
                _log.exception("a command failed in the PJSIP thread")
        while self._dead:
            _destroy(self._dead.pop())
        if self._events:
            events, self._events = self._events, []
            self.loop.call_soon_threadsafe(_deliver, events)


def _close(endpoint: pj.Endpoint) -> None:
    """End PJSIP, here and now: a traceback may refer to the endpoint for a long time.

    Whoever stops it has waited for the answers that count; PJSIP would listen for a second more.
    """
    with contextlib.suppress(pj.Error):
        endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
    endpoint.__swig_destroy__(endpoint)


def _destroy(thing: object) -> None:
    """Destroy what was buried, where that may not happen at just any time.

    A call is destroyed here, whoever still refers to it: its destructor must not run in another
    thread. A media port in Python is destroyed while there still is a Python object that the clock
    thread, which may be about to hand it a frame, can call.
    """
    if isinstance(thing, pj.Call | pj.AudioMediaPort):
        thing.__swig_destroy__(thing)


def quiet() -> None:
    """Keep PJSIP from printing before its log level is configured; pjsua2 has no call for it."""
    ctypes.CDLL(_pjsua2.__file__).pj_log_set_level(0)


def _problem(error: Exception) -> SipAgentError:
    """Return why PJSIP was not started, as a person may read it."""
    if isinstance(error, pj.Error):
        return SetupError(explain(error))
    return error if isinstance(error, SipAgentError) else _fault("PJSIP was not started", error)


def _fault(what: str, error: Exception) -> Fault:
    _log.error("%s", what, exc_info=error)
    return Fault(f"{what}: {type(error).__name__}: {error}; the log says where")


def explain(error: pj.Error) -> str:
    """Return PJSIP's own words for an error."""
    return str(getattr(error, "reason", "") or error)


def _deliver(events: list[_Call]) -> None:
    for event, args in events:
        try:
            event(*args)
        except Exception:  # the events behind it belong to other calls
            _log.exception("an event of PJSIP was not handled")


def _succeed(future: asyncio.Future[Result], result: Result) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
