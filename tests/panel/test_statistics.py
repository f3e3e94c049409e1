"""Statistics in the panel: the figures of the command line, as charts, tables, CSV and PDF."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
import sqlite_utils
import time_machine

from sipagent.charts.theme import DARK, LIGHT, PAGE
from sipagent.panel.counting import MOST_DAYS, SUBJECTS, read
from sipagent.panel.permissions import Role
from tests.exchange.statistics.journal_helpers import MORNING, WARSAW, change, offer, wait_in
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import HOSTILE, add_call, fill

pytestmark = pytest.mark.unit

DAY = "since=2026-11-26&until=2026-11-26"
#: What happens in a call of the infoline.
INSIDE = (("step", '{"type": "owner-login"}'), ("login", "{}"), ("outcome", '{"outcome": "1"}'))
CSS = Path(__file__).parents[2] / "sipagent/panel/static/charts.css"


def counted(db: sqlite_utils.Database) -> None:
    """Keep what happened in queues and on the infoline."""
    fill(db)
    for waited in (5.0, 15.0, 40.0):
        wait_in(db, "Biuro", waited=waited)
    hung_up = wait_in(db, HOSTILE, outcome="abandoned", waited=62.0, number="+48600100109")
    offer(db, hung_up, "missed")
    change(db, "in", MORNING)
    with db.conn:
        db.execute("INSERT INTO managers (id, code, name) VALUES (8, 'ALFA', 'Alfa')")
        for number, manager in ((11, "7"), (12, "8"), (13, None)):
            labels = {"manager": manager, "owner": f"{manager}00001"} if manager else {}
            call = add_call(db, number, labels=labels)
            for seq, (kind, details) in enumerate(
                (
                    ("step", '{"type": "owner-login"}'),
                    ("login", "{}"),
                    ("outcome", '{"outcome": "1"}'),
                )
            ):
                event = "INSERT INTO call_events VALUES (?, ?, 5, ?, ?)"
                db.execute(event, [call, seq, kind, details])


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a day of a firm."""
    late = datetime(2026, 11, 26, 20, tzinfo=UTC)
    with time_machine.travel(late, tick=True), opened(tmp_path, counted) as panel:
        panel.add("adm", language="en")
        panel.add("anna", Role.USER, user="101")
        panel.add("bajka", Role.MANAGER, manager="BAJKA", language="en")
        yield panel


@pytest.fixture
def adm(firm: Panel) -> Browser:
    """Let an administrator in."""
    browser = firm.browser()
    browser.log_in("adm")
    return browser


def rows_of(browser: Browser, subject: str, query: str = DAY) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    answer = browser.get(f"/statistics/{subject}.csv?{query}")
    assert answer.headers["content-disposition"] == f'attachment; filename="{subject}.csv"'
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_each_subject_is_a_page_a_csv_file_and_a_paper(adm: Browser) -> None:
    assert adm.get("/statistics").url.path == "/statistics/queues"
    for subject in SUBJECTS:
        page = adm.get(f"/statistics/{subject}?{DAY}")
        assert page.status_code == 200, subject
        assert 'class="figures"' in page.text or "There was none of that" in page.text, subject
        for drawing in re.findall(r"<svg xmlns.*?</svg>", page.text, re.S):
            ET.fromstring(drawing)
            assert "#" not in drawing, "the page says the colours"
        rows_of(adm, subject)
        paper = adm.get(f"/statistics/{subject}.pdf?{DAY}")
        assert paper.headers["content-type"] == "application/pdf"
        assert pypdf.PdfReader(io.BytesIO(paper.content)).pages, subject
    whole = adm.get(f"/statistics/report.pdf?{DAY}")
    assert len(pypdf.PdfReader(io.BytesIO(whole.content)).pages) > 1


def test_figures_of_queues(adm: Browser) -> None:
    (office,) = rows_of(adm, "queues", f"{DAY}&queue=Biuro&within=10")
    assert (office["offered"], office["answered"], office["in_time"]) == ("3", "3", "1")
    assert len(rows_of(adm, "queues")) == 2
    assert rows_of(adm, "queues", "since=2026-11-25&until=2026-11-25") == []
    unknown = adm.get(f"/statistics/queues?{DAY}&queue=Nigdy")
    assert unknown.status_code == 409
    assert "there is no queue" in unknown.text


def test_figures_of_the_infoline(adm: Browser) -> None:
    whole = {row["manager"]: row for row in rows_of(adm, "infoline", f"{DAY}&by=manager")}
    assert {name: row["logins"] for name, row in whole.items()} == {
        "ALFA": "1",
        "BAJKA": "1",
        "": "0",
    }
    assert whole[""]["refused"] == "1"
    (one,) = rows_of(adm, "infoline", f"{DAY}&by=day&manager=BAJKA")
    assert (one["calls"], one["key_1"]) == ("1", "1")


def test_hours_for_the_chart_that_is_zoomed_into(adm: Browser) -> None:
    """A day in which the clocks change has 23 or 25 of them, and no call twice."""
    for subject, first in (("days", "answered"), ("calls", "calls")):
        found = adm.get(f"/statistics/{subject}.json?{DAY}").json()
        assert (found["names"][0], len(found["at"])) == (first, 24)
        assert [len(values) for values in found["values"]] == [24] * len(found["names"])
        assert sum(found["values"][0]) == (3 if subject == "days" else 7)
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        found = adm.get(f"/statistics/days.json?since={day}&until={day}").json()
        assert len(found["at"]) == hours
    for path in ("queues.json", "days.json?goal=x", "infoline.json", "moon.json"):
        assert adm.get(f"/statistics/{path}").status_code == 404


def test_a_manager_sees_the_own_owners_only(firm: Panel) -> None:
    """Whatever stands in the address: other managers' calls are in no figure of theirs."""
    browser = firm.browser()
    browser.log_in("bajka")
    assert browser.get("/statistics").url.path == "/statistics/infoline"
    for query in (f"{DAY}&by=manager", f"{DAY}&by=manager&manager=ALFA"):
        (row,) = rows_of(browser, "infoline", query)
        assert (row["manager"], row["calls"]) == ("BAJKA", "1")
        assert ">ALFA<" not in browser.get(f"/statistics/infoline?{query}").text
    for subject in (*(SUBJECTS.keys() - {"infoline"}), "report"):
        for ending in ("", ".csv", ".pdf"):
            path = f"/statistics/{subject}{ending}"
            assert browser.get(path).status_code == 404, path


def test_users_see_no_statistics(firm: Panel) -> None:
    browser = firm.browser()
    browser.log_in("anna")
    assert browser.get("/statistics").status_code == 404
    assert browser.get("/statistics/costs.csv").status_code == 404


def test_what_was_mistyped_is_said(adm: Browser) -> None:
    for subject, query, says in (
        ("queues", "since=yesterday", "no date"),
        ("queues", "since=2026-11-26&until=2026-11-25", "no date behind"),
        ("days", "since=1000-01-01&until=2026-11-25", "three years"),
        ("days", f"{DAY}&goal=101", "from 0 to 100"),
        ("queues", f"{DAY}&within=inf", "from 0 to 3600"),
        ("missed", f"{DAY}&window=x", "from 1 to 744"),
        ("infoline", f"{DAY}&by=moon", "no such way"),
    ):
        for ending in ("", ".csv", ".pdf"):
            page = adm.get(f"/statistics/{subject}{ending}?{query}")
            assert page.status_code == 422, query
            assert says in page.text


def test_there_is_no_such_subject(adm: Browser) -> None:
    for path in ("/statistics/moon", "/statistics/moon.csv", "/statistics/..%2fqueues.pdf"):
        assert adm.get(path).status_code == 404


def test_names_of_strangers_are_text(adm: Browser) -> None:
    for subject in ("queues", "members", "missed"):
        page = adm.get(f"/statistics/{subject}?{DAY}&queue=").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_pages_have_the_colours_of_charts_on_both_grounds() -> None:
    css = CSS.read_text("utf-8")
    light, dark, automatic = re.findall(r"\{\s*((?:--[^}]*?;\s*)+)\}", css)
    for block, theme in ((light, LIGHT), (dark, DARK), (automatic, DARK)):
        said = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", block))
        assert said == theme.names
    assert len(set(LIGHT.names.values())) == len(LIGHT.names), "each colour is one variable"
    assert PAGE.written(LIGHT.series[0]) == "var(--chart-series-0)"


def test_days_are_those_of_the_line(firm: Panel) -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    asked, wrong = read(SUBJECTS["days"], {}, late, WARSAW)
    assert (asked.question.days.first, wrong) == (date(2026, 11, 27), frozenset())
    only = {"since": "2026-11-30"}
    assert read(SUBJECTS["days"], only, late, WARSAW)[0].question.days.last == date(2026, 11, 30)
    last = date(2026, 11, 26)
    for days, refused in ((MOST_DAYS - 1, False), (MOST_DAYS, True)):
        span = {"since": str(last - timedelta(days=days)), "until": str(last)}
        assert bool(read(SUBJECTS["days"], span, late, WARSAW)[1]) == refused
