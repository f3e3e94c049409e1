"""``sipagent run``: the daemon, in the foreground, as systemd wants it."""

import asyncio
import contextlib
import faulthandler
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from sipagent import config_sources, cores, tasks
from sipagent.cli import erasures
from sipagent.cli.settings import ConfigFile, file_of
from sipagent.config import Config
from sipagent.ops import log, systemd
from sipagent.ops.systemd import Notifier
from sipagent.ops.unit import ENDING
from sipagent.sip import library

#: Seconds after which a thread that waits for the interpreter gets it.
_SWITCH = 0.0005


def run(
    config_file: ConfigFile = None,
) -> None:
    """Answer the line until SIGTERM; SIGHUP rereads settings, scenarios, prompts and letters."""
    file = file_of(config_file)
    settings = config_sources.load(file)
    log.configure(settings.log)
    # PJSIP's thread calls into Python for every key and state of every call: it must not wait
    # 5 ms for its turn each time, as long as the loop is busy.
    sys.setswitchinterval(_SWITCH)
    cores.share()
    # Whoever aborts a daemon that hangs (systemd's watchdog does) reads in the log where it hung.
    faulthandler.enable()
    library.require(settings.sip.max_calls)
    erasures.go_on(settings)
    asyncio.run(_serve(settings, file))


async def _serve(settings: Config, file: Path | None) -> None:
    loop = asyncio.get_running_loop()
    asked, insisted = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (insisted if asked.is_set() else asked).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    from sipagent.app import App  # noqa: PLC0415  only once PJSIP is known to be fit

    manager = Notifier.of()
    app = App(settings, manager, file=file)
    reloads = _Reloads(app.reload, manager)
    loop.add_signal_handler(signal.SIGHUP, reloads.ask)
    watched = systemd.watched(manager, app.endpoint.turn, app.status, systemd.patience())
    async with contextlib.AsyncExitStack() as stack:
        if await _unless(asked, stack.enter_async_context(app.running())):
            await stack.enter_async_context(watched)
            _spare_collector()
            manager.ready()
            reloads.open()
            await _unless(asked, app.endpoint.broken())
            await reloads.close()
            manager.stopping(app.config.line.drain + ENDING)
            await _unless(insisted, app.drain())
    for number in (signal.SIGTERM, signal.SIGINT):
        # The loop would give the signal its default back, and a third one kill what is done.
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)


def _spare_collector() -> None:
    """Have the garbage collector never look again at what is there by now.

    That is nearly all that there ever is, and stays; each look at all of it, every few seconds on
    a busy line, would hold up all calls for 50 ms or more.
    """
    gc.collect()
    gc.freeze()


async def _unless(event: asyncio.Event, work: Coroutine[Any, Any, object]) -> bool:
    """Do something unless an event comes first, which cancels it; return whether it was done."""
    doing = asyncio.ensure_future(work)
    coming = asyncio.ensure_future(event.wait())
    await asyncio.wait((doing, coming), return_when=asyncio.FIRST_COMPLETED)
    for one in (doing, coming):
        one.cancel()
    await asyncio.wait((doing, coming))
    if doing.cancelled():
        return False
    doing.result()
    return True


class _Reloads:
    """Runs one reload after the other, however often SIGHUP comes, and none before the start."""

    def __init__(self, reload: Callable[[], Awaitable[None]], manager: Notifier) -> None:
        self._reload = reload
        self._manager = manager
        self._asked = asyncio.Event()
        self._task: tasks.Lasting | None = None

    def ask(self) -> None:
        """Have all that can be reread soon."""
        self._asked.set()

    def open(self) -> None:
        """Begin to heed what was asked."""
        self._task = tasks.last(self._run, "reloads")

    async def close(self) -> None:
        """Give up a reload that is under way."""
        if self._task is not None:
            await self._task.stop()

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._manager.reloading()
            await self._reload()
            self._manager.ready()
