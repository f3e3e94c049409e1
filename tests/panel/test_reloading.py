"""SIGHUP: a panel that runs takes support hours anew, or goes on as before."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from sipagent import config_sources
from sipagent.config import Config
from sipagent.helpdesk.support import Support
from sipagent.panel import reloading
from sipagent.panel.reloading import Reloads

pytestmark = pytest.mark.unit


class Told(Support):
    """Support that says when it was told something."""

    def __init__(self, config: Config) -> None:
        self.phones: asyncio.Queue[str] = asyncio.Queue()
        super().__init__(config)

    def use(self, config: Config) -> None:
        super().use(config)
        self.phones.put_nowait(self.phone)


async def test_what_is_wrong_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = asyncio.Event()
    monkeypatch.setattr(reloading.log, "error", lambda *said, **more: refused.set())
    file = tmp_path / "agent.toml"
    file.write_text('[helpdesk]\nphone = "22 100 02 00"\n', "utf-8")
    support = Told(config_sources.load(file, {}))
    assert await support.phones.get() == "22 100 02 00"
    reloads = Reloads(file, support)
    reloads.start()
    try:
        file.write_text('[helpdesk]\nphone = "none"\n', "utf-8")
        os.kill(os.getpid(), signal.SIGHUP)
        await refused.wait()
        assert support.phone == "22 100 02 00"
        file.write_text('[helpdesk]\nphone = "22 100 03 00"\n', "utf-8")
        os.kill(os.getpid(), signal.SIGHUP)
        assert await support.phones.get() == "22 100 03 00"
    finally:
        await reloads.stop()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
