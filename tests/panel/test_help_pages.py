"""Pages of help and of its editors: who sees what, searching, votes, versions, pictures."""

import io
from datetime import UTC, datetime

import pytest
import sqlite_utils
from PIL import Image

from sipagent.errors import SetupError
from sipagent.helpdesk.knowledge import articles, editing, votes
from sipagent.helpdesk.knowledge.model import Written
from sipagent.panel.building import ROUTES, is_page
from sipagent.panel.helping import WAYS
from sipagent.panel.permissions import Permission, Role, may
from tests.panel.browsing import Browser, Panel

pytestmark = pytest.mark.unit

KNOWLEDGE = "/helpdesk/knowledge"
ONE = f"{KNOWLEDGE}/articles/first/en"
FIRST = {
    "slug": "first", "language": "en", "topic": "calls", "title": "The first call",
    "text": "Dial `102`.\r\n\r\n[dead](/nowhere)",
}  # fmt: skip


@pytest.fixture
def anna(panel: Panel) -> Browser:
    """Return the browser of an administrator; there is a topic."""
    panel.store.blocking.write(lambda db: editing.keep_topic(db, "calls", "Rozmowy", "Calls"))
    panel.add("anna", language="en")
    browser = panel.browser()
    browser.log_in("anna")
    return browser


def save(browser: Browser, seen: int, do: str = "save", **fields: str) -> str:
    """Save the article, and return the page that follows."""
    browser.get(KNOWLEDGE)
    return browser.post(f"{KNOWLEDGE}/save", seen=str(seen), do=do, **{**FIRST, **fields}).text


def test_a_stranger_is_not_told_where_files_stand(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise SetupError("/var/lib/sipagent/line.db: the disk is full")

    monkeypatch.setattr("sipagent.panel.pages.help.search", full)
    page = panel.browser().get("/help/search?q=kolejka")
    assert page.status_code == 503
    assert "/var/lib" not in page.text


def test_an_article_is_written_published_changed_and_restored(anna: Browser, panel: Panel) -> None:
    stranger = panel.browser()
    assert "/nowhere" in save(anna, 0)  # its dead link is named at once
    assert stranger.get("/help/articles/first").status_code == 404
    save(anna, 1, "publish")
    page = stranger.get("/help/articles/first")
    assert "<code>102</code>" in page.text
    assert 'href="/helpdesk' not in page.text
    assert "The first call" in stranger.get("/help").text
    assert "The first call" in stranger.get("/help/topics/calls").text
    assert stranger.get("/help/topics/none").status_code == 404
    save(anna, 1, text="Dial `103`.")
    assert "102" in stranger.get("/help/articles/first").text
    assert "103" in anna.get(f"{ONE}/difference?from=1&to=2").text
    assert anna.get(f"{ONE}/difference?from=1&to=7").status_code == 404
    assert "saved this article meanwhile" in save(anna, 1, text="Dial `104`.")
    anna.get(f"{ONE}/versions")
    assert "draft again" in anna.post(f"{ONE}/restore", version="1").text
    assert "Published" in anna.post(f"{ONE}/publish", version="2").text
    assert "103" in stranger.get("/help/articles/first").text
    assert "no longer" in anna.post(f"{ONE}/withdraw").text
    assert "Deleted" in anna.post(f"{ONE}/remove").text
    assert anna.get(ONE).status_code == 404


def test_what_cannot_be_kept_is_told_and_not_lost(anna: Browser) -> None:
    page = save(anna, 0, slug="Not This", text="Words that were typed")
    assert "small letters" in page
    assert "Words that were typed" in page
    assert "<em>so</em>" in save(anna, 0, "preview", text="*so*")
    assert "<em>so</em>" in anna.post(f"{KNOWLEDGE}/preview", text="*so*<script>").text
    assert anna.get(f"{KNOWLEDGE}/new?slug=first&topic=calls&language=pl").status_code == 200


def test_staff_read_what_strangers_do_not_find(anna: Browser, panel: Panel) -> None:
    save(anna, 0, "publish", staff="1", title="Secrets of queues")
    stranger = panel.browser()
    for path in ("/help", "/help/search?q=queue", "/help/suggest?subject=queue"):
        assert "Secrets" not in stranger.get(path).text
    assert stranger.get("/help/articles/first").status_code == 404
    assert "<mark>queues</mark>" in anna.get("/help/search?q=queue").text
    assert "/help/articles/first" in anna.get("/help/suggest?subject=my%20queue%20is").text
    assert anna.get("/help/suggest?subject=q").text.strip() == ""
    assert "Did you mean" in anna.get("/help/search?q=qeues").text
    assert "Nothing was found" in anna.get("/help/search?q=zebra").text
    assert stranger.get(KNOWLEDGE).url.path == "/login"


def test_readers_say_once_whether_it_helped(anna: Browser, panel: Panel) -> None:
    save(anna, 0, "publish")
    stranger = panel.browser()
    for browser, helped in ((stranger, "yes"), (anna, "no"), (stranger, "no")):
        browser.get("/help/articles/first")
        page = browser.post("/help/articles/first/vote", helped=helped, word="short")
        assert "Thank you" in page.text
    assert stranger.post("/help/articles/first/vote", helped="maybe").status_code == 404
    counts = panel.store.blocking.read(votes.counts)
    assert list(counts.values()) == [votes.Votes(0, 2)]
    assert "short" in anna.get(ONE).text


def test_topics_are_named_ordered_and_removed(anna: Browser, panel: Panel) -> None:
    path = f"{KNOWLEDGE}/topics"
    save(anna, 0)
    assert "Polish name" in anna.post(path, slug="phones", pl="", en="Phones").text
    assert "Telefony" in anna.post(path, slug="phones", pl="Telefony", en="Phones").text
    anna.post(f"{path}/phones/move", by="up")
    assert [one.slug for one in panel.store.blocking.read(articles.topics)] == ["phones", "calls"]
    assert "move or delete" in anna.post(f"{path}/calls/remove").text
    assert "Phones" not in anna.post(f"{path}/phones/remove").text
    assert anna.post(f"{KNOWLEDGE}/articles/first/en/move", by="down").status_code == 200


def test_pictures_are_made_anew_and_shown(anna: Browser, panel: Panel) -> None:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    anna.get(f"{KNOWLEDGE}/pictures")

    def send(name: str, content: bytes) -> str:
        fields = {"token": anna.token}
        files, headers = {"picture": (name, content)}, {"origin": anna.origin}
        path = f"{KNOWLEDGE}/pictures"
        return anna.client.post(path, data=fields, files=files, headers=headers).text

    assert "no picture" in send("evil.png", b"<svg onload=x>")
    assert "no picture" in send("notes.txt", b"words")
    page = send("red.png", content.getvalue())
    file = page.partition('src="/help/pictures/')[2].partition('"')[0]
    shown = panel.browser().get(f"/help/pictures/{file}")
    assert shown.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(shown.content)).size == (8, 8)
    assert anna.get("/help/pictures/0").status_code == 404


def test_every_page_has_the_button_and_each_way_leads_to_its_page(panel: Panel) -> None:
    stranger = panel.browser()
    for path in ("/login", "/help", "/nowhere"):
        assert 'id="helper-button" href="/help"' in stranger.get(path).text
    panel.add("anna", language="en")
    anna = panel.browser()
    anna.log_in("anna")
    for browser, paths in ((stranger, ("/chat", "/owner")), (anna, ("/chat", "/helpdesk/own"))):
        opened = browser.get("/help/panel").text
        assert "public holidays" in opened
        assert all(f'href="{path}"' in opened for path in paths)
    pages = {one.path: one for one in ROUTES if getattr(one, "method", "") == "GET"}
    assert all(pages[way.path].permission is way.permission for way in WAYS)
    assert is_page("/help/articles/x")
    assert not is_page("/helpdesk/knowledge/save")


def test_articles_of_one_reader_are_in_their_language(panel: Panel) -> None:
    def fill(db: sqlite_utils.Database) -> None:
        editing.keep_topic(db, "calls", "Rozmowy", "Calls")
        for language, title in (("pl", "Pierwsza rozmowa"), ("en", "The first call")):
            written = Written("first", language, "calls", title, "x")
            saved = editing.save(db, written, "", datetime.now(UTC), seen=0)
            editing.publish(db, saved, 1)

    panel.store.blocking.write(fill)
    pole, other = panel.browser(**{"accept-language": "pl"}), panel.browser()
    assert "Pierwsza rozmowa" in pole.get("/help").text
    assert "The first call" in other.get("/help/articles/first").text
    assert "Pierwsza rozmowa" in other.get("/help/articles/first?language=pl").text


def test_only_administrators_write(panel: Panel) -> None:
    assert [one for one in Role if may(one, Permission.KNOWLEDGE)] == [Role.ADMINISTRATOR]
