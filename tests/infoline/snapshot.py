"""The whole directory as one value, without ids: two databases can be compared by it."""

import sqlite_utils

_QUERIES = (
    "SELECT code, name FROM managers ORDER BY code",
    """SELECT m.code, e.code, e.name, owner_access, access_reason
    FROM estates e JOIN managers m ON m.id = manager_id ORDER BY m.code, e.code""",
    """SELECT m.code, e.code, login, o.name, blocked, web_access
    FROM owners o JOIN managers m ON m.id = o.manager_id JOIN estates e ON e.id = o.estate_id
    ORDER BY login""",
    """SELECT login, position, number FROM owner_phones p JOIN owners o ON o.id = owner_id
    AND o.manager_id = p.manager_id ORDER BY login, position""",
    """SELECT login, position, address FROM owner_emails p JOIN owners o ON o.id = owner_id
    AND o.manager_id = p.manager_id ORDER BY login, position""",
    """SELECT login, position, p.code, p.name, address FROM premises p
    JOIN owners o ON o.id = owner_id ORDER BY login, position""",
    """SELECT login, position, a.code, a.name, balance_grosze, balance_date FROM accounts a
    JOIN owners o ON o.id = owner_id ORDER BY login, position""",
    """SELECT login, p.code, c.position, c.name, amount_grosze, valid_from FROM charges c
    JOIN premises p ON p.id = premises_id JOIN owners o ON o.id = owner_id
    ORDER BY login, p.code, c.position""",
)


def snapshot(db: sqlite_utils.Database) -> list[list[tuple[object, ...]]]:
    """Return every row, in an order that depends on nothing but the data."""
    return [db.execute(query).fetchall() for query in _QUERIES]
