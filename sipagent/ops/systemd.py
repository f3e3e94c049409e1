"""Talking to systemd: sd_notify(3), and the watchdog of ``WatchdogSec=``.

Started by anything else, the daemon has no ``$NOTIFY_SOCKET``, and all of this does nothing.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

import structlog

from sipagent import tasks

#: Seconds between two looks at the status where no watchdog waits to be fed.
_PULSE = 5.0
#: So many signs of life fit into the time that the watchdog waits for one.
_SIGNS = 3
#: Part of the watchdog's time after which a turn is worth a line in the log.
_LATE = 0.2

log = structlog.get_logger(__name__)


class Notifier:
    """Tells the service manager how the daemon fares; never fails, never waits.

    Args:
        address: ``$NOTIFY_SOCKET``, a path or ``@`` and an abstract name; empty: nobody listens.
    """

    def __init__(self, address: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        self._status = ""

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> "Notifier":
        """Return the notifier that the environment asks for."""
        return cls(environ.get("NOTIFY_SOCKET", ""))

    @property
    def heard(self) -> bool:
        """Whether somebody listens."""
        return self._socket is not None

    def ready(self) -> None:
        """Say that the start, or a reload, is done."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Say that a reload begins; ``ready`` says that it is over."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, seconds: float) -> None:
        """Say that the daemon stops, and may take so long."""
        self._tell("STOPPING=1", _extension(seconds))

    @contextlib.asynccontextmanager
    async def patient(self, seconds: float) -> AsyncIterator[None]:
        """Ask for more time again and again during a block that ends by itself."""
        task = tasks.begin(self._extend(seconds), "patience")
        try:
            yield
        finally:
            await tasks.cancelled(task)

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Set the line that ``systemctl status`` shows."""
        if text != self._status:
            self._status = text
            self._tell(f"STATUS={text}")

    def close(self) -> None:
        """Say nothing more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _extend(self, seconds: float) -> None:
        while True:
            self._tell(_extension(seconds))
            await asyncio.sleep(seconds / _SIGNS)

    def _tell(self, *fields: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(fields).encode(), self._address)
        except BlockingIOError:
            pass  # systemd is busy; the next sign of life will do
        except OSError as error:
            log.warning("systemd cannot be told", what=fields[0], reason=error.strerror)


def patience(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return the seconds that systemd waits for a sign of life; None: it does not watch."""
    usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1e6


@contextlib.asynccontextmanager
async def watched(
    notifier: Notifier,
    turn: Callable[[], Awaitable[None]],
    status: Callable[[], str],
    seconds: float | None,
) -> AsyncIterator[None]:
    """Feed the watchdog for the time of a block, and keep the status up to date.

    Each sign of life follows a round trip: out of the asyncio loop through ``turn`` and back. A
    loop that stands still, or a ``turn`` that does not return, is a daemon to be restarted.

    Args:
        notifier: who is told.
        turn: returns when the other thread that matters has turned once.
        status: the line for ``systemctl status``.
        seconds: the watchdog's patience; None: it is not fed.
    """
    if not notifier.heard:
        yield
        return
    feeding = tasks.last(partial(_feed, notifier, turn, status, seconds), "watchdog")
    try:
        yield
    finally:
        await feeding.stop()


async def _feed(
    notifier: Notifier,
    turn: Callable[[], Awaitable[None]],
    status: Callable[[], str],
    seconds: float | None,
) -> None:
    clock = asyncio.get_running_loop().time
    pause = seconds / _SIGNS if seconds else _PULSE
    while True:
        began = clock()
        if seconds:
            await turn()
            notifier.alive()
            if (took := clock() - began) > seconds * _LATE:
                log.warning("the PJSIP thread is slow", seconds=round(took, 3), watchdog=seconds)
        notifier.status(status())
        await asyncio.sleep(max(0.0, began + pause - clock()))


def _extension(seconds: float) -> str:
    return f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}"
