"""What the tests of call records share."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sipagent.records.history import History
from sipagent.records.recorder import CallStart
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.patience import PATIENCE


def start_of(call: str = "a1", caller: str | None = "+48600100101", **other: str) -> CallStart:
    """Return what is known of a call that comes in."""
    sip_id = other.get("sip_id", f"{call}@x")
    return CallStart(call, sip_id, caller, False, other.get("called", "infolinia"), "infolinia")


def history(path: Path) -> History:
    """Return what another program sees."""
    return History(open_database(path, [records]))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
