"""Links by which Linphone sets itself up, each for one phone and once.

No password is kept for them: the phone gets a new one when Linphone comes.
"""

import secrets
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.config import SipSection
from sipagent.errors import DataError
from sipagent.exchange import accounts
from sipagent.exchange.softphone import Credentials
from sipagent.panel.passes import digest
from sipagent.store.database import writing


def make(db: sqlite_utils.Database, account: str, now: datetime, hours: int, by: str) -> str:
    """Return what stands in a new link for a phone; an earlier one is void.

    Args:
        db: the database.
        account: of the phone.
        now: the time.
        hours: for which it holds.
        by: who makes it; the password that the phone gets is put down to them.

    Raises:
        DataError: there is no such phone.
    """
    token = secrets.token_urlsafe(32)
    values = [digest(token), times.stored(now + timedelta(hours=hours)), by, account]
    with writing(db):
        done = db.execute(
            "INSERT OR REPLACE INTO panel_phone_links (phone_id, hash, until, by) "
            "SELECT id, ?, ?, ? FROM phones WHERE account = ?",
            values,
        )
        if not done.rowcount:
            raise DataError(f"there is no phone {account!r}")
    return token


def use(
    db: sqlite_utils.Database, token: str, now: datetime, sip: SipSection
) -> Credentials | None:
    """Give the phone of a link a password, and return it; None: the link holds no longer."""
    with writing(db):
        row = db.execute(
            "SELECT account, by FROM panel_phone_links JOIN phones ON phones.id = phone_id "
            "WHERE hash = ? AND until > ?",
            [digest(token), times.stored(now)],
        ).fetchone()
        if row is None:
            return None
        db.execute("DELETE FROM panel_phone_links WHERE hash = ?", [digest(token)])
        return accounts.renew(db, row[0], sip, by=row[1])
