"""Help: topics, articles and searching them, whether they helped, and what the button opens."""

import hashlib

import sqlite_utils
from markupsafe import Markup
from starlette.responses import Response

from sipagent.helpdesk.knowledge import articles, markup, pictures, votes
from sipagent.helpdesk.knowledge.model import LANGUAGES, Article, Topic, Version
from sipagent.helpdesk.knowledge.search import Answer, search
from sipagent.panel.files import chunks, streamed
from sipagent.panel.helping import helps, ways
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.rate import Limit
from sipagent.threads import FILES

#: Articles that are offered while somebody types; characters of what they look for.
_OFFERED, _LONGEST = 5, 200
#: What readers say who are not in, of all articles: one a second, and so many at once.
_STRANGERS = Limit(60)
_ANYBODY = Permission.ANYBODY


def _language(visit: Visit) -> str:
    """Return the language in which somebody reads articles: their own, or the one they choose."""
    chosen = visit.query.get("language", "")
    return chosen if chosen in LANGUAGES else visit.language


def _start(visit: Visit) -> Response:
    return _listed(visit)


def _topic(visit: Visit) -> Response:
    slug = visit.names["topic"]
    if slug not in {one.slug for one in visit.house.data.read(articles.topics)}:
        raise missing()
    return _listed(visit, slug)


def _listed(visit: Visit, only: str = "") -> Response:
    """Return the page of all topics, or of one, each with its articles."""

    def read(db: sqlite_utils.Database) -> list[tuple[Topic, list[Article]]]:
        found = articles.readable(db, visit.language, staff=helps(visit), topic=only)
        by_topic = [
            (topic, [one for one in found if one.topic == topic.slug])
            for topic in articles.topics(db)
        ]
        return [(topic, some) for topic, some in by_topic if some]

    return visit.page(
        "helpdesk/help.html",
        topics=visit.house.data.read(read),
        only=only,
        ways=ways(visit),
    )


def _button(visit: Visit) -> Response:
    """Return what opens in the corner of a page."""
    return visit.page("helpdesk/panel.html", ways=ways(visit))


def _search(visit: Visit) -> Response:
    text = visit.query.get("q", "").strip()[:_LONGEST]
    topics = visit.house.data.read(articles.topics)
    return visit.page(
        "helpdesk/search.html",
        text=text,
        answer=_found(visit, text) if text else None,
        topics={one.slug: one.name(visit.language) for one in topics},
        ways=ways(visit),
    )


def _suggest(visit: Visit) -> Response:
    """Return articles for a subject that is being typed, as a part of a page; nothing for none."""
    text = visit.query.get("subject", "").strip()[:_LONGEST]
    answer = _found(visit, text, unfinished=True) if len(text) > 2 else Answer([])
    here = "here" in visit.query
    return visit.page("helpdesk/suggested.html", found=answer.found[:_OFFERED], here=here)


def _found(visit: Visit, text: str, *, unfinished: bool = False) -> Answer:
    return visit.house.data.read(
        lambda db: search(db, text, visit.language, staff=helps(visit), unfinished=unfinished)
    )


def _show(visit: Visit) -> Response:
    article, version = visit.house.data.read(lambda db: _readable(visit, db))
    topic = visit.house.data.read(lambda db: articles.topic(db, article.topic))
    said = visit.house.data.read(lambda db: votes.voted(db, article, _voter(visit)))
    return visit.page(
        "helpdesk/article.html",
        article=article,
        version=version,
        topic=topic,
        html=Markup(markup.html(version.text)),
        headings=markup.headings(version.text),
        said=said,
        thanked="thanked" in visit.query,
        ways=ways(visit),
    )


def _readable(visit: Visit, db: sqlite_utils.Database) -> tuple[Article, Version]:
    """Return the article that the path names.

    Raises:
        Refused: there is none that they may read.
    """
    language = _language(visit)
    found = articles.read(db, visit.names["slug"], language, staff=helps(visit))
    if found is None:
        raise missing()
    return found


def _vote(visit: Visit) -> Response:
    """Keep whether an article has helped."""
    article, _ = visit.house.data.read(lambda db: _readable(visit, db))
    helped, word = visit.form.get("helped", ""), visit.form.get("word", "")
    if helped not in ("yes", "no"):
        raise missing()
    if visit.inside or _STRANGERS.pass_one()[0]:
        visit.house.data.write(
            lambda db: votes.vote(
                *(db, article, _voter(visit)), helped=helped == "yes", word=word, now=visit.now
            )
        )
    path = f"/help/articles/{article.slug}?language={article.language}&thanked=1#helped"
    return moved(path, script=visit.by_script)


def _voter(visit: Visit) -> str:
    """Return who reads: the person, or a browser that nobody can be known by."""
    if visit.inside:
        return f"person:{visit.person.id}"
    return hashlib.sha256((visit.cookie or visit.keep or "").encode()).hexdigest()[:32]


def _picture(visit: Visit) -> Response:
    folder = pictures.kept(visit.house.config)
    found = visit.house.data.read(lambda db: pictures.stands(db, folder, visit.names["file"]))
    if found is None:
        raise missing()
    path, media = found
    try:
        file = path.open("rb")
    except OSError:
        raise missing() from None
    return streamed(chunks(file), path.stat().st_size, media, FILES)


ROUTES = (
    Route("/help", _ANYBODY, _start),
    Route("/help/panel", _ANYBODY, _button),
    Route("/help/search", _ANYBODY, _search),
    Route("/help/suggest", _ANYBODY, _suggest),
    Route("/help/topics/{topic}", _ANYBODY, _topic),
    Route("/help/articles/{slug}", _ANYBODY, _show),
    Route("/help/articles/{slug}/vote", _ANYBODY, _vote, "POST"),
    Route("/help/pictures/{file}", _ANYBODY, _picture, threads=FILES),
)
