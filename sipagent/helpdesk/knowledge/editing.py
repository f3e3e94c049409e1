"""Changing the knowledge base: every save is a version, and readers see the published one.

Call these within a transaction (``store.Data.write``).
"""

import re
from datetime import datetime

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import articles, markup
from sipagent.helpdesk.knowledge.model import LANGUAGES, Article, Written
from sipagent.searching.words import stems
from sipagent.text import cleaned

#: What addresses are made of.
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
#: Characters of a title, and of a text.
_TITLE, _TEXT = 150, 20_000


class Overtaken(DataError):
    """Somebody else has saved the same article meanwhile."""

    code = "overtaken"


class Unfit(DataError):
    """What was written cannot be kept.

    Args:
        field: of ``Written`` or of a topic, in which the mistake is.
        text: says what is wrong.
    """

    code = "unfit"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def save(
    db: sqlite_utils.Database, written: Written, person: str, now: datetime, *, seen: int
) -> Article:
    """Keep an article as a new version; readers go on seeing the published one.

    Nothing is kept where the latest version says the same already.

    Args:
        db: the database.
        written: the article; it is a new one where there is none of its slug and language.
        person: who saves it; empty: the program.
        now: when.
        seen: number of the version upon which it was written; 0: it is a new article.

    Raises:
        Unfit: what is wrong, and in which field.
        Overtaken: another version was saved since, or there is such an article already.
    """
    _require_fit(written)
    place = _topic(db, written.topic)
    old = articles.find(db, written.slug, written.language)
    if (old.latest if old else 0) != seen:
        raise Overtaken(
            f"{written.slug} was saved by {old.person or 'sipagent'} meanwhile"
            if old
            else f"{written.slug} was removed meanwhile"
        )
    if old is None:
        key = db.execute(
            "INSERT INTO knowledge_articles (topic_id, slug, language, position) VALUES (?, ?, ?, "
            "(SELECT ifnull(max(position), 0) + 1 FROM knowledge_articles WHERE topic_id = ?)) "
            "RETURNING id",
            [place, written.slug, written.language, place],
        ).fetchone()[0]
    else:
        key = old.id
        db.execute("UPDATE knowledge_articles SET topic_id = ? WHERE id = ?", [place, key])
        latest = articles.version(db, old, old.latest)
        said = (written.title, written.text, written.staff)
        if (latest.title, latest.text, latest.staff) == said:
            return articles.article(db, written.slug, written.language)
    db.execute(
        "INSERT INTO knowledge_versions (article_id, number, title, text, staff, person, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            *(key, seen + 1, written.title, written.text),
            *(int(written.staff), person, times.stored(now)),
        ],
    )
    return articles.article(db, written.slug, written.language)


def publish(db: sqlite_utils.Database, article: Article, number: int) -> None:
    """Let readers see a version from now on.

    Raises:
        DataError: there is none of that number.
    """
    one = articles.version(db, article, number)
    db.execute("UPDATE knowledge_articles SET published = ? WHERE id = ?", [number, article.id])
    db.execute("DELETE FROM knowledge_index WHERE rowid = ?", [article.id])
    texts = (one.title, markup.plain(one.text))
    db.execute(
        "INSERT INTO knowledge_index (rowid, title, text) VALUES (?, ?, ?)",
        [article.id, *(stems(text, article.language) for text in texts)],
    )


def withdraw(db: sqlite_utils.Database, article: Article) -> None:
    """Let readers see an article no longer; its versions stay."""
    db.execute("UPDATE knowledge_articles SET published = NULL WHERE id = ?", [article.id])
    db.execute("DELETE FROM knowledge_index WHERE rowid = ?", [article.id])


def remove(db: sqlite_utils.Database, article: Article) -> None:
    """Delete an article with its versions and what was said of it."""
    db.execute("DELETE FROM knowledge_articles WHERE id = ?", [article.id])


def move(db: sqlite_utils.Database, article: Article, by: int) -> None:
    """Let an article change places with the next one of its topic (1), or the one before (-1)."""
    among = [
        one.id for one in articles.articles(db, article.language) if one.topic == article.topic
    ]
    for position, key in enumerate(_moved(among, article.id, by), 1):
        db.execute("UPDATE knowledge_articles SET position = ? WHERE id = ?", [position, key])


def keep_topic(db: sqlite_utils.Database, slug: str, pl: str, en: str) -> None:
    """Name a topic; where there is none of that slug, it is a new one behind all others.

    Raises:
        Unfit: what is wrong, and in which field.
    """
    if not _SLUG.fullmatch(slug):
        raise Unfit("slug", f"{slug!r}: an address has small letters, digits and hyphens within it")
    for field, name in (("pl", pl), ("en", en)):
        if not name or len(name) > _TITLE or cleaned(name) != name:
            raise Unfit(field, f"a topic needs a name of {_TITLE} characters at most in {field}")
    db.execute(
        "INSERT INTO knowledge_topics (slug, pl, en, position) VALUES (?, ?, ?, "
        "(SELECT ifnull(max(position), 0) + 1 FROM knowledge_topics)) "
        "ON CONFLICT (slug) DO UPDATE SET pl = excluded.pl, en = excluded.en",
        [slug, pl, en],
    )


def move_topic(db: sqlite_utils.Database, slug: str, by: int) -> None:
    """Let a topic change places with the next one (1), or the one before (-1)."""
    there = articles.topics(db)
    among = [one.id for one in there]
    moving = next((one.id for one in there if one.slug == slug), 0)
    for position, key in enumerate(_moved(among, moving, by), 1):
        db.execute("UPDATE knowledge_topics SET position = ? WHERE id = ?", [position, key])


def remove_topic(db: sqlite_utils.Database, slug: str) -> None:
    """Delete a topic in which there is nothing.

    Raises:
        DataError: there is something.
    """
    if any(one.topic == slug for one in articles.articles(db)):
        raise DataError(f"there are articles in {slug}; move or remove them first")
    db.execute("DELETE FROM knowledge_topics WHERE slug = ?", [slug])


def _require_fit(written: Written) -> None:
    if not _SLUG.fullmatch(written.slug):
        raise Unfit(
            "slug", f"{written.slug!r}: an address has small letters, digits and hyphens within it"
        )
    if written.language not in LANGUAGES:
        raise Unfit("language", f"there are no articles in {written.language!r}")
    if not written.title or len(written.title) > _TITLE or cleaned(written.title) != written.title:
        raise Unfit("title", f"an article needs a title of {_TITLE} characters at most")
    if not written.text.strip() or len(written.text) > _TEXT or "\0" in written.text:
        raise Unfit("text", f"an article needs a text of {_TEXT} characters at most")


def _topic(db: sqlite_utils.Database, slug: str) -> int:
    row = db.execute("SELECT id FROM knowledge_topics WHERE slug = ?", [slug]).fetchone()
    if row is None:
        raise Unfit("topic", f"there is no topic {slug!r}; see: sipagent knowledge list")
    return int(row[0])


def _moved(among: list[int], key: int, by: int) -> list[int]:
    """Return ids in another order; one at the end stays there."""
    if key not in among:
        return among
    place = among.index(key)
    found = [one for one in among if one != key]
    found.insert(max(0, place + by), key)
    return found
