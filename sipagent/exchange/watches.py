"""What phones watch, kept over a restart; ``telephony.lamps.Watches`` fits."""

import json
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.store.store import Store
from sipagent.telephony.lamps import Watch

_COLUMNS = "package, whom, event, entity, dialog, contact, target, source, transport, cseq, expires"
# A phone that was removed meanwhile has no row to watch from, and nothing is written.
_PUT = f"""
INSERT OR REPLACE INTO watches (tag, phone_id, {_COLUMNS})
SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM phones WHERE account = ?
"""
_DROP = "DELETE FROM watches WHERE tag = ?"
_LOAD = f"SELECT tag, account, {_COLUMNS} FROM watches JOIN phones ON phones.id = phone_id"


class StoredWatches:
    """Subscriptions in the database; they go with the phone when it is removed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self) -> list[Watch]:
        """Return all that are kept, also those that are over."""
        return await self._store.read(_load)

    def put(self, watch: Watch) -> None:
        """Keep one soon, in place of the one with its tag."""
        values = (
            watch.tag,
            watch.package,
            watch.whom,
            watch.event,
            watch.entity,
            json.dumps(watch.dialog),
            watch.contact,
            watch.target,
            watch.source,
            watch.transport,
            watch.cseq,
            times.stored(watch.expires, "seconds"),
            watch.account,
        )
        self._store.post(_PUT, values)

    def drop(self, tag: str) -> None:
        """Forget one soon; nothing happens where there is none."""
        self._store.post(_DROP, (tag,))


def _load(db: sqlite_utils.Database) -> list[Watch]:
    found = []
    for row in db.execute(_LOAD).fetchall():
        tag, account, package, whom, event, entity, dialog, *rest = row
        contact, target, source, transport, cseq, expires = rest
        found.append(
            Watch(
                tag,
                account,
                package,
                whom,
                event,
                entity,
                tuple((name, value) for name, value in json.loads(dialog)),
                contact,
                target,
                source,
                transport,
                cseq,
                datetime.fromisoformat(expires),
            )
        )
    return found
