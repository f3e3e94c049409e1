"""Giving users phones: an account with a password by lot, which is told once."""

import sqlite_utils

from sipagent.config import SipSection
from sipagent.exchange import editing
from sipagent.exchange.model import Phone, User
from sipagent.exchange.reading import load
from sipagent.exchange.softphone import (
    Credentials,
    Server,
    free_account,
    hashes,
    password,
    server_of,
)
from sipagent.store.database import writing


def give(
    db: sqlite_utils.Database,
    user: str,
    sip: SipSection,
    *,
    account: str = "",
    label: str = "",
    server: Server | None = None,
    by: str = "",
) -> Credentials:
    """Give a user one more phone; return what is typed into it.

    Args:
        db: the database.
        user: name or internal number.
        sip: the settings of the line.
        account: its name; empty: such as ``101-1``.
        label: what it is.
        server: where it registers; None: as the settings say.
        by: who does it, as ``journal.Noted``.

    Raises:
        DataError: there is no such user, or the account cannot be called so.
    """
    with writing(db):
        there = load(db).exchange
        owner = editing.existing(there, "users", user)
        assert isinstance(owner, User)
        word, name = password(), account or free_account(owner, there.phones)
        fields = {"account": name, "user": owner.name, "label": label}
        editing.add(db, "phones", fields | hashes(name, word, sip.realm), by=by)
    return _told(name, word, sip, server, owner.name)


def renew(
    db: sqlite_utils.Database,
    account: str,
    sip: SipSection,
    *,
    server: Server | None = None,
    by: str = "",
) -> Credentials:
    """Give a phone another password, in place of the one that it had; return it with the rest.

    Args:
        db: the database.
        account: of the phone.
        sip, server, by: as ``give``.

    Raises:
        DataError: there is no such phone.
    """
    with writing(db):
        phone = editing.existing(load(db).exchange, "phones", account)
        assert isinstance(phone, Phone)
        word = password()
        editing.edit(db, "phones", phone.key, hashes(phone.key, word, sip.realm), by=by)
    return _told(phone.key, word, sip, server, phone.user)


def _told(
    account: str, word: str, sip: SipSection, server: Server | None, user: str
) -> Credentials:
    return Credentials(account, word, server or server_of(sip), sip.realm, user)
