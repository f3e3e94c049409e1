"""What a running panel takes anew on SIGHUP: when somebody is there to help, and how else."""

import asyncio
import signal
from pathlib import Path

import structlog

from sipagent import tasks
from sipagent.config_sources import load
from sipagent.errors import SipAgentError
from sipagent.helpdesk.support import Support
from sipagent.threads import FILES

log = structlog.get_logger(__name__)


class Reloads:
    """Reads the settings again, however often that is asked for at once.

    Args:
        file: where they stand; None: they are the defaults.
        support: takes them.
    """

    def __init__(self, file: Path | None, support: Support) -> None:
        self._file = file
        self._support = support
        self._asked = asyncio.Event()
        self._reloading: tasks.Lasting | None = None

    def start(self) -> None:
        """Heed SIGHUP from now on."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        self._reloading = tasks.last(self._run, "panel-reloads")

    async def stop(self) -> None:
        """Give up a reload that is under way."""
        if self._reloading is not None:
            await self._reloading.stop()

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                config = await FILES.run(load, self._file)
            except SipAgentError as error:
                log.error("reload refused; the panel goes on as before", reason=str(error))
                continue
            self._support.use(config)
            log.info("support hours reloaded")
