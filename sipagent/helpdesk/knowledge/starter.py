"""The articles that come with the program: how it is used, in both languages.

They are taken over when the panel starts for the first time. Later releases bring newer ones, which
take the place of those that nobody has changed; what somebody has removed stays away.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from importlib import resources
from pathlib import Path

import sqlite_utils

from sipagent.helpdesk.knowledge import articles, editing, files
from sipagent.helpdesk.knowledge.model import Topic, Written
from sipagent.store.data import Data


def folder() -> Path:
    """Return where they are; see ``files``."""
    return Path(str(resources.files(__package__) / "starter"))


def load(data: Data, now: datetime, source: Path | None = None) -> int:
    """Take over what is new among the articles of a folder; return how many that were.

    Each is taken in a transaction of its own: calls that are noted meanwhile wait for one article.

    Args:
        data: the database; it blocks.
        now: when they are saved.
        source: the folder; None: that of the program.

    Raises:
        DataError: the folder is wrong.
    """
    topics, written = files.read(source or folder())
    data.write(lambda db: _add_topics(db, topics))
    taken = data.read(_taken)
    new = [one for one in written if taken.get((one.slug, one.language)) != _digest(one)]
    return sum(data.write(partial(_take, one=one, now=now)) for one in new)


def _add_topics(db: sqlite_utils.Database, topics: Sequence[Topic]) -> None:
    there = {one.slug for one in articles.topics(db)}
    for one in topics:
        if one.slug not in there:
            editing.keep_topic(db, one.slug, one.pl, one.en)


def _taken(db: sqlite_utils.Database) -> dict[tuple[str, str], str]:
    """Return the digests of the articles that were taken over, by slug and language."""
    rows = db.execute("SELECT slug, language, digest FROM knowledge_shipped")
    return {(slug, language): digest for slug, language, digest in rows.fetchall()}


def _digest(one: Written) -> str:
    return hashlib.sha256(f"{one.title}\n{one.staff}\n{one.text}".encode()).hexdigest()


def _take(db: sqlite_utils.Database, one: Written, now: datetime) -> bool:
    """Take an article over, unless the one that is there was changed or removed by somebody."""
    was_taken = (one.slug, one.language) in _taken(db)
    db.execute(
        "INSERT INTO knowledge_shipped VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET digest = excluded.digest",
        [one.slug, one.language, _digest(one)],
    )
    old = articles.find(db, one.slug, one.language)
    if old is None and was_taken:
        return False
    if old is not None and any(version.person for version in articles.versions(db, old)):
        return False
    saved = editing.save(db, one, "", now, seen=old.latest if old else 0)
    if old is None or old.published:
        editing.publish(db, saved, saved.latest)
    return True
