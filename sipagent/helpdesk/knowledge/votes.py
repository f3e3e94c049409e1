"""Whether articles helped: yes or no with a word, once from each reader."""

from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.helpdesk.knowledge.model import Article
from sipagent.text import cleaned

#: Characters of a word.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Votes:
    """How many an article has helped, and how many it has not."""

    yes: int = 0
    no: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader has said of an article."""

    helped: bool
    word: str
    at: str


def vote(
    db: sqlite_utils.Database,
    article: Article,
    voter: str,
    *,
    helped: bool,
    word: str,
    now: datetime,
) -> None:
    """Keep what a reader says; who says something else later has changed their mind."""
    kept = cleaned(word).strip()[:LONGEST]
    db.execute(
        "INSERT INTO knowledge_votes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "helped = excluded.helped, word = CASE excluded.word WHEN '' THEN word ELSE excluded.word "
        "END, at = excluded.at",
        [article.id, voter, int(helped), kept, times.stored(now)],
    )


def voted(db: sqlite_utils.Database, article: Article, voter: str) -> bool | None:
    """Return what a reader has said; None: nothing."""
    row = db.execute(
        "SELECT helped FROM knowledge_votes WHERE article_id = ? AND voter = ?", [article.id, voter]
    ).fetchone()
    return None if row is None else bool(row[0])


def counts(db: sqlite_utils.Database) -> dict[int, Votes]:
    """Return the counts of all articles of which something was said, by their ids."""
    rows = db.execute(
        "SELECT article_id, sum(helped), sum(1 - helped) FROM knowledge_votes GROUP BY article_id"
    )
    return {key: Votes(yes, no) for key, yes, no in rows.fetchall()}


def said(db: sqlite_utils.Database, article: Article, limit: int = 50) -> list[Said]:
    """Return what readers have said in words, the latest first."""
    rows = db.execute(
        "SELECT helped, word, at FROM knowledge_votes WHERE article_id = ? AND word <> '' "
        "ORDER BY at DESC LIMIT ?",
        [article.id, limit],
    )
    return [Said(bool(helped), word, at) for helped, word, at in rows.fetchall()]
