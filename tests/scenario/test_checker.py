"""Every mistake in a scenario is found before a caller finds it, and named with its place."""

import re
from pathlib import Path

import pytest

from sipagent.domains import composed
from sipagent.errors import ConfigError
from sipagent.scenario import loader
from sipagent.speech.catalogue import Catalogue

pytestmark = pytest.mark.unit

PROMPTS = """
hello = "Dzień dobry."
bye = "Do usłyszenia."
[menu]
intro = "Słucham."
one = "Aby usłyszeć powitanie, proszę nacisnąć {key:1}."
two = "Aby się rozłączyć, proszę nacisnąć {key:2}."
named = "Witam, {name}."
[choice]
wrong-key = "Zły klawisz."
silence = "Nic nie słyszę."
[line]
wait = "Moment."
sorry = "Przepraszam."
too-long = "Za długo."
closing = "Zamykamy."
"""

GOOD = """
name = "test"
languages = ["pl"]
start = "hello"

[steps.hello]
type = "announcement"
prompt = "hello"
next = "menu"

[steps.menu]
type = "menu"
prompt = "menu.intro"
next = "bye"
[steps.menu.keys.1]
prompt = "menu.one"
next = "hello"
[steps.menu.keys.2]
prompt = "menu.two"
next = "bye"

[steps.bye]
type = "hang-up"
prompt = "bye"
"""


def check(folder: Path, scenario: str, prompts: str = PROMPTS, english: str | None = None) -> str:
    """Return the mistakes of a scenario, empty where there are none."""
    (folder / "pl.toml").write_text(prompts, "utf-8")
    if english is not None:
        (folder / "en.toml").write_text(english, "utf-8")
    path = folder / "scenario" / "test.toml"
    path.parent.mkdir()
    path.write_text(scenario, "utf-8")
    try:
        loader.load(path, Catalogue.load(folder), composed().vocabulary)
    except ConfigError as error:
        return str(error)
    return ""


def test_a_good_one_has_no_mistakes(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD) == ""


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('type = "announcement"', 'type = "anouncement"', r":7: steps.hello.type: no step is a"),
        ('prompt = "hello"', 'promt = "hello"', "promt: unknown key"),
        ('prompt = "hello"', 'prompt = "helo"', r":8: steps.hello: the prompt 'helo' is missing"),
        ('next = "menu"', 'next = "menue"', r":9: steps.hello.next: there is no step 'menue'"),
        ('next = "menu"', "", r"steps.hello.on.done: this outcome leads nowhere"),
        ('next = "menu"', 'on = { dne = "menu" }', "dne: no such outcome; it has: done"),
        ('next = "menu"', 'next = "bye"', "steps.menu: no caller ever comes here"),
        ('start = "hello"', 'start = "helo"', r":4: start: there is no step 'helo'"),
        ('start = "hello"', "", "start: is missing"),
        ('prompt = "bye"', 'prompt = "bye"\nnext = "hello"', "steps.bye: ends the call"),
        ("[steps.menu.keys.2]", "[steps.menu.keys.7]", "key 2 is announced .* but does nothing"),
        ("[steps.menu.keys.2]", "[steps.menu.keys.7]", "key 7 works, but .* not announce it"),
        ("[steps.menu.keys.2]", "[steps.menu.keys.x]", "no such key on a telephone: x"),
        ('prompt = "menu.two"', 'prompt = "menu.one"', "key 2 works, but"),
        ('prompt = "menu.intro"', 'prompt = "menu.named"', r"\{name\} in the prompt 'menu.named'"),
        (
            'next = "bye"\n[steps.menu.keys.1]',
            'next = "hello"\n[steps.menu.keys.1]',
            "round without",
        ),
        ('languages = ["pl"]', 'languages = ["pl", "de"]', "no prompts in 'de'"),
        ('type = "menu"', 'type = "menu"\nrepeat = 0', "steps.menu.repeat: .*given: 0"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, mistake: str) -> None:
    assert old in GOOD
    found = check(tmp_path, GOOD.replace(old, new, 1))
    assert re.search(mistake, found), found
    assert found.count("test.toml") >= 1


def test_an_owner_is_needed_where_none_has_logged_in(tmp_path: Path) -> None:
    balance = '[steps.balance]\ntype = "balance"\nnext = "menu"\n'
    early = GOOD.replace('next = "menu"', 'next = "balance"', 1) + balance
    assert "steps.balance: needs Owner, but can be reached before" in check(tmp_path, early)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    broken = GOOD.replace('prompt = "hello"', 'prompt = "x"').replace('next = "menu"', 'next = "y"')
    assert len(check(tmp_path, broken).splitlines()) >= 2


def test_a_prompt_that_one_language_lacks(tmp_path: Path) -> None:
    english = PROMPTS.replace('bye = "Do usłyszenia."', "")
    both = GOOD.replace('["pl"]', '["pl", "en"]')
    assert "the prompt 'bye' is missing in 'en'" in check(tmp_path, both, english=english)


def test_a_key_that_one_language_announces_wrongly(tmp_path: Path) -> None:
    english = PROMPTS.replace("{key:2}", "{key:3}")
    both = GOOD.replace('["pl"]', '["pl", "en"]')
    found = check(tmp_path, both, english=english)
    assert "key 3 is announced" in found
    assert "(en)" in found
    assert "(pl)" not in found


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    assert "test.toml" in check(tmp_path, "[steps")


def test_no_such_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("")
    with pytest.raises(ConfigError, match="no scenario 'b'; there are: a"):
        loader.find((tmp_path,), "b")


def test_a_voice_for_a_language_that_is_not_spoken(tmp_path: Path) -> None:
    mistakes = check(tmp_path, GOOD + '[voices]\npl = "a"\nen = "b"\n')
    assert "voices: en: not among this scenario's languages" in mistakes
    assert len(mistakes.splitlines()) == 1
