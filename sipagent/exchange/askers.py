"""Users of the exchange as those who ask: found by the address that a mail is from."""

import sqlite_utils

from sipagent.tickets.model import Asker, AskerKind

_USERS = "SELECT name, mobile, language FROM users JOIN parties USING (id) WHERE lower(email) = ?1"
#: Who comes into the panel asks there under the name that they come in with: the panel, which is a
#: room above this one, keeps it in the same database.
_PEOPLE = """
SELECT panel_people.name, coalesce(mobile, ''), panel_people.language FROM panel_people
LEFT JOIN users ON users.id = coalesce(user_id, self_id)
WHERE lower(panel_people.email) = ?1 OR lower(users.email) = ?1
"""


def user_by_email(db: sqlite_utils.Database, address: str) -> Asker | None:
    """Return the user of an e-mail address; None where nobody has it, or several do."""
    for query in (*((_PEOPLE,) if db["panel_people"].exists() else ()), _USERS):
        rows = db.execute(f"{query} LIMIT 2", [address.lower()]).fetchall()
        if len(rows) > 1:
            return None
        for name, mobile, language in rows:
            return Asker(AskerKind.USER, name, name, mobile, address, language)
    return None
