"""Phones that are registered and give no sign of life: not rung for a while, and told of."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlite_utils
import structlog

from sipagent import times
from sipagent.store.store import Store
from sipagent.telephony.party import Party

#: So many calls in a row a phone is silent before it is not rung any more, and for so many seconds
#: it is not, unless it registers meanwhile.
MISSES, PAUSE = 3, 300.0

#: Account of a phone, and the URI at which it is called.
Place = tuple[str, str]

_PUT = "INSERT OR IGNORE INTO silent_phones SELECT id, ?, ? FROM phones WHERE account = ?"
_DROP = "DELETE FROM silent_phones WHERE phone_id = (SELECT id FROM phones WHERE account = ?)"

log = structlog.get_logger(__name__)


class Silence:
    """Counts which phones say nothing when they are called.

    Args:
        store: where others read of it; None: nowhere.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._misses: Counter[Place] = Counter()
        #: Place → until when it is not rung, by the clock of the loop.
        self._paused: dict[Place, float] = {}

    def begin(self) -> None:
        """Know of nobody; what the line before has known is over."""
        self._post("DELETE FROM silent_phones", ())

    def speaking(self, account: str, places: Sequence[str]) -> list[str]:
        """Return the places of a phone without those at which it says nothing."""
        now = asyncio.get_running_loop().time()
        return [uri for uri in places if self._paused.get((account, uri), 0.0) <= now]

    def take(self, signs: Mapping[Party, bool], contacts: Mapping[str, Sequence[str]]) -> None:
        """Take whether phones that were called have given a sign of life.

        Args:
            signs: see ``switching.ringing.Rang``.
            contacts: account → the places at which it was called.
        """
        accounts = {uri: account for account, places in contacts.items() for uri in places}
        for party, there in signs.items():
            if party.contact not in accounts:
                continue
            place = accounts[party.contact], party.contact
            if not there:
                self._missed(place)
            elif place in self._misses:
                self.registered(place[0])

    def registered(self, account: str) -> None:
        """Forget what was known of a phone, which has just shown that it is there."""
        gone = [place for place in self._misses if place[0] == account]
        if any(place in self._paused for place in gone):
            self._post(_DROP, (account,))
        for place in gone:
            del self._misses[place]
            self._paused.pop(place, None)

    def _missed(self, place: Place) -> None:
        self._misses[place] += 1
        if self._misses[place] < MISSES:
            return
        account, uri = place
        if place not in self._paused:
            log.warning("a phone is registered and does not answer", account=account, contact=uri)
            now = times.stored(datetime.now(UTC), "seconds")
            self._post(_PUT, (uri, now, account))
        self._paused[place] = asyncio.get_running_loop().time() + PAUSE

    def _post(self, sql: str, values: Sequence[str]) -> None:
        if self._store is not None:
            self._store.post(sql, values)


def silent(db: sqlite_utils.Database) -> list[tuple[str, str, datetime]]:
    """Return account and owner of phones that say nothing, and since when."""
    rows = db.execute(
        "SELECT account, name, since FROM silent_phones "
        "JOIN phones ON phones.id = phone_id JOIN parties ON parties.id = user_id "
        "WHERE phone_id IN (SELECT phone_id FROM bindings) ORDER BY account"
    )
    return [(account, name, datetime.fromisoformat(at)) for account, name, at in rows.fetchall()]
