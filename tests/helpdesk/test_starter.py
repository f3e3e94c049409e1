"""The articles that come with the program are true: links, pages, buttons, codes and commands."""

import re
import shlex
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from sipagent import shipped
from sipagent.cli.main import app
from sipagent.helpdesk.knowledge import articles, files, links, markup, starter
from sipagent.helpdesk.knowledge.schema import knowledge
from sipagent.helpdesk.knowledge.search import search
from sipagent.panel.building import is_page
from sipagent.panel.words import load
from sipagent.store.data import Single
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

TOPICS, WRITTEN = files.read(starter.folder())
#: How each language quotes what stands on a button, or above a page.
QUOTED = {"pl": re.compile("„([^”]+)”"), "en": re.compile("“([^”]+)”")}
#: What is quoted and stands on no page.
SAID = {"nie przeszkadzać", "do not disturb"}
MANUALS = " ".join(path.read_text("utf-8") for path in (shipped.ROOT / "docs").glob("*.md"))
CODE = re.compile(r"`([*#][0-9*#A-Z]*)`")
COMMAND = re.compile(r"(?:^ {4,}|`)(sipagent [^`\n]+)", re.M)


def test_each_article_is_there_in_both_languages_for_the_same_readers() -> None:
    told: dict[str, set[tuple[str, str, bool]]] = {"pl": set(), "en": set()}
    for one in WRITTEN:
        told[one.language].add((one.slug, one.topic, one.staff))
    assert told["pl"] == told["en"]
    assert len(told["pl"]) >= 25
    assert {one.topic for one in WRITTEN} == {topic.slug for topic in TOPICS}


def test_every_link_leads_somewhere(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "line.db", [knowledge])) as db:
        assert starter.load(Single(db), datetime.now(UTC)) == len(WRITTEN)
        assert list(links.all_dead(db, is_page)) == []
        for language, text, slug in (
            ("pl", "sekretarka", "voicemail"),
            ("pl", "poczta glosowa", "voicemail"),
            ("pl", "wyciag", "infoline-statement"),
            ("en", "sign in", "login"),
            ("pl", "Nie działa mi przekierowanie rozmów", "forwarding"),
            ("pl", "problem z logowaniem", "login"),
            ("pl", "chcę nagrać rozmowę", "recording"),
            ("pl", "jak przełączyć rozmowę", "transfer"),
            ("pl", "niedoplata", "infoline-call"),
            ("pl", "zapomnialem hasla", "login"),
            ("pl", "agent w kolejce", "queue-member"),
            ("en", "divert my calls", "forwarding"),
            ("en", "forgot password", "login"),
        ):
            found = search(db, text, language, staff=False).found
            assert slug in [one.slug for one in found[:3]], (text, [one.slug for one in found])
        staff = {one.slug for one in articles.readable(db, "pl", staff=True)}
        everybody = {one.slug for one in articles.readable(db, "pl", staff=False)}
        assert "backup" in staff - everybody


def test_what_stands_on_buttons_and_pages_is_called_so() -> None:
    for language, quoted in QUOTED.items():
        labels = load()[language]
        texts = {labels.known(*key.rpartition(".")[::2]) for key in sorted(labels.keys())}
        texts |= SAID | {labels("logout")}
        named = {
            (one.slug, text)
            for one in WRITTEN
            if one.language == language
            for text in quoted.findall(one.text)
        }
        assert {(slug, text) for slug, text in named if text not in texts} == set()


def test_codes_and_commands_are_those_of_the_manuals() -> None:
    wrong = {
        (one.slug, code)
        for one in WRITTEN
        for code in CODE.findall(re.sub("NUMER(?=#|[*])", "NUMBER", one.text))
        if not re.search(rf"[`\"]{re.escape(code)}[`\"]?", MANUALS)
    }
    assert wrong == set()
    for one in WRITTEN:
        for command in COMMAND.findall(one.text):
            require_command(shlex.split(command)[1:])


def require_command(words: list[str]) -> None:
    """Check that there is such a command, and its options."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words, command.name
        command = command.commands[words.pop(0)]
    known = {option for one in command.params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_texts_of_articles_are_whole() -> None:
    for one in WRITTEN:
        assert markup.html(one.text).count("<h1") == 0
        assert all(word not in one.text for word in ("TODO", "\t", " \n"))
