"""Drawing: what is done goes into a draft, the file stays as it is until that is published."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from httpx2 import Response

from sipagent.errors import SetupError
from sipagent.shipped import SCENARIOS
from tests.panel.browsing import Browser, Panel
from tests.panel.scenarios.forms import form_of, forms_of
from tests.panel.scenarios.test_looking import inside, write

pytestmark = pytest.mark.unit

SHIPPED = (SCENARIOS / "infolinia.toml").read_text("utf-8")


def text_of(browser: Browser, name: str = "infolinia") -> str:
    """Return what is worked on, as text."""
    page = browser.get(f"/scenarios/{name}/text").text
    return form_of(page, "/text").fields["text"]


def known(browser: Browser, name: str = "infolinia") -> str:
    """Return the number of the draft as the page has it."""
    return form_of(browser.get(f"/scenarios/{name}").text, "/edit", do="add").fields["known"]


def edit(browser: Browser, do: str, scenario: str = "infolinia", **fields: str) -> Response:
    """Do something on the drawing."""
    given = {"known": known(browser, scenario), "do": do, **fields}
    return browser.post(f"/scenarios/{scenario}/edit", **given)


def send(browser: Browser, action: str, **fields: str) -> Response:
    """Send a form that the page of the scenario shows."""
    form = form_of(browser.get("/scenarios/infolinia").text, action)
    return browser.post(form.action, **{**form.fields, **fields})


def own(panel: Panel, name: str = "infolinia") -> Path:
    """Return where a published scenario stands."""
    return panel.config.paths.all_scenarios[-1] / f"{name}.toml"


def test_a_change_begins_a_draft_and_the_file_stays_as_it_is(panel: Panel) -> None:
    browser = inside(panel)
    assert known(browser) == "0"
    page = edit(browser, "join", step="greeting", exit="", target="menu")
    assert page.status_code == 200
    assert int(known(browser)) > 0
    assert text_of(browser) == SHIPPED.replace('next = "login"', 'next = "menu"', 1)
    assert not own(panel).exists()
    assert ">draft<" in browser.get("/scenarios").text
    # The checker speaks while one draws: nobody comes to the login any more.
    assert "no caller ever comes here" in page.text


def test_two_who_draw_at_once_lose_nothing(panel: Panel) -> None:
    browser = inside(panel)
    number = known(browser)
    first = {"known": number, "do": "rename", "step": "end", "name": "over"}
    assert browser.post("/scenarios/infolinia/edit", **first).status_code == 200
    second = {"known": number, "do": "rename", "step": "busy", "name": "taken"}
    page = browser.post("/scenarios/infolinia/edit", **second)
    assert page.status_code == 409
    assert "Somebody else has changed the draft" in page.text
    text = text_of(browser)
    assert "[steps.over]" in text
    assert "[steps.busy]" in text
    page = browser.post("/scenarios/infolinia/text", known=number, text="name = 'mine'")
    assert page.status_code == 409
    assert form_of(page.text, "/text").fields["text"] == "name = 'mine'\n"  # nothing is lost
    assert "[steps.over]" in page.text
    for deed in ("undo", "discard", "publish"):
        assert browser.post(f"/scenarios/infolinia/{deed}", known=number).status_code == 409
    assert text_of(browser) == text


def test_what_was_done_is_undone_step_by_step(panel: Panel) -> None:
    browser = inside(panel)
    edit(browser, "rename", step="end", name="over")
    once = text_of(browser)
    edit(browser, "remove", step="busy")
    assert send(browser, "/undo").status_code == 200
    assert text_of(browser) == once
    send(browser, "/undo")
    assert text_of(browser) == SHIPPED
    assert known(browser) == "0"


def test_a_draft_is_dropped(panel: Panel) -> None:
    browser = inside(panel)
    edit(browser, "remove", step="busy")
    page = send(browser, "/discard")
    assert "The draft is dropped" in page.text
    assert text_of(browser) == SHIPPED


def test_a_draft_is_published_with_its_places_and_the_line_takes_it(panel: Panel) -> None:
    panel.line.answers["line.reload"] = None
    browser = inside(panel)
    edit(browser, "place", step="login", x="333", y="444")
    edit(browser, "rename", step="end", name="over")
    page = send(browser, "/publish")
    assert "Published: callers who come from now on" in page.text
    assert own(panel).read_text("utf-8") == SHIPPED.replace("[steps.end]", "[steps.over]").replace(
        'answered = "end"', 'answered = "over"'
    )
    places = json.loads(own(panel).with_suffix(".places.json").read_text("utf-8"))
    assert places["login"] == [330, 440]
    assert len(places) == SHIPPED.count("\n[steps.") - SHIPPED.count(".keys.")  # none moves
    assert ("line.reload", {}) in panel.line.asked
    assert known(browser) == "0"
    assert sorted(file.name for file in own(panel).parent.iterdir()) == [
        "infolinia.places.json", "infolinia.toml",
    ]  # fmt: skip
    # What was live before can be seen, compared and had back.
    versions = browser.get("/scenarios/infolinia/versions").text
    assert versions.count("found in the file") == 1
    restoring = form_of(versions, "/restore")
    old = browser.get(f"/scenarios/infolinia?version={restoring.fields['version']}").text
    assert "This is a version from the past" in old
    assert "/edit" not in old
    browser.get("/scenarios/infolinia/versions")
    browser.post(restoring.action, **restoring.fields)
    assert text_of(browser) == SHIPPED


def test_a_line_that_does_not_run_takes_it_later(panel: Panel) -> None:
    def down() -> None:
        raise SetupError("the line does not run")

    panel.line.answers["line.reload"] = down
    browser = inside(panel)
    edit(browser, "rename", step="end", name="over")
    assert "The line does not take it now" in send(browser, "/publish").text
    assert own(panel).exists()


def test_a_draft_with_mistakes_is_not_published(panel: Panel) -> None:
    browser = inside(panel)
    edit(browser, "join", step="greeting", exit="", target="menu")
    page = send(browser, "/publish")
    assert page.status_code == 422
    assert "A draft with mistakes cannot be published" in page.text
    assert not own(panel).exists()


def test_a_file_that_was_changed_beside_the_panel_is_not_overwritten_unseen(panel: Panel) -> None:
    panel.line.answers["line.reload"] = None
    browser = inside(panel)
    edit(browser, "rename", step="end", name="over")
    theirs = SHIPPED.replace("# What the manager", "# By hand: what the manager")
    write(panel, "infolinia", theirs)
    page = send(browser, "/publish")
    assert page.status_code == 409
    assert "changed since the draft was begun" in page.text
    assert "By hand" in page.text
    assert own(panel).read_text("utf-8") == theirs
    again = form_of(page.text, "/publish", over="1")
    assert "Published" in browser.post(again.action, **again.fields).text
    assert "[steps.over]" in own(panel).read_text("utf-8")
    # What was written by hand is a version, and can be had back.
    assert browser.get("/scenarios/infolinia/versions").text.count("found in the file") == 2


def test_differences_show_lines_with_what_is_around_them(panel: Panel) -> None:
    browser = inside(panel)
    edit(browser, "rename", step="end", name="over")
    page = browser.get("/scenarios/infolinia/difference?from=file&to=draft").text
    assert page.count('<li class="plus">') == page.count('<li class="minus">') == 2
    assert "[steps.over]" in page
    same = browser.get("/scenarios/infolinia/difference?from=draft&to=draft").text
    assert "There is no difference" in same
    for query in ("", "?from=file&to=99", "?from=../x&to=draft"):
        assert browser.get(f"/scenarios/infolinia/difference{query}").status_code == 404


def test_the_form_of_each_step_says_what_the_file_says(panel: Panel) -> None:
    """Saving a form in which nothing was changed changes nothing."""
    browser = inside(panel)
    for line in SHIPPED.splitlines():
        if line.startswith("[steps.") and ".keys." not in line:
            step = line.removeprefix("[steps.").removesuffix("]")
            page = browser.get(f"/scenarios/infolinia?step={step}").text
            form = form_of(page, "/edit", do="settle")
            assert browser.post(form.action, **form.fields).status_code == 200
    assert known(browser) == "0"


def test_a_form_changes_settings_and_exits(panel: Panel) -> None:
    browser = inside(panel)
    page = browser.get("/scenarios/infolinia?step=menu").text
    form = form_of(page, "/edit", do="settle")
    fields = {name: value for name, value in form.fields.items() if name != "comfort:0"}
    fields |= {"repeat": "x", "timeout": "7,5", "to:no-choice": "end", "keys/9/when": ""}
    page_after = browser.post(form.action, **fields).text
    text = text_of(browser)
    assert 'comfort = ["*", "8"]' in text
    assert 'repeat = "x"' in text
    assert "timeout = 7.5" in text
    assert 'on = { no-choice = "end", wrong-choice = "menu" }' in text
    assert 'when = "contact"' not in text
    assert "steps.menu.repeat: Input should be a valid integer" in page_after


def test_a_menu_gets_a_key(panel: Panel) -> None:
    browser = inside(panel)
    page = browser.get("/scenarios/infolinia?step=menu").text
    form = form_of(page, "/edit", do="add-key")
    browser.post(form.action, **{**form.fields, "key": "4", "target": "end"})
    assert '[steps.menu.keys.4]\nprompt = ""\nnext = "end"\n' in text_of(browser)
    page = browser.get("/scenarios/infolinia?step=menu").text
    form = form_of(page, "/edit", do="remove-key", key="4")
    browser.post(form.action, **form.fields)
    assert text_of(browser) == SHIPPED


def test_a_new_scenario_is_a_draft_until_it_is_published(panel: Panel) -> None:
    panel.line.answers["line.reload"] = None
    browser = inside(panel)
    browser.get("/scenarios")
    for name in ("", "A", "../x", "infolinia"):
        page = browser.post("/scenarios", name=name)
        assert page.status_code == 422
        assert form_of(page.text, "/scenarios").fields["name"] == name
    page = browser.post("/scenarios", name="office")
    assert page.url.path == "/scenarios/office"
    assert not own(panel, "office").exists()
    assert browser.post("/scenarios", name="office").status_code == 422
    edit(browser, "settle", "office", step="welcome", prompt="greeting")
    form = form_of(browser.get("/scenarios/office").text, "/publish")
    assert "Published" in browser.post(form.action, **form.fields).text
    assert 'prompt = "greeting"' in own(panel, "office").read_text("utf-8")


def test_a_new_scenario_that_is_undone_is_gone(panel: Panel) -> None:
    browser = inside(panel)
    browser.get("/scenarios")
    browser.post("/scenarios", name="office")
    form = form_of(browser.get("/scenarios/office").text, "/undo")
    assert browser.post(form.action, **form.fields).url.path == "/scenarios"
    assert browser.get("/scenarios/office").status_code == 404


def test_a_text_is_kept_as_it_was_typed_and_told_of_where_it_is_none(panel: Panel) -> None:
    browser = inside(panel)
    form = form_of(browser.get("/scenarios/infolinia/text").text, "/text")
    text = SHIPPED + "# ąę </textarea><script>alert(1)</script>\n"
    page = browser.post(form.action, **{**form.fields, "text": text.replace("\n", "\r\n")})
    assert page.status_code == 200
    assert "<script>alert" not in browser.get("/scenarios/infolinia/text").text
    assert text_of(browser) == text
    form = form_of(browser.get("/scenarios/infolinia/text").text, "/text")
    page = browser.post(form.action, **{**form.fields, "text": "name = ["})
    assert "Invalid value" in page.text
    # Nothing can be drawn on it, and nothing breaks.
    for do in ("add", "place", "rename", "remove", "settle", "join", "start", "add-key"):
        fields = {"name": "x", "type": "menu", "x": "1", "y": "1", "step": "a", "key": "1"}
        status = edit(browser, do, **fields).status_code
        assert status in (200, 404, 422), do
    assert text_of(browser) == "name = [\n"


def test_a_script_gets_the_part_that_it_shows(panel: Panel) -> None:
    browser = inside(panel)
    number = known(browser)
    browser.client.headers["hx-request"] = "true"
    fields = {"known": number, "do": "place", "step": "menu", "x": "700", "y": "20"}
    page = browser.post("/scenarios/infolinia/edit", **fields)
    assert "<html" not in page.text
    assert 'transform="translate(700,20)"' in page.text
    assert page.text.count("data-step=") == SHIPPED.count("\n[steps.") - SHIPPED.count(".keys.")


def test_nobody_writes_elsewhere(panel: Panel, tmp_path: Path) -> None:
    browser = inside(panel)
    browser.get("/scenarios")
    before = {str(file) for file in tmp_path.rglob("*")}
    for name in ("../x", "..%2fx", "%2e%2e", "/etc/x", "x\0"):
        browser.post("/scenarios", name=unquote(name))
        browser.post(f"/scenarios/{name.replace(chr(0), '%00')}/publish", known="0")
    assert {str(file) for file in tmp_path.rglob("*")} == before


def test_every_form_of_the_page_carries_the_token(panel: Panel) -> None:
    browser = inside(panel)
    edit(browser, "rename", step="end", name="over")
    page = browser.get("/scenarios/infolinia?step=menu").text
    forms = forms_of(page.partition("<main")[2])
    assert len(forms) > 8
    assert all("token" in form.fields for form in forms)
