"""Choices that only some callers have."""

from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.scenario import loader
from sipagent.scenario.condition import Condition
from sipagent.scenario.menu import Menu, MenuSettings
from sipagent.scenario.prerender import fixed_utterances
from sipagent.scenario.talk import Talk
from sipagent.scenario.vocabulary import Vocabulary
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


@pytest.fixture
def colour() -> list[str]:
    """What the condition says."""
    return ["red"]


@pytest.fixture
def vocabulary(colour: list[str]) -> Vocabulary:
    """One condition."""
    return Vocabulary(conditions=[Condition("colour", ("red", "blue"), (), lambda talk: colour[0])])


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "pl.toml").write_text(PROMPTS, "utf-8")
    return Catalogue.load(folder)


def load(
    tmp_path: Path, catalogue: Catalogue, vocabulary: Vocabulary, text: str = SCENARIO
) -> Menu:
    path = tmp_path / "test.toml"
    path.write_text(text, "utf-8")
    menu = loader.load(path, catalogue, vocabulary).steps["menu"]
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
    tmp_path: Path,
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    colour: list[str],
    says: str,
    words: str,
    outcome: str,
) -> None:
    colour[0] = says
    call = FakeLeg(["2", "1"])
    menu = load(tmp_path, catalogue, vocabulary)
    assert await menu.run(call, Talk(catalogue, Voice(), ["pl"])) == outcome
    assert call.transcript[0].text == words
    assert ("choice.wrong-key" in call.heard) is (says == "")


def test_every_reading_is_rendered_before_the_line_opens(
    tmp_path: Path, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    load(tmp_path, catalogue, vocabulary)
    scenario = loader.load(tmp_path / "test.toml", catalogue, vocabulary)
    texts = {utterance.text for utterance in fixed_utterances(scenario, catalogue)}
    assert {
        "Menu. Pierwsze: jeden. Czerwone: dwa.",
        "Menu. Pierwsze: jeden. Niebieskie: dwa.",
        "Menu. Pierwsze: jeden.",
    } <= texts


def test_an_unknown_condition_is_a_mistake_with_its_place(
    tmp_path: Path, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    text = SCENARIO.replace('"colour"', '"color"')
    with pytest.raises(ConfigError, match=r"no condition 'color'; there are: colour"):
        load(tmp_path, catalogue, vocabulary, text)


def test_a_missing_variant_of_the_prompt_is_a_mistake(
    tmp_path: Path, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    text = SCENARIO.replace('prompt = "other"', 'prompt = "first"')
    with pytest.raises(ConfigError, match="'first-red' is missing in 'pl'"):
        load(tmp_path, catalogue, vocabulary, text)


def test_what_a_condition_needs_the_menu_needs() -> None:
    when = Condition("owner", ("yes",), (int,), lambda talk: "yes")
    keys = {"1": {"prompt": "x", "next": "y", "when": when}}
    assert Menu("m", MenuSettings(prompt="p", keys=keys)).needs == (int,)
