"""The ledger: bills made from call records, kept once they are issued, corrected afterwards."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlite_utils

from sipagent import times
from sipagent.billing.bill import Bill, BilledCall, Correction, Tariff, tariff_of
from sipagent.billing.month import Month
from sipagent.config import Config
from sipagent.errors import ConfigError, DataError
from sipagent.infoline.managing import office, offices
from sipagent.infoline.model import Manager
from sipagent.infoline.schema import infoline
from sipagent.money import plain_amount
from sipagent.records.schema import MANAGER, OWNER
from sipagent.store.database import open_database, writing

#: Calls in which an owner got in; one that an earlier bill has, because the zone was another one
#: then, is not billed again.
_CALLS = f"""
SELECT id, started, owners.value, answered, ended FROM calls
JOIN call_labels AS managers ON managers.call = id AND managers.name = '{MANAGER}'
JOIN call_labels AS owners ON owners.call = id AND owners.name = '{OWNER}'
WHERE managers.value = ? AND started >= ? AND started < ?
    AND answered IS NOT NULL AND ended IS NOT NULL
    AND id NOT IN (SELECT call FROM bill_calls)
ORDER BY started, id
"""
_LIVE = "SELECT id FROM calls WHERE ended IS NULL AND started >= ? AND started < ? LIMIT 1"
_BILL = """
SELECT id, code, name, zone, per_call, per_minute, monthly_cap, vat, issued
FROM bills WHERE month = ? AND manager = ?
"""


class Ledger:
    """The bills of all managers.

    Args:
        db: a connection of its own, with the tables of records, infoline and billing.
        config: has the tariffs, the zone, and for how many days calls are kept.
    """

    def __init__(self, db: sqlite_utils.Database, config: Config) -> None:
        self._db = db
        self._config = config

    def bills(self, month: Month, now: datetime, *, code: str | None = None) -> list[Bill]:
        """Return the bills of a month, of all managers or of one; drafts where none was issued.

        Raises:
            DataError: no such manager, or call records of a draft were deleted already.
            ConfigError: a tariff is for a manager that is not there.
        """
        with self._db.atomic():
            return [self._bill(month, manager, now) for manager in self._managers(code)]

    def issue(self, month: Month, now: datetime, *, code: str | None = None) -> list[Bill]:
        """Issue and return the bills of a month, of all managers that have none yet, or of one.

        A manager whose owners did not call gets none.

        Raises:
            DataError: the month, or a call in it, is not over; the bill is there already, or there
                is nothing to bill; no such manager; call records were deleted already.
            ConfigError: a tariff is for a manager that is not there.
        """
        zone = self._config.line.zone
        if month.ends(zone) > now:
            raise DataError(f"{month} is not over yet; bills are issued when it is")
        with writing(self._db):
            live = self._db.execute(_LIVE, self._span(month, zone)).fetchone()
            if live is not None:
                raise DataError(
                    f"call {live[0]} of {month} is not over; wait until it is (one that a crash "
                    "has left is closed when the line starts)"
                )
            drafts = [
                (manager, bill)
                for manager in self._managers(code)
                if (bill := self._bill(month, manager, now)).issued is None and bill.calls
            ]
            if not drafts:
                raise DataError(
                    f"nothing to issue for {month}: there are no calls to bill, or the bills are "
                    f"issued already; sipagent bill {month} shows them"
                )
            for manager, bill in drafts:
                self._store(manager, bill, now)
            return [self._bill(month, manager, now) for manager, _ in drafts]

    def correct(self, month: Month, code: str, grosze: int, reason: str, now: datetime) -> Bill:
        """Add a correction to an issued bill, and return the bill with it.

        Args:
            month: of the bill.
            code: of the manager.
            grosze: what is paid more or, negative, less; without VAT.
            reason: stands on the bill.
            now: when that is.

        Raises:
            DataError: no such bill, no reason, or the net would be above the cap or below 0.
        """
        reason = " ".join(reason.split())
        if not reason or grosze == 0:
            raise DataError("a correction needs an amount other than 0, and a reason")
        with writing(self._db):
            manager = office(self._db, code).manager
            bill = self._bill(month, manager, now)
            if bill.issued is None:
                raise DataError(
                    f"the bill {bill.number} is not issued; what is not issued needs no correction"
                )
            _check_bounds(bill, grosze)
            self._db.execute(
                "INSERT INTO bill_corrections (bill, at, grosze, reason) "
                "SELECT id, ?, ?, ? FROM bills WHERE month = ? AND manager = ?",
                [times.stored(now), grosze, reason, str(month), manager.id],
            )
            return self._bill(month, manager, now)

    def _managers(self, code: str | None) -> list[Manager]:
        known = [one.manager for one in offices(self._db)]
        if strange := _strange(self._config, known):
            where = self._config.place("billing", "managers", strange[0])
            raise ConfigError(f"{where}: billing.managers.{strange[0]}: no manager has this code")
        return known if code is None else [office(self._db, code).manager]

    def _bill(self, month: Month, manager: Manager, now: datetime) -> Bill:
        row = self._db.execute(_BILL, [str(month), manager.id]).fetchone()
        return self._draft(month, manager, now) if row is None else self._issued(month, *row)

    def _draft(self, month: Month, manager: Manager, now: datetime) -> Bill:
        zone = self._config.line.zone
        kept = self._config.retention.calls
        if kept and month.begins(zone) < now - timedelta(days=kept):
            raise DataError(
                f"{month} cannot be billed any more: calls are deleted after {kept} days "
                "(retention.calls)"
            )
        tariff = tariff_of(self._config.billing, manager.code)
        rows = self._db.execute(_CALLS, [str(manager.id), *self._span(month, zone)])
        calls = tuple(_billed(tariff, *row) for row in rows)
        return Bill(month, manager.code, manager.name, zone, tariff, calls)

    def _issued(self, month: Month, key: int, code: str, name: str, zone: str, *rest: Any) -> Bill:
        *prices, issued = rest
        calls = self._db.execute(
            "SELECT call, started, owner, milliseconds, grosze FROM bill_calls WHERE bill = ? "
            "ORDER BY started, call",
            [key],
        )
        corrections = self._db.execute(
            "SELECT at, grosze, reason FROM bill_corrections WHERE bill = ? ORDER BY id", [key]
        )
        return Bill(
            month,
            code,
            name,
            ZoneInfo(zone),
            Tariff(*prices),
            tuple(BilledCall(call, _moment(at), *more) for call, at, *more in calls),
            _moment(issued),
            tuple(Correction(_moment(at), *more) for at, *more in corrections),
        )

    def _store(self, manager: Manager, bill: Bill, now: datetime) -> None:
        tariff = bill.tariff
        key = self._db.execute(
            "INSERT INTO bills (month, manager, code, name, zone, per_call, per_minute, "
            "monthly_cap, vat, issued) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(str(bill.month), manager.id, bill.code, bill.name, str(bill.zone)),
                *(tariff.per_call, tariff.per_minute, tariff.cap, tariff.vat, times.stored(now)),
            ],
        ).lastrowid
        self._db.conn.executemany(
            "INSERT INTO bill_calls VALUES (?, ?, ?, ?, ?, ?)",
            [
                (key, one.id, times.stored(one.started), one.owner, one.milliseconds, one.grosze)
                for one in bill.calls
            ],
        )

    def _span(self, month: Month, zone: ZoneInfo) -> list[str]:
        return [times.stored(month.begins(zone)), times.stored(month.ends(zone))]


def unknown_tariffs(config: Config) -> list[str]:
    """Return the codes of ``[billing.managers]`` that no manager has; none while there are none.

    Raises:
        SetupError, DataError: the database cannot be read.
    """
    if not (config.billing.managers and config.paths.database.exists()):
        return []
    with closing(open_database(config.paths.database, [infoline])) as db:
        known = [one.manager for one in offices(db)]
    return _strange(config, known) if known else []


def _strange(config: Config, known: Sequence[Manager]) -> list[str]:
    # A slip in a code must not bill somebody by the usual tariff.
    return sorted(config.billing.managers.keys() - {one.code for one in known})


def _check_bounds(bill: Bill, grosze: int) -> None:
    after = bill.net + grosze
    cap = bill.tariff.cap
    if after < 0:
        raise DataError(
            f"{bill.number} is {plain_amount(bill.net)} without VAT; no more can be taken off"
        )
    if cap is not None and after > cap:
        raise DataError(
            f"{bill.number} would be {plain_amount(after)} without VAT, more than the monthly cap "
            f"of {plain_amount(cap)}"
        )


def _billed(
    tariff: Tariff, call: str, started: str, owner: str, answered: str, ended: str
) -> BilledCall:
    length = (_moment(ended) - _moment(answered)) // timedelta(milliseconds=1)
    # A clock that was set back in the middle of a call must not take anything off a bill.
    length = max(0, length)
    return BilledCall(call, _moment(started), owner, length, tariff.price(length))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
