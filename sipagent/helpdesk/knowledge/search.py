"""Searching articles: the best first, each with an excerpt, and what else might have been meant.

Articles that have the very words come before those that have only words that mean the same: rarer
ones would count more than what was typed.
"""

from dataclasses import dataclass

import sqlite_utils

from sipagent.helpdesk.knowledge import articles, markup
from sipagent.searching.asking import Asked, asked
from sipagent.searching.excerpts import Piece, excerpt
from sipagent.searching.spelling import counted, nearest
from sipagent.searching.synonyms import MEANT
from sipagent.searching.words import words

#: How much more a word counts in a title than in a text.
_TITLE = 8.0
_FOUND = f"""
SELECT knowledge_articles.slug, knowledge_versions.title, knowledge_versions.text,
       knowledge_topics.slug
FROM knowledge_index
JOIN knowledge_articles ON knowledge_articles.id = knowledge_index.rowid
JOIN knowledge_topics ON knowledge_topics.id = topic_id
JOIN knowledge_versions ON article_id = knowledge_articles.id AND number = published
WHERE knowledge_index MATCH ? AND language = ? AND staff <= ?
ORDER BY bm25(knowledge_index, {_TITLE}, 1.0), knowledge_articles.id LIMIT ?
"""


_IS_THERE = """
SELECT 1 FROM knowledge_index
JOIN knowledge_articles ON knowledge_articles.id = knowledge_index.rowid
JOIN knowledge_versions ON article_id = knowledge_articles.id AND number = published
WHERE knowledge_index MATCH ? AND language = ? AND staff <= ? LIMIT 1
"""


#: Slug, title, text and the slug of the topic.
_Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """An article that fits, with the slug of its topic."""

    slug: str
    topic: str
    title: list[Piece]
    excerpt: list[Piece]

    @property
    def name(self) -> str:
        """Its title, as it was written."""
        return "".join(piece.text for piece in self.title)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search brings.

    Args:
        found: the best first.
        some: whether no article has all that was looked for.
        meant: the same with words that there are; empty: nothing better comes to mind.
    """

    found: list[Found]
    some: bool = False
    meant: str = ""


def search(
    db: sqlite_utils.Database,
    text: str,
    language: str,
    *,
    staff: bool,
    limit: int = 20,
    unfinished: bool = False,
) -> Answer:
    """Return the articles of a language that somebody may read.

    Args:
        db: the database.
        text: what was typed, as it is.
        language: of the articles.
        staff: whether those for staff are among them.
        limit: so many at the most.
        unfinished: whether the last word is still being typed.
    """
    wanted = asked(text, (language,))
    meant = "" if unfinished else _meant(db, text, language, staff)
    rows: dict[str, _Row] = {}

    def find(some: bool) -> None:
        for one in (wanted.said, wanted):
            if match := one.match(unfinished=unfinished, some=some):
                for row in db.execute(_FOUND, [match, language, int(staff), limit]).fetchall():
                    rows.setdefault(row[0], row)

    find(False)
    some = not rows
    if some or unfinished:  # of what is being typed nobody knows yet which words count
        find(True)
    found = [_found(row, wanted, language) for row in list(rows.values())[:limit]]
    return Answer(found, some and bool(found), meant)


def _found(row: _Row, wanted: Asked, language: str) -> Found:
    slug, title, text, topic = row
    marked = [excerpt(one, wanted.stems, language) for one in (title, markup.plain(text))]
    return Found(slug, topic, *marked)


def _meant(db: sqlite_utils.Database, text: str, language: str, staff: bool) -> str:
    """Return what was typed with the nearest words instead of those that are in no article."""
    typed = list(words(text, language))
    strange = [word for word in typed if not _is_known(db, word.stem, language, staff)]
    if not strange:
        return ""
    there = (markup.plain(one) for one in articles.published(db, language, staff=staff))
    vocabulary = counted([word.text for word in words(one, language)] for one in there)
    found, at = "", 0
    for word in strange:
        found += text[at : word.start] + (nearest(word.text, vocabulary) or word.text)
        at = word.end
    found += text[at:]
    return "" if found == text else found


def _is_known(db: sqlite_utils.Database, stem: str, language: str, staff: bool) -> bool:
    """Whether a word stands in an article that somebody may read; of others nothing is told."""
    if stem in MEANT.get(language, ()):
        return True
    values = [f'"{stem}"', language, int(staff)]
    return db.execute(_IS_THERE, values).fetchone() is not None
