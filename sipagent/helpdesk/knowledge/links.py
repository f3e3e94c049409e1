"""Links of articles, looked at: those that lead nowhere are named to who writes them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import sqlite_utils

from sipagent.helpdesk.knowledge import articles, markup
from sipagent.helpdesk.knowledge.model import LANGUAGES, Article

#: Where an article stands, whatever its language.
ARTICLES = "/help/articles/"
_OUTSIDE = re.compile(r"(?:https?:)?//", re.I)
_OTHER = re.compile(r"(?:mailto|tel):", re.I)

#: Whether the panel has a page of a path.
IsPage = Callable[[str], bool]


class Why(StrEnum):
    """Why a link leads nowhere."""

    #: There is no such article, or page.
    MISSING = "missing"
    #: The article is there, but nobody can read it yet.
    DRAFT = "draft"
    #: The article is for staff only, and this one is for everybody.
    STAFF = "staff"
    #: There is no heading of that name.
    ANCHOR = "anchor"
    #: It is none: neither a page of the panel nor an address.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dead:
    """A link that leads nowhere."""

    link: str
    why: Why


def external(text: str) -> list[str]:
    """Return the links of a text that lead to other sites."""
    return [one for one in markup.links(text) if _OUTSIDE.match(one)]


def dead(
    db: sqlite_utils.Database, text: str, language: str, is_page: IsPage, *, staff: bool
) -> list[Dead]:
    """Return the links within the panel that lead nowhere.

    Args:
        db: with the other articles.
        text: Markdown.
        language: of the text.
        is_page: knows the pages of the panel.
        staff: whether the text is for staff only.
    """
    found = []
    for link in markup.links(text):
        if _OUTSIDE.match(link) or _OTHER.match(link):
            continue
        if (why := _wrong(db, text, language, link, is_page, staff)) is not None:
            found.append(Dead(link, why))
    return found


def all_dead(db: sqlite_utils.Database, is_page: IsPage) -> Iterator[tuple[Article, Dead]]:
    """Yield the dead links of all articles, each in the version that was saved last."""
    for article in articles.articles(db):
        text = articles.version(db, article, article.latest).text
        for one in dead(db, text, article.language, is_page, staff=article.staff):
            yield article, one


def _wrong(
    db: sqlite_utils.Database, text: str, language: str, link: str, is_page: IsPage, staff: bool
) -> Why | None:
    path, _, anchor = link.partition("#")
    if not path:
        return None if _has(text, anchor) else Why.ANCHOR
    if path.startswith(markup.PICTURES):
        file = path.removeprefix(markup.PICTURES)
        there = db.execute("SELECT 1 FROM knowledge_pictures WHERE file = ?", [file]).fetchone()
        return None if there else Why.MISSING
    if path.startswith(ARTICLES):
        return _wrong_article(db, path.removeprefix(ARTICLES), language, anchor, staff)
    if not path.startswith("/"):
        return Why.NONE
    return None if is_page(path.partition("?")[0]) else Why.MISSING


def _wrong_article(
    db: sqlite_utils.Database, slug: str, language: str, anchor: str, staff: bool
) -> Why | None:
    if not any(articles.find(db, slug, one) for one in LANGUAGES):
        return Why.MISSING
    found = articles.read(db, slug, language, staff=True)
    if found is None:
        return Why.DRAFT
    article, version = found
    if article.staff and not staff:
        return Why.STAFF
    return None if not anchor or _has(version.text, anchor) else Why.ANCHOR


def _has(text: str, anchor: str) -> bool:
    return any(one.anchor == anchor for one in markup.headings(text))
