"""Staged rows become the directory: every statement works on all rows at once.

A row that says what the directory says already is left alone, so that a nightly import writes
little, and callers who mistype meanwhile wait for a moment only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlite_utils

from sipagent.infoline.transfer.staging import Staging


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the rows of one kind: read, added or changed, and removed."""

    kind: str
    read: int
    written: int = 0
    removed: int = 0


_MANAGERS = """
INSERT INTO managers (code, name)
SELECT manager, min(manager_name) FROM stage_managers WHERE true GROUP BY manager ORDER BY min(seq)
ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE name IS NOT excluded.name
"""

_ESTATES = """
INSERT INTO estates (manager_id, code, name, owner_access, access_reason)
SELECT m.id, s.estate, min(s.estate_name), coalesce(min(s.owner_access), e.owner_access, 1),
       coalesce(min(s.access_reason), e.access_reason, '')
FROM stage_estates s
JOIN managers m ON m.code = s.manager
LEFT JOIN estates e ON e.manager_id = m.id AND e.code = s.estate
WHERE true GROUP BY m.id, s.estate ORDER BY min(s.seq)
ON CONFLICT (manager_id, code) DO UPDATE
SET name = excluded.name, owner_access = excluded.owner_access,
    access_reason = excluded.access_reason
WHERE (name, owner_access, access_reason)
    IS NOT (excluded.name, excluded.owner_access, excluded.access_reason)
"""

_OWNERS = """
INSERT INTO owners (manager_id, estate_id, login, name, blocked, web_access)
SELECT m.id, e.id, s.login, s.owner_name, coalesce(s.blocked, o.blocked, 0),
       coalesce(s.web_access, o.web_access, 1)
FROM stage_owners s
JOIN managers m ON m.code = s.manager
JOIN estates e ON e.manager_id = m.id AND e.code = s.estate
LEFT JOIN owners o ON o.login = s.login
WHERE true ORDER BY s.seq
ON CONFLICT (login) DO UPDATE
SET estate_id = excluded.estate_id, name = excluded.name, blocked = excluded.blocked,
    web_access = excluded.web_access
WHERE (estate_id, name, blocked, web_access)
    IS NOT (excluded.estate_id, excluded.name, excluded.blocked, excluded.web_access)
"""

_IDS = """
INSERT INTO temp.ids
SELECT login, id, manager_id FROM main.owners WHERE login IN (
    SELECT login FROM stage_owners UNION SELECT login FROM stage_premises
    UNION SELECT login FROM stage_accounts UNION SELECT login FROM stage_charges
    UNION SELECT login FROM replaced)
"""

_LIST = """
INSERT INTO {table} (owner_id, position, manager_id, {column})
SELECT i.owner_id, j.key, i.manager_id, j.value
FROM stage_owners s CROSS JOIN ids i ON i.login = s.login CROSS JOIN json_each(s.{staged}) j
WHERE s.{staged} IS NOT NULL
ON CONFLICT (owner_id, position) DO UPDATE SET {column} = excluded.{column}
WHERE {column} IS NOT excluded.{column}
"""

_LIST_REST = """
DELETE FROM {table} WHERE (owner_id, position) IN (
    SELECT t.owner_id, t.position
    FROM stage_owners s CROSS JOIN ids i ON i.login = s.login
    CROSS JOIN {table} t ON t.owner_id = i.owner_id
    WHERE s.{staged} IS NOT NULL AND t.position >= json_array_length(s.{staged}))
"""

_REPLACED = """
INSERT OR IGNORE INTO temp.replaced
SELECT ?, login FROM stage_owners WHERE login IS NOT NULL
UNION SELECT ?, login FROM stage_{kind} WHERE login IS NOT NULL
"""

_PREMISES = """
INSERT INTO premises (manager_id, owner_id, code, name, address, position)
SELECT i.manager_id, i.owner_id, s.premises, s.premises_name, coalesce(s.address, p.address, ''),
       row_number() OVER (PARTITION BY s.login ORDER BY s.seq)
FROM stage_premises s
JOIN ids i ON i.login = s.login
LEFT JOIN premises p ON p.owner_id = i.owner_id AND p.code = s.premises
WHERE true
ON CONFLICT (owner_id, code) DO UPDATE
SET name = excluded.name, address = excluded.address, position = excluded.position
WHERE (name, address, position) IS NOT (excluded.name, excluded.address, excluded.position)
"""

_ACCOUNTS = """
INSERT INTO accounts
    (manager_id, owner_id, code, name, balance_grosze, balance_date, position)
SELECT i.manager_id, i.owner_id, s.account, s.account_name, s.balance, s.balance_date,
       row_number() OVER (PARTITION BY s.login ORDER BY s.seq)
FROM stage_accounts s JOIN ids i ON i.login = s.login
WHERE true
ON CONFLICT (owner_id, code) DO UPDATE
SET name = excluded.name, balance_grosze = excluded.balance_grosze,
    balance_date = excluded.balance_date, position = excluded.position
WHERE (name, balance_grosze, balance_date, position)
    IS NOT (excluded.name, excluded.balance_grosze, excluded.balance_date, excluded.position)
"""

_CHARGES = """
INSERT INTO charges (premises_id, position, manager_id, name, amount_grosze, valid_from)
SELECT p.id, row_number() OVER (PARTITION BY s.login, s.premises ORDER BY s.seq),
       i.manager_id, s.charge, s.amount, s.valid_from
FROM stage_charges s
JOIN ids i ON i.login = s.login
JOIN premises p ON p.owner_id = i.owner_id AND p.code = s.premises
WHERE true
ON CONFLICT (premises_id, position) DO UPDATE
SET name = excluded.name, amount_grosze = excluded.amount_grosze,
    valid_from = excluded.valid_from
WHERE (name, amount_grosze, valid_from)
    IS NOT (excluded.name, excluded.amount_grosze, excluded.valid_from)
"""

# Premises and accounts whose owner is replaced and that no row named.
_UNNAMED = """
DELETE FROM {table} WHERE id IN (
    SELECT t.id FROM replaced r CROSS JOIN ids i ON i.login = r.login
    CROSS JOIN {table} t ON t.owner_id = i.owner_id
    WHERE r.kind = '{table}' AND NOT EXISTS (
        SELECT 1 FROM stage_{table} s WHERE s.login = r.login AND s.{key} = t.code))
"""

_CHARGES_REST = """
DELETE FROM charges WHERE (premises_id, position) IN (
    SELECT c.premises_id, c.position
    FROM replaced r CROSS JOIN ids i ON i.login = r.login
    CROSS JOIN premises p ON p.owner_id = i.owner_id
    CROSS JOIN charges c ON c.premises_id = p.id
    WHERE r.kind = 'charges' AND c.position > (
        SELECT count(*) FROM stage_charges s WHERE s.login = r.login AND s.premises = p.code))
"""


def merge(staging: Staging, done: Callable[[int, int], None]) -> list[Count]:
    """Bring the directory up to what is staged; call it inside a write transaction.

    ``done`` is told after each part how many of them are over, and how many there are.
    """
    db = staging.db
    parts = (_people, _lists, _premises, _accounts, _charges)
    counts: list[Count] = []
    db.execute("CREATE TEMP TABLE ids (login PRIMARY KEY, owner_id, manager_id)")
    for number, part in enumerate(parts):
        done(number, len(parts))
        counts.extend(part(staging, db))
    done(len(parts), len(parts))
    db.execute("DROP TABLE temp.ids")
    return counts


def mark_replaced(staging: Staging) -> None:
    """Say whose premises, accounts and charges are replaced, after the kinds of the CSV files."""
    for kind in sorted(staging.whole & {"premises", "accounts", "charges"}):
        staging.db.execute(_REPLACED.format(kind=kind), [kind, kind])


def _people(staging: Staging, db: sqlite_utils.Database) -> list[Count]:
    counts = [
        Count(kind, staging.count(kind), _run(db, statement))
        for kind, statement in (("managers", _MANAGERS), ("estates", _ESTATES), ("owners", _OWNERS))
    ]
    db.execute(_IDS)
    return counts


def _lists(staging: Staging, db: sqlite_utils.Database) -> list[Count]:
    counts = []
    for staged, table, column in (
        ("phones", "owner_phones", "number"),
        ("emails", "owner_emails", "address"),
    ):
        names = {"staged": staged, "table": table, "column": column}
        removed = _run(db, _LIST_REST.format(**names))
        written = _run(db, _LIST.format(**names))
        query = f"SELECT coalesce(sum(json_array_length({staged})), 0) FROM stage_owners"
        read = db.execute(query).fetchone()[0]
        counts.append(Count(staged, read, written, removed))
    return counts


def _premises(staging: Staging, db: sqlite_utils.Database) -> list[Count]:
    removed = _run(db, _UNNAMED.format(table="premises", key="premises"))
    return [Count("premises", staging.count("premises"), _run(db, _PREMISES), removed)]


def _accounts(staging: Staging, db: sqlite_utils.Database) -> list[Count]:
    removed = _run(db, _UNNAMED.format(table="accounts", key="account"))
    return [Count("accounts", staging.count("accounts"), _run(db, _ACCOUNTS), removed)]


def _charges(staging: Staging, db: sqlite_utils.Database) -> list[Count]:
    removed = _run(db, _CHARGES_REST)
    return [Count("charges", staging.count("charges"), _run(db, _CHARGES), removed)]


def _run(db: sqlite_utils.Database, statement: str) -> int:
    return db.execute(statement).rowcount
