"""The knowledge base as its editors see it: all articles, topics, pictures, links that are dead."""

from pathlib import PurePosixPath

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import articles, editing, links, pictures, votes
from sipagent.helpdesk.knowledge.editing import Unfit
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved
from sipagent.threads import FILES
from sipagent.tickets import unfit

#: Bytes of a picture that may be sent, before ``helpdesk.attachment_megabytes`` is looked at.
_LARGEST = 20_000_000
_PATH = "/helpdesk/knowledge"


def _list(visit: Visit) -> Response:
    data = visit.house.data
    language = visit.query.get("language", visit.language)
    return visit.page(
        "helpdesk/knowledge.html",
        topics=data.read(articles.topics),
        articles=data.read(lambda db: articles.articles(db, language)),
        votes=data.read(votes.counts),
        dead=data.read(lambda db: list(links.all_dead(db, visit.house.is_page))),
        language=language,
        done=visit.query.get("done", ""),
    )


def _topics(visit: Visit) -> Response:
    return _topics_page(visit)


def _topics_page(visit: Visit, status: int = 200, wrong: str = "", **typed: str) -> Response:
    given = {"slug": "", "pl": "", "en": "", **typed}
    topics = visit.house.data.read(articles.topics)
    used = {one.topic for one in visit.house.data.read(articles.articles)}
    return visit.page(
        "helpdesk/topics.html", status, topics=topics, used=used, wrong=wrong, typed=given
    )


def _keep_topic(visit: Visit) -> Response:
    slug, pl, en = (visit.form.get(name, "").strip() for name in ("slug", "pl", "en"))
    try:
        visit.house.data.write(lambda db: editing.keep_topic(db, slug, pl, en))
    except Unfit as error:
        return _topics_page(visit, 422, f"knowledge.unfit-{error.field}", slug=slug, pl=pl, en=en)
    visit.note("knowledge-topic", slug)
    return moved(f"{_PATH}/topics")


def _move_topic(visit: Visit) -> Response:
    slug, by = visit.names["topic"], _direction(visit)
    visit.house.data.write(lambda db: editing.move_topic(db, slug, by))
    return moved(f"{_PATH}/topics")


def _remove_topic(visit: Visit) -> Response:
    slug = visit.names["topic"]
    try:
        visit.house.data.write(lambda db: editing.remove_topic(db, slug))
    except DataError:
        return _topics_page(visit, 409, "knowledge.topic-used")
    visit.note("knowledge-topic-removed", slug)
    return moved(f"{_PATH}/topics")


def _pictures(visit: Visit) -> Response:
    return _pictures_page(visit)


def _pictures_page(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    found = visit.house.data.read(pictures.pictures)
    return visit.page("helpdesk/pictures.html", status, pictures=found, wrong=wrong)


def _add_picture(visit: Visit) -> Response:
    sent = visit.files.get("picture")
    if sent is None:
        return _pictures_page(visit, 422, "knowledge.no-picture")
    name = PurePosixPath((sent.filename or "").replace("\\", "/")).name
    folder = pictures.kept(visit.house.config)
    try:
        pictures.keep(visit.house.data, folder, name, sent.file.read(), visit.now)
    except unfit.Unfit:
        return _pictures_page(visit, 422, "knowledge.no-picture")
    visit.note("knowledge-picture", name)
    return moved(f"{_PATH}/pictures")


def _move(visit: Visit) -> Response:
    """Move an article within its topic."""
    slug, language, by = visit.names["slug"], visit.names["language"], _direction(visit)

    def move(db: sqlite_utils.Database) -> None:
        editing.move(db, articles.article(db, slug, language), by)

    visit.house.data.write(move)
    return moved(f"{_PATH}?language={language}#{slug}")


def _direction(visit: Visit) -> int:
    return 1 if visit.form.get("by") == "down" else -1


_ALLOWED = Permission.KNOWLEDGE
ROUTES = (
    Route(_PATH, _ALLOWED, _list),
    Route(f"{_PATH}/topics", _ALLOWED, _topics),
    Route(f"{_PATH}/topics", _ALLOWED, _keep_topic, "POST"),
    Route(f"{_PATH}/topics/{{topic}}/move", _ALLOWED, _move_topic, "POST"),
    Route(f"{_PATH}/topics/{{topic}}/remove", _ALLOWED, _remove_topic, "POST"),
    Route(f"{_PATH}/pictures", _ALLOWED, _pictures),
    Route(f"{_PATH}/pictures", _ALLOWED, _add_picture, "POST", FILES, files=_LARGEST),
    Route(f"{_PATH}/articles/{{slug}}/{{language}}/move", _ALLOWED, _move, "POST"),
)
