"""The pages of scenarios: the list, a drawing with its list, the way of a past call."""

import html
import json
import re
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.panel.permissions import Role
from sipagent.shipped import PROMPTS, SCENARIOS
from sipagent.speech.catalogue import Catalogue
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import HOSTILE, add_call

pytestmark = pytest.mark.unit

SHIPPED = (SCENARIOS / "infolinia.toml").read_text("utf-8")


def write(panel: Panel, name: str, text: str) -> Path:
    """Write a scenario of one's own."""
    file = panel.config.paths.all_scenarios[-1] / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def inside(panel: Panel) -> Browser:
    """Return the browser of an administrator."""
    panel.add("anna", language="en")
    browser = panel.browser()
    browser.log_in("anna")
    return browser


def test_all_scenarios_are_listed_with_how_they_stand(panel: Panel) -> None:
    write(panel, "own", SHIPPED.replace('start = "greeting"', 'start = "x"'))
    page = inside(panel).get("/scenarios").text
    rows = dict(re.findall(r'<a href="/scenarios/([a-z]+)">.*?(?=</tr>)()', page, re.DOTALL))
    assert rows.keys() == {"infolinia", "listening", "ordering", "own"}
    assert "line.scenario" in page
    assert page.count("as shipped") == 3
    assert ">1 mistake<" in page


def test_a_drawing_and_its_list_say_the_same(panel: Panel) -> None:
    page = inside(panel).get("/scenarios/infolinia").text
    drawing, _, twin = page.partition("</svg>")
    steps = re.findall(r"\[steps\.([a-z-]+)\]", SHIPPED)
    assert re.findall(r'data-step="([^"]+)"', drawing) == steps
    assert re.findall(r"<h3>([^ ]+) ", twin) == steps
    for at, name in enumerate(steps):
        assert f'href="#step-{at}"' in drawing
        assert f'id="step-{at}"' in twin
        assert name in twin
    # Each arrow of the drawing is a link of the list.
    assert drawing.count('<path d="M') - 2 == len(re.findall(r'→ <a href="#step-\d+">', twin))
    assert html.escape(Catalogue.load(PROMPTS).sketch("greeting", "en")) in twin


def test_what_is_wrong_stands_on_the_drawing_and_in_the_list(panel: Panel) -> None:
    write(panel, "infolinia", SHIPPED.replace('prompt = "greeting"', 'prompt = "greting"'))
    page = inside(panel).get("/scenarios/infolinia").text
    drawing, _, twin = page.partition("</svg>")
    assert 'class="element bad"' in drawing
    assert "the prompt &#39;greting&#39; is missing in &#39;pl&#39;" in twin
    assert "(line 10)" in twin


def test_a_file_that_is_no_toml_is_told_of_and_not_drawn(panel: Panel) -> None:
    write(panel, "broken", "name = [")
    page = inside(panel).get("/scenarios/broken")
    assert page.status_code == 200
    assert "<svg xmlns" not in page.text
    assert "Invalid value" in page.text


def test_names_of_steps_are_text(panel: Panel) -> None:
    name = HOSTILE.replace('"', "'").replace("'", "")
    text = SHIPPED.replace("steps.greeting]", f'steps."{name}"]').replace(
        'start = "greeting"', f'start = "{name}"'
    )
    write(panel, "infolinia", text)
    page = inside(panel).get("/scenarios/infolinia").text
    assert "<script>alert" not in page
    assert "<img" not in page.partition("<main")[2]
    assert html.escape(name) in page


def test_there_is_no_drawing_of_what_is_not_there(panel: Panel) -> None:
    browser = inside(panel)
    for path in ("nothing", "..%2Fagent", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"):
        assert browser.get(f"/scenarios/{path}").status_code == 404


def add_walk(db: sqlite_utils.Database) -> None:
    """Keep a call that has gone through the infoline, and one that came to nothing there."""
    call = add_call(db, 1)
    add_call(db, 2, scenario="switchboard")
    steps = [("greeting", "done", "login"), ("login", "locked", "goodbye"), ("gone", "x", "menu")]
    events: list[tuple[str, dict[str, str]]] = []
    for step, outcome, following in steps:
        events.append(("step", {"step": step, "type": "menu"}))
        events.append(("outcome", {"step": step, "outcome": outcome, "next": following}))
    for at, (kind, details) in enumerate(events):
        row = {"call": call, "seq": at, "at_ms": at, "kind": kind, "details": json.dumps(details)}
        db.table("call_events").insert(row)


def test_the_way_of_a_past_call_is_shown_on_the_drawing(tmp_path: Path) -> None:
    with opened(tmp_path, add_walk) as panel:
        browser = inside(panel)
        assert '/scenarios/infolinia?call=call0001"' in browser.get("/calls/call0001").text
        assert "/scenarios/switchboard" not in browser.get("/calls/call0002").text
        page = browser.get("/scenarios/infolinia?call=call0001").text
        drawing, _, twin = page.partition("</svg>")
        assert drawing.count('class="taken"') == 2
        assert drawing.count('class="element visited"') == 2
        assert "are not in this drawing: gone" in page
        assert "number: 1" in twin
        assert browser.get("/scenarios/infolinia?call=nothing").status_code == 404


def test_only_administrators_see_scenarios(tmp_path: Path) -> None:
    def fill(db: sqlite_utils.Database) -> None:
        add_walk(db)
        with db.conn:
            db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'BAJKA', 'Bajka')")
            db.execute("INSERT INTO call_labels VALUES ('call0001', 'manager', '7')")

    with opened(tmp_path, fill) as panel:
        panel.add("jan", Role.MANAGER, manager="BAJKA", language="en")
        browser = panel.browser()
        browser.log_in("jan")
        assert browser.get("/scenarios").status_code == 404
        assert browser.get("/scenarios/infolinia").status_code == 404
        page = browser.get("/calls/call0001")
        assert page.status_code == 200
        assert "/scenarios" not in page.text
