"""What an account, an internal number, a short code or a number of a trunk means now."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import sqlite_utils

from sipagent.e164 import shown_e164
from sipagent.exchange.model import Exchange, Tariff
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.logins import Logins
from sipagent.exchange.reaching import kept
from sipagent.exchange.reaching.handling import Handling
from sipagent.exchange.reading import Stored, load, version
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.timetable import Timetable
from sipagent.exchange.values import Kind, Ref
from sipagent.store.store import Store
from sipagent.telephony.accounts import Account

Result = TypeVar("Result")

#: Seconds between two looks at whether anything has changed, for whom no call waits: lamps, phones.
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The exchange at one moment, for look-ups.

    Args:
        exchange: all of it.
        version: the number of the change that it is from.
        accounts: name → account, of the phones that have a password.
        extensions: internal number, or short code, → who has it.
        numbers: number of a trunk (E.164, or user of a SIP address) → where it leads.
        timetables: name of a schedule → its hours.
        tariffs: prefix → what calls cost to numbers that begin with it.
        handlings: name of a user → what becomes of calls to them.
        logins: who is logged into which queue, and who pauses.
    """

    exchange: Exchange = field(default_factory=Exchange)
    version: int = -1
    accounts: Mapping[str, Account] = field(default_factory=dict)
    extensions: Mapping[str, Ref] = field(default_factory=dict)
    numbers: Mapping[str, Ref] = field(default_factory=dict)
    timetables: Mapping[str, Timetable] = field(default_factory=dict)
    tariffs: Mapping[str, Tariff] = field(default_factory=dict)
    handlings: Mapping[str, Handling] = field(default_factory=dict)
    logins: Logins = field(default_factory=Logins)

    @classmethod
    def of(
        cls,
        stored: Stored,
        handled: Mapping[str, Handling] | None = None,
        logins: Logins | None = None,
    ) -> "Snapshot":
        """Return the snapshot of what is kept."""
        there = stored.exchange
        return cls(
            there,
            stored.version,
            _accounts(there),
            extensions_of(there),
            {one.number: Ref.of(one.leads_to) for one in there.numbers},
            {one.name: Timetable(one, stored.nights.get(one.name)) for one in there.schedules},
            {one.prefix: one for one in there.tariffs},
            handled or {},
            logins or Logins(),
        )

    def extension(self, dialled: str) -> Ref | None:
        """Return who has an internal number or a short code, with ``#`` after it or not."""
        return self.extensions.get(dialled.removesuffix("#") if dialled[:1] == "*" else dialled)

    def number(self, called: str, country: str) -> Ref | None:
        """Return where a number of a trunk leads, however a network writes it."""
        return self.numbers.get(self.known(called, country))

    def known(self, called: str, country: str) -> str:
        """Return a number of a trunk as it is kept here; empty: it leads nowhere."""
        written = (called, shown_e164(called, country))
        return next((one for one in written if one and one in self.numbers), "")


class Directory:
    """The exchange as it is now; ``telephony.accounts.Accounts`` fits.

    A call that comes in has it read first where it has changed; accounts and lamps follow within a
    second.

    Args:
        store: the database.
        country: where a number without prefix belongs.
    """

    def __init__(self, store: Store, country: str) -> None:
        self._store = store
        self.country = country
        #: Replaced as a whole, so that who has taken it goes on with what it was.
        self.now = Snapshot()
        self._told: list[Callable[[Snapshot], None]] = []
        #: Who reads takes turns: an older exchange never comes after a newer one.
        self._reading = asyncio.Lock()

    def subscribe(self, told: Callable[[Snapshot], None]) -> None:
        """Have each change told, in the loop, with what there was before."""
        self._told.append(told)

    async def refresh(self) -> None:
        """Read the exchange where it has changed.

        Raises:
            DataError, SetupError: as ``store.Store.read``.
        """
        async with self._reading:
            if await self._store.read(version) != self.now.version:
                before = self.now
                self.now = await self._store.read(
                    lambda db: Snapshot.of(load(db), kept.load(db), logins.load(db))
                )
                for told in self._told:
                    told(before)

    async def catch_up(self) -> None:
        """Read the exchange where it has changed; where it has not, that costs some 4 µs.

        Raises:
            DataError, SetupError: as ``store.Store.read``.
            sqlite3.DatabaseError: the database cannot be read in the loop.
        """
        if version(self._store.view) != self.now.version:
            await self.refresh()

    async def change(self, work: Callable[[sqlite_utils.Database], Result]) -> Result:
        """Have a function change something; whoever asks afterwards knows. Return what it returns.

        Raises:
            DataError, SetupError: as the function, and as ``store.Store.write``.
        """
        changed = await self._store.write(work)
        await self.refresh()
        return changed

    async def watch(self) -> None:
        """Follow the changes that anybody makes, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(_LOOK)

    def find(self, account: str) -> Account | None:
        """Return the account of a phone that has a password."""
        return self.now.accounts.get(account)

    def extension(self, dialled: str) -> Ref | None:
        """Return who has an internal number or a short code."""
        return self.now.extension(dialled)

    def number(self, called: str) -> Ref | None:
        """Return where a number of a trunk leads."""
        return self.now.number(called, self.country)


def _accounts(there: Exchange) -> dict[str, Account]:
    users = {one.name: one for one in there.users}
    return {
        one.account: Account(
            one.account, one.realm, one.md5, one.sha256, users[one.user].number, one.user
        )
        for one in there.phones
        if one.has_secret
    }


def extensions_of(there: Exchange) -> dict[str, Ref]:
    """Return who has which internal number or short code."""
    found = {}
    for kind in (Kind.USER, Kind.GROUP, Kind.BOX, Kind.QUEUE, Kind.ROOM):
        for entry in there.entries(FIELDS[kind]):
            if number := getattr(entry, "number", ""):
                found[number] = Ref(kind, entry.key)
    found.update({one.code: Ref(Kind.OUTSIDE, one.name) for one in there.outside if one.code})
    return found
