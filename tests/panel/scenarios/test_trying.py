"""Walking a scenario in the browser: keys, words and their sound; nothing is kept or sent."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sqlite_utils

from sipagent.errors import DataError, SetupError
from sipagent.panel.pages import scenario_trying
from sipagent.panel.permissions import Role
from sipagent.panel.scenarios import tries
from sipagent.panel.scenarios.tries import Noted, Tries, Try
from sipagent.scenario.engine import Ending, Result
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from tests.calls.daemon import until
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.scenarios.forms import form_of
from tests.panel.scenarios.test_editing import edit, known
from tests.panel.scenarios.test_looking import inside, write
from tests.panel.test_calls import fill
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

SPOKEN = Path(__file__).parents[2] / "speech/spoken.flac"
#: Says a prompt, waits for a key, says another one.
WALK = """
name = "walk"
languages = ["pl"]
start = "menu"
[steps.menu]
type = "menu"
prompt = "menu.intro"
on = { no-choice = "end", wrong-choice = "menu" }
[steps.menu.keys.1]
prompt = "menu.balance"
next = "end"
[steps.end]
type = "hang-up"
prompt = "goodbye.no-choice"
"""


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page wait until the walk has come to where it waits, however busy the machine is."""
    monkeypatch.setattr(scenario_trying, "_SETTLED", PATIENCE)


def begin(panel: Panel, browser: Browser, number: str = "600 100 101") -> str:
    """Begin to walk ``WALK``; return the page."""
    write(panel, "walk", WALK)
    browser.get("/scenarios/walk/try")
    page = browser.post("/scenarios/walk/try", number=number)
    assert page.status_code == 200, page.text
    return str(page.url.path)


def test_what_is_said_and_pressed_is_shown_with_the_way(panel: Panel) -> None:
    browser = inside(panel)
    here = begin(panel, browser)
    page = browser.get(here).text
    assert "Step menu waits for a key" in page
    assert page.count("<audio") == 1
    assert 'class="element visited"' in page
    page = browser.post(here, keys="7").text  # leads nowhere: it is read again
    assert page.count("<kbd>7</kbd>") == 1
    assert "Step menu waits for a key" in page
    page = browser.post(here, keys="1").text
    assert "The call is over, in step end:" in page
    assert "it came to its end" in page
    assert page.count('class="taken"') == 1
    assert form_of(page, "/try").fields["number"] == "+48600100101"


def test_the_caller_is_silent_or_leaves(panel: Panel) -> None:
    browser = inside(panel)
    here = begin(panel, browser, number="")
    for _ in range(2):
        assert "waits for a key" in browser.post(here, do="silence").text
    assert "The call is over, in step end:" in browser.post(here, do="silence").text
    here = begin(panel, browser)
    assert "the caller has hung up" in browser.post(here, do="hang-up").text
    assert "the caller has hung up" in browser.post(here, keys="1").text  # too late


def test_what_is_typed_is_what_a_telephone_has(panel: Panel) -> None:
    browser = inside(panel)
    here = begin(panel, browser)
    for keys in ("", "a", "1a", "1" * 41, "١"):
        assert browser.post(here, keys=keys).status_code == 422
        browser.get(here)
    browser.get("/scenarios/walk/try")
    page = browser.post("/scenarios/walk/try", number="abc")
    assert page.status_code == 422
    assert form_of(page.text, "/try").fields["number"] == "abc"


def test_a_draft_is_walked_as_it_is_drawn(panel: Panel) -> None:
    browser = inside(panel)
    write(panel, "walk", WALK)
    edit(browser, "rename", "walk", step="menu", name="choices")
    here = begin(panel, browser)
    assert "Step choices waits for a key" in browser.get(here).text
    # One that has mistakes can be walked as far as it goes.
    form = form_of(browser.get("/scenarios/walk?step=choices").text, "/edit", do="settle")
    browser.post(form.action, **{**form.fields, "prompt": "nothing"})
    here = begin(panel, browser)
    assert "the step failed" in browser.get(here).text
    browser.post("/scenarios/walk/text", known=known(browser, "walk"), text="name = [")
    browser.get("/scenarios/walk/try")
    assert browser.post("/scenarios/walk/try").status_code == 422


def test_words_are_heard_as_the_line_says_them(tmp_path: Path) -> None:
    clip = f"{'0' * 40}.{'1' * 8}.wav"
    asked: list[dict[str, object]] = []

    def preview(**words: object) -> object:
        asked.append(words)
        return None if len(asked) == 1 else {"clip": clip, "seconds": 0.1}

    with opened(tmp_path) as panel:
        cache = panel.config.paths.cache
        browser = inside(panel)
        here = begin(panel, browser)
        assert browser.get(f"{here}/said/1").status_code == 503  # the line does not run
        panel.line.answers["announcements.preview"] = preview
        cache.mkdir(parents=True, exist_ok=True)
        soundfile.write(cache / clip, np.zeros(800), 8000)
        answer = browser.get(f"{here}/said/1")
        assert answer.headers["content-type"] == "audio/wav"
        assert len(asked) == 2
        assert {name: asked[-1][name] for name in ("language", "pace", "voice")} == {
            "language": "pl", "pace": "normal", "voice": "",
        }  # fmt: skip
        for at in ("0", "99", "x", "-1", "1" * 7):
            assert browser.get(f"{here}/said/{at}").status_code == 404


def test_what_somebody_has_recorded_is_heard_without_the_line(panel: Panel) -> None:
    folder = panel.config.paths.all_prompts[-1] / "recorded/pl"
    folder.mkdir(parents=True)
    shutil.copy(SPOKEN, folder / "goodbye.no-choice.flac")
    browser = inside(panel)
    here = begin(panel, browser)
    page = browser.post(here, keys="1").text
    assert browser.get(f"{here}/said/4").headers["content-type"] == "audio/wav"
    assert f"{here}/said/4" in page
    assert [do for do, _ in panel.line.asked if do == "announcements.preview"] == []


def test_nothing_is_kept_and_nobody_else_sees_it(tmp_path: Path) -> None:
    with opened(tmp_path, fill) as panel:
        browser = inside(panel)
        here = begin(panel, browser)
        with panel.store.view.conn:
            before = panel.store.view.execute("SELECT count(*) FROM calls").fetchone()
        browser.post(here, keys="1")
        with panel.store.view.conn:
            assert panel.store.view.execute("SELECT count(*) FROM calls").fetchone() == before
        panel.add("jan")
        other = panel.browser()
        other.log_in("jan")
        assert other.get(here).status_code == 404
        other.get("/account")
        assert other.post(here, keys="1").status_code == 404
        assert other.get(f"{here}/said/1").status_code == 404
        panel.add("bajka", Role.MANAGER, manager="BAJKA")
        manager = panel.browser()
        manager.log_in("bajka")
        assert manager.get("/scenarios/walk/try").status_code == 404


def test_who_begins_another_walk_leaves_the_one_before(panel: Panel) -> None:
    browser = inside(panel)
    first, second = begin(panel, browser), begin(panel, browser)
    assert browser.get(first).status_code == 404
    assert browser.get(second).status_code == 200


async def one_key(call: FakeLeg, voice: Noted) -> Result:
    """Wait for a key, as a walk does."""
    await call.ask(None, first=5)
    return Result(Ending.DONE, "step")


def a_try(person: int) -> Try:
    """Return the walk of somebody."""
    return Try("walk", person, {}, Caller(None))


def test_there_are_no_more_walks_than_the_panel_can_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "MOST", 2)
    there, mine = Tries(), [a_try(number) for number in range(3)]
    there.begin(mine[0], one_key)
    there.begin(mine[1], one_key)
    with pytest.raises(DataError, match="try-full"):
        there.begin(mine[2], one_key)
    mine[0].act("1")
    assert mine[0].settled(10).over
    there.begin(mine[2], one_key)
    assert there.find(mine[0].id, "walk", 0) is None
    assert there.find(mine[2].id, "walk", 2) is mine[2]
    for one in mine:
        one.hang_up()


def test_a_walk_in_which_nobody_presses_anything_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "IDLE", 0.01)
    one = a_try(1)
    left = threading.Event()

    async def until_gone(call: FakeLeg, voice: Noted) -> Result:
        try:
            return await one_key(call, voice)
        finally:
            left.set()

    one.begin(until_gone)
    assert left.wait(60)
    until(lambda: one.settled(60), lambda state: state.over)


def test_a_walk_that_cannot_begin_says_why() -> None:
    async def refused(call: FakeLeg, voice: Noted) -> Result:
        raise SetupError("there is no line")

    async def broken(call: FakeLeg, voice: Noted) -> Result:
        raise ZeroDivisionError

    for walked, why in ((refused, "there is no line"), (broken, "ZeroDivisionError")):
        one = a_try(1)
        one.begin(walked)
        assert one.settled(60).trouble == why


def test_a_walk_that_waits_for_something_else_is_left_all_the_same() -> None:
    one = a_try(1)

    async def waiting(call: FakeLeg, voice: Noted) -> Result:
        await call.wait_over()
        return Result(Ending.HUNG_UP, "step")

    one.begin(waiting)
    assert not one.settled(0).waiting
    while not one.settled(0.01).over:  # it may not have begun yet
        one.hang_up()


def test_an_empty_database_is_walked_as_well(tmp_path: Path) -> None:
    def nothing(db: sqlite_utils.Database) -> None:
        return None

    with opened(tmp_path, nothing) as panel:
        browser = inside(panel)
        browser.get("/scenarios/infolinia/try")
        page = browser.post("/scenarios/infolinia/try", number="600100101")
        assert "Step login waits for a key" in page.text
        page = browser.post(str(page.url.path), keys="100001#")
        assert "Step login waits for a key" in page.text
        browser.post(str(page.url.path), do="hang-up")
