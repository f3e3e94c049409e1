"""Writing an article: its form with a preview, its versions, publishing it and taking that back."""

from collections.abc import Callable
from functools import partial

import sqlite_utils
from markupsafe import Markup
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import articles, editing, links, markup, votes
from sipagent.helpdesk.knowledge.editing import Overtaken, Unfit
from sipagent.helpdesk.knowledge.model import LANGUAGES, Article, Version, Written
from sipagent.panel.difference import lines
from sipagent.panel.forms.entries import number_of
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

_PATH = "/helpdesk/knowledge/articles"

#: Changes an article, within a transaction.
Change = Callable[[sqlite_utils.Database, Article], None]


def _new(visit: Visit) -> Response:
    """Return the form of a new article, also of one that there is in another language."""
    given = {name: visit.query.get(name, "") for name in ("slug", "topic")}
    language = visit.query.get("language", visit.language)
    written = Written(given["slug"], language, given["topic"], "", "")
    return _form(visit, None, written, seen=0)


def _edit(visit: Visit) -> Response:
    article, latest = visit.house.data.read(partial(_existing, visit))
    return _form(visit, article, _written(article, latest), seen=article.latest)


def _form(
    visit: Visit,
    article: Article | None,
    written: Written,
    status: int = 200,
    *,
    seen: int,
    wrong: str = "",
    preview: bool = False,
) -> Response:
    """Return the form of an article.

    Args:
        visit: of its editor.
        article: as it is kept; None: it is a new one.
        written: what stands in the form.
        status: of the answer.
        seen: number of the version that the editor goes out from.
        wrong: why it was not kept, a key of the texts.
        preview: whether it is shown as readers would see it.
    """
    data = visit.house.data
    return visit.page(
        "helpdesk/write.html",
        status,
        article=article,
        written=written,
        seen=seen,
        wrong=wrong,
        done=visit.query.get("done", ""),
        topics=data.read(articles.topics),
        languages=LANGUAGES,
        dead=data.read(
            lambda db: links.dead(
                *(db, written.text, written.language, visit.house.is_page), staff=written.staff
            )
        ),
        votes=data.read(votes.counts).get(article.id) if article else None,
        said=data.read(lambda db: votes.said(db, article)) if article else [],
        others=_others(visit, written.slug, written.language),
        preview=Markup(markup.html(written.text)) if preview else None,
    )


def _others(visit: Visit, slug: str, language: str) -> list[tuple[str, bool]]:
    """Return the other languages, each with whether the article is there in it."""
    others = [one for one in LANGUAGES if one != language]
    return visit.house.data.read(
        lambda db: [(one, articles.find(db, slug, one) is not None) for one in others]
    )


def _save(visit: Visit) -> Response:
    """Keep what was written as a version, and publish it where that was wanted."""
    form = visit.form
    typed = {name: form.get(name, "").strip() for name in ("slug", "language", "topic", "title")}
    text = form.get("text", "").replace("\r\n", "\n").strip()
    written = Written(**typed, text=f"{text}\n" if text else "", staff="staff" in form)
    seen, do = number_of(form.get("seen", "")), form.get("do", "save")
    article = visit.house.data.read(lambda db: articles.find(db, written.slug, written.language))
    if do == "preview":
        return _form(visit, article, written, seen=seen, preview=True)

    def save(db: sqlite_utils.Database) -> Article:
        saved = editing.save(db, written, visit.person.name, visit.now, seen=seen)
        if do == "publish":
            editing.publish(db, saved, saved.latest)
        return saved

    try:
        saved = visit.house.data.write(save, durable=True)
    except Unfit as error:
        wrong = f"knowledge.unfit-{error.field}"
        return _form(visit, article, written, 422, seen=seen, wrong=wrong)
    except Overtaken:
        wrong = "knowledge.overtaken" if article else "knowledge.gone"
        return _form(
            visit, article, written, 409, seen=article.latest if article else 0, wrong=wrong
        )
    visit.note(f"knowledge-{'published' if do == 'publish' else 'saved'}", written.slug)
    return moved(f"{_path(saved)}?done={'published' if do == 'publish' else 'saved'}")


def _preview(visit: Visit) -> Response:
    """Return what is being written as readers would see it, as a part of the form."""
    html = markup.html(visit.form.get("text", ""))
    return Response(html, media_type="text/html")


def _withdraw(visit: Visit) -> Response:
    return _changed(visit, editing.withdraw, "withdrawn")


def _remove(visit: Visit) -> Response:
    article, _ = visit.house.data.read(partial(_existing, visit))
    visit.house.data.write(lambda db: editing.remove(db, article))
    visit.note("knowledge-removed", f"{article.slug} {article.language}")
    return moved(f"/helpdesk/knowledge?language={article.language}&done=removed")


def _publish(visit: Visit) -> Response:
    number = number_of(visit.form.get("version", ""))
    return _changed(visit, lambda db, one: editing.publish(db, one, number), "published")


def _restore(visit: Visit) -> Response:
    """Save an old version once more, as a draft."""
    number = number_of(visit.form.get("version", ""))

    def restore(db: sqlite_utils.Database, article: Article) -> None:
        old = articles.version(db, article, number)
        written = _written(article, old)
        editing.save(db, written, visit.person.name, visit.now, seen=article.latest)

    return _changed(visit, restore, "restored")


def _changed(visit: Visit, change: Change, done: str) -> Response:
    """Change the article that the path names, and return to it."""

    def work(db: sqlite_utils.Database) -> Article:
        article, _ = _existing(visit, db)
        change(db, article)
        return article

    try:
        article = visit.house.data.write(work, durable=True)
    except DataError:
        raise missing() from None
    visit.note(f"knowledge-{done}", f"{article.slug} {article.language}")
    return moved(f"{_path(article)}?done={done}")


def _versions(visit: Visit) -> Response:
    article, _ = visit.house.data.read(partial(_existing, visit))
    found = visit.house.data.read(lambda db: articles.versions(db, article))
    return visit.page(
        "helpdesk/versions.html", article=article, versions=found, path=_path(article)
    )


def _difference(visit: Visit) -> Response:
    article, _ = visit.house.data.read(partial(_existing, visit))
    numbers = [number_of(visit.query.get(name, "")) for name in ("from", "to")]
    try:
        sides = visit.house.data.read(
            lambda db: [articles.version(db, article, one) for one in numbers]
        )
    except DataError:
        raise missing() from None
    texts = [f"{side.title}\n\n{side.text}" for side in sides]
    return visit.page(
        "helpdesk/difference.html",
        article=article,
        sides=sides,
        lines=lines(*texts),
        path=_path(article),
    )


def _existing(visit: Visit, db: sqlite_utils.Database) -> tuple[Article, Version]:
    """Return the article that the path names, and its latest version.

    Raises:
        Refused: there is none.
    """
    try:
        article = articles.article(db, visit.names["slug"], visit.names["language"])
        return article, articles.version(db, article, article.latest)
    except DataError:
        raise missing() from None


def _written(article: Article, version: Version) -> Written:
    return Written(
        article.slug, article.language, article.topic, version.title, version.text, version.staff
    )


def _path(article: Article) -> str:
    return f"{_PATH}/{article.slug}/{article.language}"


_ALLOWED = Permission.KNOWLEDGE
_ONE = f"{_PATH}/{{slug}}/{{language}}"
ROUTES = (
    Route("/helpdesk/knowledge/new", _ALLOWED, _new),
    Route("/helpdesk/knowledge/save", _ALLOWED, _save, "POST"),
    Route("/helpdesk/knowledge/preview", _ALLOWED, _preview, "POST"),
    Route(_ONE, _ALLOWED, _edit),
    Route(f"{_ONE}/publish", _ALLOWED, _publish, "POST"),
    Route(f"{_ONE}/withdraw", _ALLOWED, _withdraw, "POST"),
    Route(f"{_ONE}/remove", _ALLOWED, _remove, "POST"),
    Route(f"{_ONE}/restore", _ALLOWED, _restore, "POST"),
    Route(f"{_ONE}/versions", _ALLOWED, _versions),
    Route(f"{_ONE}/difference", _ALLOWED, _difference),
)
