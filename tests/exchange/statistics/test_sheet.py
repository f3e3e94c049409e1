"""Statistics on paper."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdf
import pypdfium2
import pytest
import sqlite_utils

from sipagent.exchange.statistics import sections
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.covers import cover_of_queues
from sipagent.exchange.statistics.words import words
from sipagent.reports.days import Days
from sipagent.reports.section import Section
from sipagent.reports.sheet import render
from sipagent.reports.words import LANGUAGES
from tests.exchange.statistics.journal_helpers import (
    MORNING,
    WARSAW,
    change,
    journal,
    offer,
    wait_in,
)

pytestmark = pytest.mark.unit

DAYS = Days(date(2026, 11, 1), date(2026, 11, 30), WARSAW)
ASKED = Question(DAYS, datetime(2026, 12, 1, 9, tzinfo=UTC))


def month(db: sqlite_utils.Database) -> None:
    """A month of two queues, in which each outcome comes."""
    outcomes = ("answered", "answered", "abandoned", "too-long", "nobody", "left", "callback")
    for number in range(120):
        at = MORNING + timedelta(hours=number * 7 % 600 - 590, minutes=number)
        queue = ("Biuro", "Zgłoszenia awarii całodobowe")[number % 2]
        outcome = outcomes[number % len(outcomes)]
        number_ = "" if number % 5 == 0 else f"+4860010{number:04}"
        call = wait_in(db, queue, at, outcome, float(number), number=number_)
        offer(db, call, "missed" if number % 3 else "answered", at=at)
    change(db, "in", MORNING - timedelta(days=3))
    change(db, "pause", MORNING - timedelta(hours=1), queue=None, reason="obiad")
    change(db, "out", MORNING)


def all_sections(there: Statistics, asked: Question, language: str) -> list[Section]:
    hours = there.by_hour(asked)
    return [
        sections.queues_section(there.by_queue(asked), language),
        sections.days_section(hours, asked.days, asked.service, language),
        sections.hours_section(hours, language),
        sections.members_section(there.by_member(asked), language),
        sections.pauses_section(there.presences(asked), language),
        sections.missed_section(there.abandoned(asked), asked.days.zone, language),
    ]


def paper(path: Path, language: str) -> bytes:
    with journal(path / "line.db") as db:
        month(db)
        found = all_sections(Statistics(db), ASKED, language)
    return render(cover_of_queues(ASKED, language), found)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_paper_says_what_the_figures_say(tmp_path: Path) -> None:
    text = text_of(paper(tmp_path, "pl"))
    for expected in (
        "Statystyki kolejek",
        "Okres: 01.11.2026 – 30.11.2026",
        "Kolejki: wszystkie",
        "Cel: 80% połączeń odebranych w ciągu 20 s; krótkie: porzucone przed upływem 5 s",
        "Zgłoszenia awarii całodobowe",
        "razem 120 35 16 1 34 17 17",
        "Anna Nowak",
        "obiad 1 1:00:00",
        "Porzuciło 16:",
    ):
        assert expected in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_drawn_and_told_to_who_does_not_see_them(tmp_path: Path, language: str) -> None:
    pdf = paper(tmp_path, language)
    told = words(language)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    alts = [str(one.get("/Alt")) for one in objects(reader, "/Figure")]
    titles = [told[key] for key in ("calls_by_queue", "calls_by_day", "service_by_day")]
    titles += [told[key] for key in ("calls_by_hour", "asa_by_hour", "heat", "time_of_members")]
    assert [alt.split(". ")[0] for alt in alts] == titles
    assert "120" in alts[0]
    # What is drawn is not all grey: the bars are there.
    pixels = pypdfium2.PdfDocument(pdf)[0].render(scale=0.5).to_numpy().astype(int)
    assert (abs(pixels[:, :, 0] - pixels[:, :, 2]) > 60).any()


def test_its_tables_have_headings_for_screen_readers(tmp_path: Path) -> None:
    reader = pypdf.PdfReader(io.BytesIO(paper(tmp_path, "pl")))
    assert len(list(objects(reader, "/H2"))) == 6
    assert len(list(objects(reader, "/Table"))) == 10
    headings = [str(one.get("/A")) for one in objects(reader, "/TH")]
    assert headings
    assert all("'/Scope': '/Column'" in one or "'/Scope': '/Row'" in one for one in headings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_without_calls_make_a_paper_too(tmp_path: Path, language: str) -> None:
    with journal(tmp_path / "line.db") as db:
        found = all_sections(Statistics(db), ASKED, language)
    text = text_of(render(cover_of_queues(ASKED, language), found))
    assert text.count(words(language)["nothing"]) == 5


def test_the_same_figures_are_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    assert paper(tmp_path / "a", "pl") == paper(tmp_path / "b", "pl")


def objects(reader: pypdf.PdfReader, kind: str) -> list[pypdf.generic.DictionaryObject]:
    """Return the elements of a kind, in the order in which they are read."""
    found: list[pypdf.generic.DictionaryObject] = []

    def walk(element: pypdf.generic.PdfObject) -> None:
        one = element.get_object()
        if not isinstance(one, pypdf.generic.DictionaryObject):
            return
        if one.get("/S") == kind:
            found.append(one)
        kids = one.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            walk(kid)

    walk(reader.root_object["/StructTreeRoot"])
    return found
