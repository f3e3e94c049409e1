"""Reading the knowledge base: topics, articles and their versions."""

from collections.abc import Sequence
from typing import Any

import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.knowledge.model import LANGUAGES, Article, Topic, Version

_ARTICLES = """
SELECT knowledge_articles.id, knowledge_articles.slug, language, knowledge_topics.slug, staff,
       published, number, title, person, at
FROM knowledge_articles
JOIN knowledge_topics ON knowledge_topics.id = topic_id
JOIN knowledge_versions ON article_id = knowledge_articles.id AND number = {number}
"""
_LATEST = "(SELECT max(number) FROM knowledge_versions WHERE article_id = knowledge_articles.id)"
_VERSIONS = (
    "SELECT number, title, text, staff, person, at FROM knowledge_versions WHERE article_id = ?"
)
_ORDER = "ORDER BY knowledge_topics.position, knowledge_articles.position, title"


def topics(db: sqlite_utils.Database) -> list[Topic]:
    """Return all topics in their order."""
    rows = db.execute("SELECT id, slug, pl, en FROM knowledge_topics ORDER BY position, id")
    return [Topic(*row) for row in rows.fetchall()]


def topic(db: sqlite_utils.Database, slug: str) -> Topic:
    """Return a topic.

    Raises:
        DataError: there is none.
    """
    found = next((one for one in topics(db) if one.slug == slug), None)
    if found is None:
        raise DataError(f"there is no topic {slug!r}; see: sipagent knowledge list")
    return found


def articles(db: sqlite_utils.Database, language: str = "") -> list[Article]:
    """Return articles as their editors see them: by topic, in their order; empty: of all languages.

    ``title`` and the like are those of the version that was saved last.
    """
    some = "WHERE language = ?" if language else ""
    rows = db.execute(
        f"{_ARTICLES.format(number=_LATEST)} {some} {_ORDER}", [language] if language else []
    )
    return [_article(row) for row in rows.fetchall()]


def find(db: sqlite_utils.Database, slug: str, language: str) -> Article | None:
    """Return one article as its editors see it; None: there is none."""
    return _one(db, _LATEST, slug, language)


def article(db: sqlite_utils.Database, slug: str, language: str) -> Article:
    """Return one article as its editors see it.

    Raises:
        DataError: there is none.
    """
    found = find(db, slug, language)
    if found is None:
        raise DataError(f"there is no article {slug!r} in {language}; see: sipagent knowledge list")
    return found


def readable(
    db: sqlite_utils.Database, language: str, *, staff: bool, topic: str = ""
) -> list[Article]:
    """Return what somebody may read, by topic and in order, each as it is published.

    Args:
        language: an article that there is in another one only stands there in that.
        staff: whether they help others.
        topic: slug of the only one that is wanted.
    """
    some = "" if staff else "WHERE staff = 0"
    rows = db.execute(f"{_ARTICLES.format(number='published')} {some} {_ORDER}").fetchall()
    found = [_article(row) for row in rows]
    theirs = {one.slug for one in found if one.language == language}
    return [
        one
        for one in found
        if topic in ("", one.topic) and (one.language == language or one.slug not in theirs)
    ]


def read(
    db: sqlite_utils.Database, slug: str, language: str, *, staff: bool
) -> tuple[Article, Version] | None:
    """Return an article as it is published, in another language where it is not in this one.

    None: there is none that they may read.
    """
    for one in dict.fromkeys((language, *LANGUAGES)):
        found = _one(db, "published", slug, one)
        if found is not None and found.published and (staff or not found.staff):
            return found, version(db, found, found.published)
    return None


def versions(db: sqlite_utils.Database, article: Article) -> list[Version]:
    """Return all versions of an article, the latest first."""
    rows = db.execute(f"{_VERSIONS} ORDER BY number DESC", [article.id])
    return [_version(row) for row in rows.fetchall()]


def version(db: sqlite_utils.Database, article: Article, number: int) -> Version:
    """Return one version.

    Raises:
        DataError: there is none of that number.
    """
    row = db.execute(f"{_VERSIONS} AND number = ?", [article.id, number]).fetchone()
    if row is None:
        raise DataError(f"{article.slug} has no version {number}")
    return _version(row)


def published(db: sqlite_utils.Database, language: str, *, staff: bool) -> Sequence[str]:
    """Return the published texts of a language, with their titles."""
    rows = db.execute(
        "SELECT title || ' ' || text FROM knowledge_articles JOIN knowledge_versions "
        "ON article_id = id AND number = published WHERE language = ? AND staff <= ?",
        [language, int(staff)],
    )
    return [text for (text,) in rows.fetchall()]


def _one(db: sqlite_utils.Database, number: str, slug: str, language: str) -> Article | None:
    row = db.execute(
        f"{_ARTICLES.format(number=number)} WHERE knowledge_articles.slug = ? AND language = ?",
        [slug, language],
    ).fetchone()
    return _article(row) if row is not None else None


def _article(row: tuple[Any, ...]) -> Article:
    key, slug, language, topic, staff, *rest = row
    return Article(key, slug, language, topic, bool(staff), *rest)


def _version(row: tuple[Any, ...]) -> Version:
    number, title, text, staff, *rest = row
    return Version(number, title, text, bool(staff), *rest)
