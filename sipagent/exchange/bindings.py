"""Where phones are reached, kept over a restart; ``telephony.accounts.Bindings`` fits."""

import json
from collections.abc import Callable
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.store.store import Store
from sipagent.telephony.accounts import Binding

# A phone that was removed meanwhile has no row to bind, and nothing is written.
_PUT = """
INSERT OR REPLACE INTO bindings
SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM phones WHERE account = ?
"""
_DROP = """
DELETE FROM bindings
WHERE phone_id = (SELECT id FROM phones WHERE account = ?) AND contact = ?
"""
_LOAD = """
SELECT account, contact, expires, call_id, cseq, source, transport, path, instance, user_agent
FROM bindings JOIN phones ON phones.id = phone_id ORDER BY account, contact
"""


class StoredBindings:
    """Bindings in the database; they go with the phone when it is removed.

    Args:
        store: the database.
        registered: is told the account of each phone that registers.
    """

    def __init__(
        self, store: Store, registered: Callable[[str], None] = lambda account: None
    ) -> None:
        self._store = store
        self._registered = registered

    async def load(self) -> list[Binding]:
        """Return all that are kept, also those that are over."""
        return await self._store.read(_load)

    def put(self, binding: Binding) -> None:
        """Keep a binding soon, in place of the one with its account and contact."""
        self._registered(binding.account)
        values = (
            binding.contact,
            times.stored(binding.expires, "seconds"),
            binding.call_id,
            binding.cseq,
            binding.source,
            binding.transport,
            json.dumps(list(binding.path)),
            binding.instance,
            binding.user_agent,
            binding.account,
        )
        self._store.post(_PUT, values)

    def drop(self, account: str, contact: str) -> None:
        """Forget a binding soon; nothing happens where there is none."""
        self._store.post(_DROP, (account, contact))


def _load(db: sqlite_utils.Database) -> list[Binding]:
    found = []
    for row in db.execute(_LOAD).fetchall():
        account, contact, expires, call_id, cseq, source, transport, path, *device = row
        until, through = datetime.fromisoformat(expires), tuple(json.loads(path))
        found.append(
            Binding(account, contact, until, call_id, cseq, source, transport, through, *device)
        )
    return found
