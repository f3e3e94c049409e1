"""The catalogue of prompts: what it tells of them, and how it refuses a mistake."""

from datetime import date
from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.speech import template
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.words import Digits, Money, Name

pytestmark = pytest.mark.unit

POLISH = """
greeting = "Dzień dobry. Tu {firm}. [en]For English, press {key:9}.[/en] Zapraszamy."

[menu]
balance = "Aby poznać saldo, naciśnij {key:1}."
end = "Naciśnij {key:*} albo {key:#}."

[balance]
due = "Saldo na dzień {date}: niedopłata {amount}."
accounts = "Są tu {count:n:konto|konta|kont}."
ticket = "Numer zgłoszenia: {ticket}."
wait = "Proszę spróbować za {minutes:fa:minutę|minuty|minut}."
"""
ENGLISH = """
[balance]
accounts = "There are {count:account|accounts}."
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "pl.toml").write_text(POLISH, "utf-8")
    (tmp_path / "en.toml").write_text(ENGLISH, "utf-8")
    return Catalogue.load(tmp_path)


def test_it_knows_its_prompts(catalogue: Catalogue) -> None:
    assert catalogue.languages == ("en", "pl")
    assert catalogue.keys("en") == {"balance.accounts"}
    assert "menu.balance" in catalogue.keys("pl")
    assert catalogue.keys("de") == frozenset()
    assert catalogue.announced("menu.end", "pl") == {"*", "#"}
    assert catalogue.announced("greeting", "pl") == {"9"}
    assert catalogue.fields("balance.due", "pl") == {"date", "amount"}
    assert catalogue.fields("balance.accounts", "pl") == {"count"}
    assert catalogue.is_fixed("menu.balance", "pl")
    assert not catalogue.is_fixed("greeting", "pl")


def test_values_become_words(catalogue: Catalogue) -> None:
    text = catalogue.text("balance.due", "pl", date=date(2026, 8, 31), amount=Money(12_00), more=1)
    assert text == (
        "Saldo na dzień trzydziestego pierwszego sierpnia dwa tysiące dwudziestego szóstego roku: "
        "niedopłata dwanaście złotych."
    )
    assert catalogue.text("menu.end", "pl") == "Naciśnij gwiazdkę albo krzyżyk."
    assert catalogue.text("balance.accounts", "pl", count=2) == "Są tu dwa konta."
    assert catalogue.text("balance.accounts", "en", count=1) == "There are one account."
    assert catalogue.text("balance.wait", "pl", minutes=1).endswith("za jedną minutę.")
    said = catalogue.text("balance.ticket", "pl", ticket=Digits("1234"))
    assert said == "Numer zgłoszenia: jeden dwa, trzy cztery."


def test_a_sentence_of_another_language_is_a_segment(catalogue: Catalogue) -> None:
    text = catalogue.text("greeting", "pl", firm=Name("Dom [en] S.A."))
    assert template.segments(text, "pl") == [
        ("pl", "Dzień dobry. Tu Dom en spółka akcyjna."),
        ("en", "For English, press nine."),
        ("pl", "Zapraszamy."),
    ]


def test_two_prompts_joined_keep_their_segments() -> None:
    text = "[en]One.[/en] [en]Two.[/en] Trzy."
    assert template.segments(text, "pl") == [("en", "One."), ("en", "Two."), ("pl", "Trzy.")]


def test_what_is_missing_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no prompt 'menu\.x' in language 'pl'"):
        catalogue.text("menu.x", "pl")
    with pytest.raises(ConfigError, match=r"pl\.toml:9: balance\.due: the value 'amount' is miss"):
        catalogue.text("balance.due", "pl", date=date(2026, 8, 31))
    with pytest.raises(ConfigError, match=r"balance\.accounts: count is counted"):
        catalogue.text("balance.accounts", "pl", count=Money(1))


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('"Kwota {amount"', r"'\{' in 'Kwota \{amount': a value is written \{name\}"),
        ('"Kwota {Amount}"', r"\{Amount\}: a value's name has lower-case"),
        ('"Naciśnij {key:12}"', r"\{key:12\}: a telephone key is 0 to 9"),
        ('"Są {count:konto|konta}"', r".*has 2 forms of the noun; this language needs 3"),
        ('"{name}. {amount}."', r".*\{name\} and \{amount\} touch; put a word between them"),
        ('"{count:n:a|b|c}: {amount}"', r".*\{count\} and \{amount\} touch"),
        ('"Są {count:x:a|b|c}"', r".*'x' is no gender; there are m, f, n, fa"),
        ('"[en]Hello"', r"\[en\] is not ended by \[/en\]"),
        ('"Hello[/en]"', r"\[/en\] ends nothing"),
        ('"[en]a[pl]b[/pl][/en]"', r"\[pl\] begins before \[/en\]"),
        ('"[de]a[/de]"', r"\[de\] is no language that has words; there are en, pl"),
        ('""', "is empty"),
        ("5", "must be text in quotes"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    tmp_path: Path, written: str, complaint: str
) -> None:
    (tmp_path / "pl.toml").write_text(f'[menu]\ngood = "Tak."\nbad = {written}\n', "utf-8")
    with pytest.raises(ConfigError, match=r"pl\.toml:3: menu\.bad: " + complaint):
        Catalogue.load(tmp_path)


def test_a_directory_without_prompts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no prompts"):
        Catalogue.load(tmp_path)
    (tmp_path / "xx.toml").write_text("a = 'b'", "utf-8")
    with pytest.raises(ConfigError, match=r"no language has the code 'xx'; there can be en\.toml"):
        Catalogue.load(tmp_path)


def test_people_see_a_prompt_with_the_names_of_its_values(tmp_path: Path) -> None:
    text = "Saldo: {amount}. [en]Press {key:9}.[/en] Ma pan {count:n:konto|konta|kont}."
    (tmp_path / "pl.toml").write_text(f'said = "{text}"\n', "utf-8")
    sketch = Catalogue.load(tmp_path).sketch("said", "pl")
    assert sketch == "Saldo: {amount}. Press 9. Ma pan {count}."
