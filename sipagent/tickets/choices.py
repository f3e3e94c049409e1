"""How people want to be told of answers: by e-mail as well, or only where they have asked."""

import sqlite_utils

from sipagent.store.database import writing
from sipagent.tickets.model import AskerKind


def wants_mail(db: sqlite_utils.Database, kind: AskerKind, ref: str) -> bool:
    """Whether somebody gets answers by e-mail as well; who has chosen nothing does."""
    row = db.execute("SELECT 1 FROM ticket_unmailed WHERE kind = ? AND ref = ?", [kind, ref])
    return row.fetchone() is None


def choose_mail(db: sqlite_utils.Database, kind: AskerKind, ref: str, *, wanted: bool) -> None:
    """Keep whether somebody wants answers by e-mail as well."""
    with writing(db):
        if wanted:
            db.execute("DELETE FROM ticket_unmailed WHERE kind = ? AND ref = ?", [kind, ref])
        else:
            db.execute("INSERT OR IGNORE INTO ticket_unmailed VALUES (?, ?)", [kind, ref])
