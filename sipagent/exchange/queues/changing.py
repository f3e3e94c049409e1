"""Changing who is logged in, and who pauses, while the line runs."""

from collections.abc import Callable
from typing import TypeVar

import sqlite_utils

from sipagent.exchange.directory import Directory
from sipagent.store.store import Store

Result = TypeVar("Result")


class Members:
    """Has the functions of ``logins`` change something; queues know of it at once.

    Args:
        store: the database.
        directory: what the line knows of the exchange.
    """

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    async def change(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        """Have it done, and return what it returns.

        Raises:
            DataError, SetupError: as the function, and as ``store.Store.write``.
        """
        changed = await self._store.write(work)
        await self._directory.refresh()
        return changed
