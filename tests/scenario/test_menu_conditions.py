"""Choices that only some callers have."""

from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.scenario import condition, loader
from sipagent.scenario.condition import Condition
from sipagent.scenario.menu import Menu, MenuSettings
from sipagent.scenario.prerender import fixed_utterances
from sipagent.scenario.talk import Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.telephony.fake import FakeLeg

pytestmark = pytest.mark.unit

PROMPTS = """
intro = "Menu."
first = "Pierwsze: {key:1}."
other-red = "Czerwone: {key:2}."
other-blue = "Niebieskie: {key:2}."
[choice]
wrong-key = "Nie."
silence = "Cisza."
[line]
wait = "Moment."
sorry = "Usterka."
too-long = "Koniec."
closing = "Zamykamy."
"""
SCENARIO = """
name = "test"
languages = ["pl"]
start = "menu"
[steps.menu]
type = "menu"
prompt = "intro"
next = "end"
[steps.menu.keys.1]
prompt = "first"
next = "end"
[steps.menu.keys.2]
prompt = "other"
when = "colour"
next = "end"
[steps.end]
type = "hang-up"
"""


class Voice:
    async def clip(self, text: str, language: str, pace: str, *, urgent: bool = True) -> Clip:
        return Clip(Path("/dev/null"), 1.0)

    def cached(self, text: str, language: str, pace: str) -> None:
        return None


@pytest.fixture(autouse=True)
def colour(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the condition says."""
    said = ["red"]
    known = {"colour": Condition("colour", ("red", "blue"), (), lambda talk: said[0])}
    monkeypatch.setattr(condition, "_known", known)
    return said


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "pl.toml").write_text(PROMPTS, "utf-8")
    return Catalogue.load(folder)


def load(tmp_path: Path, catalogue: Catalogue, text: str = SCENARIO) -> Menu:
    path = tmp_path / "test.toml"
    path.write_text(text, "utf-8")
    menu = loader.load(path, catalogue).steps["menu"]
    assert isinstance(menu, Menu)
    return menu


@pytest.mark.parametrize(
    ("says", "words", "outcome"),
    [
        ("red", "Menu. Pierwsze: jeden. Czerwone: dwa.", "2"),
        ("blue", "Menu. Pierwsze: jeden. Niebieskie: dwa.", "2"),
        ("", "Menu. Pierwsze: jeden.", "1"),
    ],
)
async def test_a_choice_is_announced_and_accepted_only_where_it_is_offered(
    tmp_path: Path, catalogue: Catalogue, colour: list[str], says: str, words: str, outcome: str
) -> None:
    colour[0] = says
    call = FakeLeg(["2", "1"])
    menu = load(tmp_path, catalogue)
    assert await menu.run(call, Talk(catalogue, Voice(), ["pl"])) == outcome
    assert call.transcript[0].text == words
    assert ("choice.wrong-key" in call.heard) is (says == "")


def test_every_reading_is_rendered_before_the_line_opens(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    load(tmp_path, catalogue)
    scenario = loader.load(tmp_path / "test.toml", catalogue)
    texts = {utterance.text for utterance in fixed_utterances(scenario, catalogue)}
    assert {
        "Menu. Pierwsze: jeden. Czerwone: dwa.",
        "Menu. Pierwsze: jeden. Niebieskie: dwa.",
        "Menu. Pierwsze: jeden.",
    } <= texts


def test_an_unknown_condition_is_a_mistake_with_its_place(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    text = SCENARIO.replace('"colour"', '"color"')
    with pytest.raises(ConfigError, match=r"no condition 'color'; there are: colour"):
        load(tmp_path, catalogue, text)


def test_a_missing_variant_of_the_prompt_is_a_mistake(tmp_path: Path, catalogue: Catalogue) -> None:
    text = SCENARIO.replace('prompt = "other"', 'prompt = "first"')
    with pytest.raises(ConfigError, match="'first-red' is missing in 'pl'"):
        load(tmp_path, catalogue, text)


def test_what_a_condition_needs_the_menu_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        condition._known, "owner", Condition("owner", ("yes",), (int,), lambda talk: "yes")
    )
    keys = {"1": {"prompt": "x", "next": "y", "when": "owner"}}
    assert Menu("m", MenuSettings(prompt="p", keys=keys)).needs == (int,)
