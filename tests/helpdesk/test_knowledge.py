"""The knowledge base: versions, what readers find, links that are dead, files, what is shipped."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import (
    articles,
    editing,
    files,
    links,
    markup,
    outside,
    starter,
    votes,
)
from sipagent.helpdesk.knowledge.editing import Overtaken, Unfit
from sipagent.helpdesk.knowledge.links import Dead, Why
from sipagent.helpdesk.knowledge.model import Article, Topic, Written
from sipagent.helpdesk.knowledge.schema import knowledge
from sipagent.helpdesk.knowledge.search import search
from sipagent.store.data import Single
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BOX = Written("voicemail", "pl", "calls", "Odsłuchiwanie poczty głosowej", "Proszę wybrać `*97`.\n")
QUEUE = Written("queue", "pl", "calls", "Praca w kolejkach", "Przerwa: `*46#`.\n\n## Koniec\n\nOk.")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    """Return a knowledge base with a topic, and one article that is published."""
    with closing(open_database(tmp_path / "line.db", [knowledge])) as one:
        editing.keep_topic(one, "calls", "Rozmowy", "Calls")
        put(one, BOX)
        yield one


def put(db: sqlite_utils.Database, written: Written, seen: int = 0) -> Article:
    """Save an article, and publish it."""
    saved = editing.save(db, written, "anna", NOW, seen=seen)
    editing.publish(db, saved, saved.latest)
    return articles.article(db, written.slug, written.language)


def found(db: sqlite_utils.Database, text: str, *, staff: bool = False) -> list[str]:
    """Return the slugs of the Polish articles that a text finds."""
    return [one.slug for one in search(db, text, "pl", staff=staff).found]


def test_readers_see_what_is_published_and_editors_every_version(db: sqlite_utils.Database) -> None:
    changed = replace(BOX, text="Nowe słowa.\n")
    saved = editing.save(db, changed, "jan", NOW, seen=1)
    assert (saved.latest, saved.published, saved.person) == (2, 1, "jan")
    assert found(db, "nowe słowa") == []
    editing.publish(db, saved, 2)
    assert found(db, "nowe słowa") == ["voicemail"]
    assert found(db, "wybrać") == []
    assert editing.save(db, changed, "jan", NOW, seen=2).latest == 2  # nothing has changed
    with pytest.raises(Overtaken, match="saved by jan"):
        editing.save(db, BOX, "anna", NOW, seen=1)
    editing.publish(db, saved, 1)
    assert found(db, "wybrać") == ["voicemail"]
    assert [one.number for one in articles.versions(db, saved)] == [2, 1]
    editing.withdraw(db, saved)
    assert found(db, "wybrać") == []
    assert articles.read(db, "voicemail", "pl", staff=True) is None
    editing.remove(db, saved)
    assert articles.articles(db) == []
    assert db.execute("SELECT count(*) FROM knowledge_versions").fetchone() == (0,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Nie Tak"),
        ("slug", "../x"),
        ("language", "de"),
        ("title", ""),
        ("title", "a\nb"),
        ("text", " "),
        ("text", "x" * 20_001),
        ("topic", "none"),
    ],
)
def test_what_does_not_fit_is_refused(db: sqlite_utils.Database, field: str, value: str) -> None:
    typed: dict[str, Any] = {field: value}
    with pytest.raises(Unfit) as refused:
        editing.save(db, replace(QUEUE, **typed), "anna", NOW, seen=0)
    assert refused.value.field == field


def test_search_knows_forms_synonyms_and_misspellings(db: sqlite_utils.Database) -> None:
    put(db, QUEUE)
    secret = put(db, Written("secret", "pl", "calls", "Tajne", "Kolejka dla obsługi.", staff=True))
    assert found(db, "sekretarka") == ["voicemail"]
    assert found(db, "KOLEJKA") == ["queue"]
    assert set(found(db, "kolejka", staff=True)) == {"secret", "queue"}
    answer = search(db, "praca w koljekach", "pl", staff=False)
    assert answer.meant == "praca w kolejkach"
    assert answer.some
    assert search(db, "gdzie jest sekretarka", "pl", staff=False).meant == ""
    marked = search(db, "pauza", "pl", staff=False).found[0].excerpt
    assert [piece.text for piece in marked if piece.marked] == ["Przerwa"]
    assert search(db, "odsłuch", "pl", staff=False, unfinished=True).found[0].slug == "voicemail"
    offered = search(db, "nie działa mi kolejka", "pl", staff=False, unfinished=True).found
    assert [one.slug for one in offered] == ["queue"]
    assert search(db, "", "pl", staff=False).found == []
    assert search(db, '"*(', "pl", staff=False).found == []
    assert articles.read(db, "secret", "pl", staff=False) is None
    assert [one.slug for one in articles.readable(db, "pl", staff=False)] == ["voicemail", "queue"]
    assert secret.staff
    opened = replace(BOX, slug="secret", title="Tajne", text="Kolejka.")
    editing.save(db, opened, "anna", NOW, seen=1)  # a draft opens nothing yet
    assert articles.read(db, "secret", "pl", staff=False) is None
    editing.publish(db, secret, 2)
    assert articles.read(db, "secret", "pl", staff=False) is not None


def test_nobody_learns_which_words_stand_in_what_is_for_staff(db: sqlite_utils.Database) -> None:
    """By what is meant, or by nothing being meant: that a word is known tells as much."""
    put(db, Written("secret", "pl", "calls", "Tajne", "Paczty i raczty.", staff=True))
    meant = {word: search(db, word, "pl", staff=False).meant for word in ("paczty", "pyczty")}
    assert meant == dict.fromkeys(meant, "poczty")
    assert search(db, "paczty", "pl", staff=True).meant == ""


def test_an_article_of_another_language_stands_in(db: sqlite_utils.Database) -> None:
    read = articles.read(db, "voicemail", "en", staff=False)
    assert read is not None
    assert read[0].language == "pl"
    put(db, Written("voicemail", "en", "calls", "Voicemail", "Dial `*97`."))
    assert [one.title for one in articles.readable(db, "en", staff=False)] == ["Voicemail"]


def test_markdown_says_and_does_nothing_bad() -> None:
    text = (
        "# Tytuł\n\n## Tytuł\n\n<script>x</script> <b onclick=x>a</b> **ok** "
        "[a](javascript:x) [b](https://example.com) [c](/help) ![d](https://evil.example/x.png) "
        "![e](/help/pictures/0af)\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
    )
    html = markup.html(text)
    assert "<script" not in html
    assert "onclick" not in html.replace("&lt;b onclick=x&gt;", "")
    assert "javascript" not in html.replace("[a](javascript:x)", "")
    assert "evil.example" not in html
    assert 'src="/help/pictures/0af"' in html
    assert '<h2 id="tytul">Tytuł</h2>' in html
    assert '<h2 id="tytul-2">' in html
    assert "<strong>ok</strong>" in html
    assert "style=" not in html
    assert 'rel="noopener noreferrer"' in html
    assert "[" not in markup.plain("## A *b* [c](/d)\n\n- e\n")


def test_dead_links_are_named(db: sqlite_utils.Database) -> None:
    put(db, QUEUE)
    put(db, Written("secret", "pl", "calls", "Tajne", "x", staff=True))
    editing.save(db, Written("draft", "pl", "calls", "Szkic", "x"), "anna", NOW, seen=0)
    text = (
        "[a](/help/articles/queue#koniec) [b](/help/articles/queue#nie) [c](/help/articles/none) "
        "[d](/help/articles/draft) [e](/help/articles/secret) [f](/live) [g](/nowhere) [h](#tu) "
        "[i](queue.md) [j](mailto:a@example.com) [k](https://example.com/x) ![l](/help/pictures/0)"
        "\n\n## Tu\n"
    )
    assert links.dead(db, text, "pl", lambda path: path == "/live", staff=False) == [
        Dead("/help/articles/queue#nie", Why.ANCHOR),
        Dead("/help/articles/none", Why.MISSING),
        Dead("/help/articles/draft", Why.DRAFT),
        Dead("/help/articles/secret", Why.STAFF),
        Dead("/nowhere", Why.MISSING),
        Dead("queue.md", Why.NONE),
        Dead("/help/pictures/0", Why.MISSING),
    ]
    assert links.external(text) == ["https://example.com/x"]


def test_links_to_other_sites_are_asked_for() -> None:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(self.path[1:]))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            at = f"http://127.0.0.1:{server.server_port}"
            pages = [f"{at}/{status}" for status in (200, 301, 403, 404, 200, 500)]
            found = {one.link: one.wrong for one in outside.asked([*pages, "//example.com/x"])}
        finally:
            server.shutdown()
            thread.join()
    assert found == {
        **dict.fromkeys(pages[:3], ""),
        f"{at}/404": "answers with 404",
        f"{at}/500": "answers with 500",
        "//example.com/x": "is neither http: nor https:",
    }


def test_a_reader_votes_once_and_may_think_again(db: sqlite_utils.Database) -> None:
    article = articles.article(db, "voicemail", "pl")
    for voter, helped, word in (("a", True, ""), ("b", False, "za\nkrótkie"), ("a", False, "")):
        votes.vote(db, article, voter, helped=helped, word=word, now=NOW)
    assert votes.counts(db) == {article.id: votes.Votes(0, 2)}
    assert [one.word for one in votes.said(db, article)] == ["za krótkie"]
    assert votes.voted(db, article, "b") is False
    assert votes.voted(db, article, "c") is None


def test_topics_and_articles_have_an_order(db: sqlite_utils.Database) -> None:
    put(db, QUEUE)
    editing.keep_topic(db, "phones", "Telefony", "Phones")
    editing.move_topic(db, "phones", -1)
    assert [one.slug for one in articles.topics(db)] == ["phones", "calls"]
    editing.move(db, articles.article(db, "queue", "pl"), -1)
    assert [one.slug for one in articles.articles(db)] == ["queue", "voicemail"]
    with pytest.raises(DataError, match="articles in calls"):
        editing.remove_topic(db, "calls")
    editing.remove_topic(db, "phones")
    with pytest.raises(Unfit):
        editing.keep_topic(db, "phones", "", "Phones")


def test_files_come_back_as_they_were_written(tmp_path: Path) -> None:
    topics = [Topic(1, "calls", 'Roz"mowy', "Calls")]
    written = [QUEUE, BOX, Written("queue", "en", "calls", "Queues", "+++\n", staff=True)]
    for _ in range(2):
        files.write(tmp_path, topics, written)
    read_topics, read = files.read(tmp_path)
    assert read_topics == topics
    assert [(one.slug, one.language, one.title, one.staff) for one in read] == [
        (one.slug, one.language, one.title, one.staff) for one in written
    ]
    (tmp_path / "pl/calls/001-queue.md").write_text("no head", "utf-8")
    with pytest.raises(DataError, match=r"001-queue\.md"):
        files.read(tmp_path)


def test_later_releases_change_what_nobody_has_changed(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    def ship(*written: Written) -> int:
        files.write(tmp_path / "shipped", [Topic(1, "calls", "Rozmowy", "Calls")], written)
        return starter.load(Single(db), NOW, tmp_path / "shipped")

    def text(slug: str) -> str:
        article = articles.article(db, slug, "pl")
        return articles.version(db, article, article.published or 0).text

    one, two, three = (Written(slug, "pl", "calls", slug, "1\n") for slug in ("a", "b", "c"))
    assert ship(one, two, three) == 3
    assert ship(one, two, three) == 0
    put(db, Written("b", "pl", "calls", "b", "own\n"), seen=1)
    editing.remove(db, articles.article(db, "c", "pl"))
    later = [Written(slug, "pl", "calls", slug, "2\n") for slug in ("a", "b", "c")]
    assert ship(*later) == 1
    assert text("a") == "2\n"
    assert text("b") == "own\n"
    assert [one.slug for one in articles.articles(db)] == ["voicemail", "a", "b"]
