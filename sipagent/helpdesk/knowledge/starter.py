"""The articles that come with the program: how it is used, in both languages.

They are taken over when the panel starts for the first time. Later releases bring newer ones, which
take the place of those that nobody has changed; what somebody has removed stays away.
"""

import hashlib
from datetime import datetime
from importlib import resources
from pathlib import Path

import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import articles, editing, files
from sipagent.helpdesk.knowledge.model import Article, Written


def folder() -> Path:
    """Return where they are; see ``files``."""
    return Path(str(resources.files(__package__) / "starter"))


def load(db: sqlite_utils.Database, now: datetime, source: Path | None = None) -> int:
    """Take over what is new among the articles of a folder; return how many that were.

    Call it within a transaction.

    Args:
        db: the database.
        now: when they are saved.
        source: the folder; None: that of the program.

    Raises:
        DataError: the folder is wrong.
    """
    topics, written = files.read(source or folder())
    there = {one.slug for one in articles.topics(db)}
    for one in topics:
        if one.slug not in there:
            editing.keep_topic(db, one.slug, one.pl, one.en)
    rows = db.execute("SELECT slug, language, digest FROM knowledge_shipped")
    taken = {(slug, language): digest for slug, language, digest in rows.fetchall()}
    return sum(_take(db, one, taken.get((one.slug, one.language)), now) for one in written)


def _take(db: sqlite_utils.Database, one: Written, taken: str | None, now: datetime) -> bool:
    """Take an article over where it is new, and the one that is there was not changed."""
    digest = hashlib.sha256(f"{one.title}\n{one.staff}\n{one.text}".encode()).hexdigest()
    if digest == taken:
        return False
    db.execute(
        "INSERT INTO knowledge_shipped VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET digest = excluded.digest",
        [one.slug, one.language, digest],
    )
    try:
        old: Article | None = articles.article(db, one.slug, one.language)
    except DataError:
        old = None
    if old is None and taken is not None:
        return False  # somebody has removed it
    if old is not None and any(version.person for version in articles.versions(db, old)):
        return False
    saved = editing.save(db, one, "", now, seen=old.latest if old else 0)
    if old is None or old.published:
        editing.publish(db, saved, saved.latest)
    return True
