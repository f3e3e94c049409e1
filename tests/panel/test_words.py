"""What the panel says: the same keys in both languages, and none missing that a page asks for."""

import re
import string
from pathlib import Path

import pytest

import sipagent.panel
from sipagent import toml
from sipagent.panel.words import LANGUAGES, Words, load, preferred

pytestmark = pytest.mark.unit

ROOM = Path(sipagent.panel.__file__).parent
POLISH, ENGLISH = (load()[language] for language in LANGUAGES)


def texts(language: str) -> dict[str, str]:
    """Return all texts of a language, by section and key."""

    def flat(table: dict[str, object], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in table.items():
            key = f"{prefix}{name}"
            found |= flat(value, f"{key}.") if isinstance(value, dict) else {key: str(value)}
        return found

    rooms = ROOM.glob(f"texts/*.{language}.toml")
    return {key: text for room in rooms for key, text in flat(toml.read(room), "").items()}


def test_both_languages_have_the_same_keys() -> None:
    assert POLISH.keys() == ENGLISH.keys()
    assert len(POLISH.keys()) > 100


def test_the_same_is_filled_in_in_both_languages() -> None:
    polish, english = map(texts, LANGUAGES)

    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {k: names(v) for k, v in polish.items()} == {k: names(v) for k, v in english.items()}


@pytest.mark.parametrize(
    "place", sorted(ROOM.glob("templates/**/*.html")), ids=lambda one: one.name
)
def test_each_key_that_a_template_names_is_there(place: Path) -> None:
    template = place.read_text("utf-8")
    named = set(re.findall(r"\bt\('([a-z.-]+)'(?! ~)", template))
    counted = re.findall(r"t\.count\('([a-z.-]+)'", template)
    wanted = named | {f"{key}.{form}" for key in counted for form in ("one", "few", "many")}
    assert wanted <= POLISH.keys()


@pytest.mark.parametrize(
    ("number", "form"),
    [(1, "one"), (2, "few"), (4, "few"), (5, "many"), (12, "many"), (22, "few"), (112, "many")],
)
def test_polish_counts(number: int, form: str) -> None:
    words = Words("pl", {f"calls.{one}": one for one in ("one", "few", "many")})
    assert words.count("calls", number) == form


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-GB,en;q=0.9,pl;q=0.8", "en"), ("de,pl;q=0.5", "pl"), ("", "pl"), ("*", "pl")],
)
def test_a_browser_says_what_it_reads(header: str, language: str) -> None:
    assert preferred(header) == language
