"""Searching articles: the best first, each with an excerpt, and what else might have been meant.

Whoever asks in a sentence says more than any article does: not all words have to be there, and
those that are rare or stand in a title count most (bm25). The very words count more than those that
mean the same, all of them together more than some, and what is far behind the best is left out.
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
#: How much less a word counts that only means the same, and how much more all of them together.
_SAME, _ALL = 0.5, 1.5
#: What part of the best one's score an article has at least.
_NEAR = 0.3
_FOUND = f"""
SELECT knowledge_articles.slug, knowledge_versions.title, knowledge_versions.text,
       knowledge_topics.slug, bm25(knowledge_index, {_TITLE}, 1.0)
FROM knowledge_index
JOIN knowledge_articles ON knowledge_articles.id = knowledge_index.rowid
JOIN knowledge_topics ON knowledge_topics.id = topic_id
JOIN knowledge_versions ON article_id = knowledge_articles.id AND number = published
WHERE knowledge_index MATCH ? AND language = ? AND staff <= ?
"""


_IS_THERE = """
SELECT 1 FROM knowledge_index
JOIN knowledge_articles ON knowledge_articles.id = knowledge_index.rowid
JOIN knowledge_versions ON article_id = knowledge_articles.id AND number = published
WHERE knowledge_index MATCH ? AND language = ? AND staff <= ? LIMIT 1
"""


#: Slug, title, text, the slug of the topic, and the score: the lower the better.
_Row = tuple[str, str, str, str, float]


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
    limit: int = 12,
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

    def rows(match: str) -> dict[str, _Row]:
        found = db.execute(_FOUND, [match, language, int(staff)]).fetchall() if match else ()
        return {row[0]: row for row in found}

    every = rows(wanted.match(unfinished=unfinished))
    some = rows(wanted.match(unfinished=unfinished, some=True))
    said = rows(wanted.said.match(unfinished=unfinished, some=True))
    scores = {
        slug: ((said[slug][4] if slug in said else 0) + _SAME * row[4])
        * (_ALL if slug in every else 1)
        for slug, row in some.items()
    }
    best = sorted(scores, key=lambda slug: (scores[slug], slug))
    near = [slug for slug in best if scores[slug] <= scores[best[0]] * _NEAR][:limit]
    found = [_found(some[slug], wanted, language) for slug in near]
    meant = "" if unfinished else _meant(db, text, language, staff)
    return Answer(found, bool(found) and not every, meant)


def _found(row: _Row, wanted: Asked, language: str) -> Found:
    slug, title, text, topic, _ = row
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
