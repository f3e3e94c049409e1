"""Owners as those who ask: found by the address that a mail is from."""

import sqlite_utils

from sipagent.infoline.directory import Directory
from sipagent.tickets.model import Asker, AskerKind


def owner_by_email(db: sqlite_utils.Database, address: str) -> Asker | None:
    """Return the owner of an e-mail address; None where nobody has it, or several do."""
    rows = db.execute(
        "SELECT DISTINCT owner_id FROM owner_emails WHERE lower(address) = ? LIMIT 2",
        [address.lower()],
    ).fetchall()
    owner = Directory(db).get(rows[0][0]) if len(rows) == 1 else None
    if owner is None:
        return None
    premises = (one.address or one.premises for one in Directory(db).charges(owner.id))
    return Asker(
        kind=AskerKind.OWNER,
        ref=owner.login,
        name=owner.name,
        phone=next(iter(owner.phones), ""),
        email=address,
        manager=owner.manager.id,
        about="; ".join((owner.estate.name, *premises)),
    )
