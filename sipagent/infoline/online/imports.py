"""Imports that come every night, and what owners have changed themselves.

The program of the office does not know of it, and goes on bringing what was there before: that is
left out. Once it brings anything else, the office has said something new, which counts, and is on
record where it takes back what the owner has changed.
"""

import json
from datetime import datetime

import sqlite_utils

from sipagent.infoline.online.contacts import stored

_MEDIA = (
    {"medium": "phone", "staged": "phones", "table": "owner_phones", "column": "number"},
    {"medium": "email", "staged": "emails", "table": "owner_emails", "column": "address"},
)

_STAGED = """
FROM main.owner_bases b
CROSS JOIN main.owners o ON o.id = b.owner_id
CROSS JOIN temp.stage_owners s ON s.login = o.login
WHERE b.medium = '{medium}' AND s.{staged} IS NOT NULL
"""
_LEFT_OUT = """
UPDATE temp.stage_owners SET {staged} = NULL
WHERE seq IN (SELECT s.seq {of_owners} AND json(b.members) = json(s.{staged}))
"""
_ON_RECORD = """
INSERT INTO main.owner_changes (owner_id, medium, action, old, new, proof, state, browser, language,
    asked, proved, settled, before, after)
SELECT owner_id, '{medium}', 'import', '', '', '', 'done', '', 'pl', :now, :now, :now, before, after
FROM (
    SELECT o.id AS owner_id, json(s.{staged}) AS after, (
        SELECT json_group_array({column}) FROM (
            SELECT {column} FROM main.{table} WHERE owner_id = o.id ORDER BY position)) AS before
    {of_owners}
) WHERE before <> after
"""
_FORGOTTEN = """
DELETE FROM main.owner_bases WHERE medium = '{medium}' AND owner_id IN (SELECT o.id {of_owners})
"""


def leave_out(db: sqlite_utils.Database) -> None:
    """Take lists out of what is to be imported that owners have changed since, by reading alone."""
    for names in _MEDIA:
        db.execute(_LEFT_OUT.format(**names, of_owners=_STAGED.format(**names)))


def left_out(db: sqlite_utils.Database, owner: int) -> dict[str, list[str]]:
    """Return which lists of an owner imports do not bring back, by their medium."""
    rows = db.execute("SELECT medium, members FROM owner_bases WHERE owner_id = ?", [owner])
    return {medium: json.loads(members) for medium, members in rows.fetchall()}


def take_over(db: sqlite_utils.Database, now: datetime) -> None:
    """Put on record where an import says something new: in its transaction, before it writes."""
    for names in _MEDIA:
        named = {**names, "of_owners": _STAGED.format(**names)}
        db.execute(_ON_RECORD.format(**named), {"now": stored(now)})
        db.execute(_FORGOTTEN.format(**named))
