"""Polish in words: numbers, money, dates, digits, free text."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from num2words import num2words

from sipagent.speech import words
from sipagent.speech.words import Digits, Money, Name, polish
from sipagent.speech.words.polish import lexicon, written

pytestmark = pytest.mark.unit

ZLOTYS = [
    (0, "zero złotych"),
    (1, "jeden złoty"),
    (2, "dwa złote"),
    (4, "cztery złote"),
    (5, "pięć złotych"),
    (11, "jedenaście złotych"),
    (12, "dwanaście złotych"),
    (21, "dwadzieścia jeden złotych"),
    (22, "dwadzieścia dwa złote"),
    (24, "dwadzieścia cztery złote"),
    (25, "dwadzieścia pięć złotych"),
    (100, "sto złotych"),
    (101, "sto jeden złotych"),
    (112, "sto dwanaście złotych"),
    (1000, "tysiąc złotych"),
    (2002, "dwa tysiące dwa złote"),
    (5000, "pięć tysięcy złotych"),
    (21_000, "dwadzieścia jeden tysięcy złotych"),
    (22_100, "dwadzieścia dwa tysiące sto złotych"),
    (1_000_000, "milion złotych"),
    (1_001_001, "milion tysiąc jeden złotych"),
]


@pytest.mark.parametrize(("zlotys", "text"), ZLOTYS)
def test_zlotys_are_declined(zlotys: int, text: str) -> None:
    assert words.spoken(Money(zlotys * 100), "pl") == text


@pytest.mark.parametrize(
    ("grosze", "text"),
    [
        (1, "jeden grosz"),
        (2, "dwa grosze"),
        (5, "pięć groszy"),
        (12, "dwanaście groszy"),
        (22, "dwadzieścia dwa grosze"),
        (101, "jeden złoty jeden grosz"),
        (15_00, "piętnaście złotych"),
        (1234_56, "tysiąc dwieście trzydzieści cztery złote pięćdziesiąt sześć groszy"),
    ],
)
def test_grosze_are_said_only_where_there_are_some(grosze: int, text: str) -> None:
    assert words.spoken(Money(grosze), "pl") == text


@given(st.integers(0, 10**12 - 1))
def test_cardinals_agree_with_num2words(number: int) -> None:
    # The oracle says "jeden tysiąc" only in older versions; both say "tysiąc" now.
    assert polish.cardinal(number) == num2words(number, lang="pl")


@given(st.integers(1, 10**11))
def test_money_agrees_with_num2words(grosze: int) -> None:
    assume(grosze % 100 and grosze >= 100)  # the oracle says "zero groszy", which we do not
    expected = num2words(grosze, lang="pl", to="currency", currency="PLN", separator="")
    assert polish.money(grosze) == " ".join(expected.split())


def test_a_spoken_amount_has_no_sign() -> None:
    with pytest.raises(ValueError, match="no sign"):
        Money(-1)


@pytest.mark.parametrize(
    ("count", "gender", "text"),
    [
        (1, "n", "jedno konto"),
        (2, "n", "dwa konta"),
        (5, "n", "pięć kont"),
        (12, "n", "dwanaście kont"),
        (22, "n", "dwadzieścia dwa konta"),
        (101, "n", "sto jeden kont"),
        (0, "n", "zero kont"),
    ],
)
def test_counted_nouns(count: int, gender: str, text: str) -> None:
    assert words.counted(count, gender, ("konto", "konta", "kont"), "pl") == text


def test_gender_of_one_and_two() -> None:
    persons = ("osoba", "osoby", "osób")
    assert words.counted(1, "f", persons, "pl") == "jedna osoba"
    assert words.counted(2, "f", persons, "pl") == "dwie osoby"
    assert words.counted(32, "f", persons, "pl") == "trzydzieści dwie osoby"
    assert words.counted(31, "f", persons, "pl") == "trzydzieści jeden osób"
    assert words.counted(2002, "f", persons, "pl") == "dwa tysiące dwie osoby"
    assert words.counted(1, "fa", ("minutę", "minuty", "minut"), "pl") == "jedną minutę"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 1), "pierwszego listopada dwa tysiące dwudziestego szóstego roku"),
        (date(2026, 8, 31), "trzydziestego pierwszego sierpnia dwa tysiące dwudziestego szóstego"),
        (date(2000, 2, 29), "dwudziestego dziewiątego lutego dwutysięcznego roku"),
        (date(2010, 3, 12), "dwunastego marca dwa tysiące dziesiątego roku"),
        (date(1999, 5, 3), "trzeciego maja tysiąc dziewięćset dziewięćdziesiątego dziewiątego"),
        (date(1900, 1, 2), "drugiego stycznia tysiąc dziewięćsetnego roku"),
        (date(2103, 7, 20), "dwudziestego lipca dwa tysiące sto trzeciego roku"),
    ],
)
def test_dates_stand_in_the_genitive(day: date, text: str) -> None:
    said = words.spoken(day, "pl")
    assert said.startswith(text)
    assert said.endswith("roku")


def test_every_day_of_a_leap_year_is_told_apart() -> None:
    days = [date(2028, 1, 1) + timedelta(number) for number in range(366)]
    said = {words.spoken(day, "pl") for day in days}
    assert len(said) == 366
    for text in said:
        front = text.removesuffix(" dwa tysiące dwudziestego ósmego roku")
        *ordinal, month = front.split()
        assert month in polish.MONTHS
        assert 1 <= len(ordinal) <= 2
        assert all(word.endswith("ego") for word in ordinal)


@given(st.integers(1, 9999))
def test_an_ordinal_ends_in_its_form(number: int) -> None:
    assert polish.ordinal(number, "m-gen").endswith("ego")
    assert polish.ordinal(number, "f-gen").endswith("ej")
    assert polish.ordinal(number, "f").endswith("a")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "pięć"),
        ("1234", "jeden dwa, trzy cztery"),
        ("0501", "zero pięć, zero jeden"),
        ("501234567", "pięć zero jeden, dwa trzy cztery, pięć sześć siedem"),
        ("+48501234567", "plus cztery osiem, pięć zero jeden, dwa trzy cztery, pięć sześć siedem"),
        ("22 555-12-34", "dwa dwa, pięć pięć pięć, jeden dwa, trzy cztery"),
        ("12#", "jeden dwa, krzyżyk"),
        ("B7", "be siedem"),
    ],
)
def test_digits_are_read_in_groups(text: str, said: str) -> None:
    assert words.spoken(Digits(text), "pl") == said


@given(st.text("0123456789", min_size=1, max_size=24))
def test_no_digit_is_lost_in_groups(text: str) -> None:
    names = {name: key for key, name in polish.KEYS.items()}
    said = words.spoken(Digits(text), "pl").replace(",", "").split()
    assert "".join(names[word] for word in said) == text


def test_names_of_keys() -> None:
    said = [words.key(tone, "pl") for tone in "0123456789*#"]
    assert said[3] == "trzy"
    assert said[-2:] == ["gwiazdkę", "krzyżyk"]
    assert len(set(said)) == 12


NAMES = [
    ("ul. Lipowa 12/4", "ulica Lipowa dwanaście łamane przez cztery"),
    ("ul.Lipowa 12A m. 5", "ulica Lipowa dwanaście a mieszkanie pięć"),
    ("os. Jana III Sobieskiego 5", "osiedle Jana trzeciego Sobieskiego pięć"),
    ("al. Jana Pawła II 3 lok. 7", "aleja Jana Pawła drugiego trzy lokal siedem"),
    ("pl. 11 Listopada", "plac jedenastego Listopada"),
    ("ul. 1 Armii Wojska Polskiego", "ulica pierwszej Armii Wojska Polskiego"),
    ("ul. św. Anny", "ulica świętej Anny"),
    ("ul. św. Jana", "ulica świętego Jana"),
    ("WM UL. SŁONECZNA 7", "wspólnota mieszkaniowa ulica Słoneczna siedem"),
    ("FIRMA sp. z o.o. sp. k.", "Firma spółka z ograniczoną odpowiedzialnością spółka komandytowa"),
    ("Zarządca Sp.z o.o.", "Zarządca spółka z ograniczoną odpowiedzialnością"),
    ("Zarząd S.A.", "Zarząd spółka akcyjna"),
    ("JAN I MARIA NOWAK", "Jan i Maria Nowak"),
    ("PKO BP", "pe ka o be pe"),
    ("J. Nowak-Lis", "jot Nowak Lis"),
    ("nr 5", "numer pięć"),
    ("NIP 5213017228", "nip pięć dwa jeden, trzy zero jeden, siedem dwa, dwa osiem"),
    ("biuro@dom-lux.pl", "biuro małpa dom myślnik lux kropka pe el"),
    ("00-950 Warszawa", "zero zero, dziewięć pięć zero Warszawa"),
    (
        "Zaliczka 1 234,56 zł",
        "Zaliczka tysiąc dwieście trzydzieści cztery złote pięćdziesiąt sześć",
    ),
    ("rok 2026 r.", "rok dwa tysiące dwudziesty szósty"),
    ("01.11.2026", "pierwszego listopada dwa tysiące dwudziestego szóstego roku"),
    ("31.02.2026", "trzydzieści jeden kropka dwa kropka dwa tysiące dwadzieścia sześć"),
    ("c.o. i c.w.u.", "centralne ogrzewanie i ciepła woda użytkowa"),
    ("75 m²", "siedemdziesiąt pięć metrów kwadratowych"),
    ("klatka III", "klatka trzecia"),
    ("II piętro", "drugie piętro"),
    ("5,5 %", "pięć przecinek pięć procent"),
    ("+48 22 123 45 67", "plus cztery osiem, dwa dwa, jeden dwa trzy, cztery pięć, sześć siedem"),
    ("Café Müller", "Cafe Muller"),
    ("", ""),
    ("?!.", ""),
]


TEXTS = tomllib.loads((Path(__file__).parent / "polish_texts.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "said"), [pair for section in TEXTS.values() for pair in section.items()]
)
def test_texts_of_bookkeepers(text: str, said: str) -> None:
    assert polish.name(text) == said
    assert polish.name(said) == said


@given(st.integers(0, 10**11), st.sampled_from(["", "-", "−"]), st.sampled_from(["", " ", "."]))
def test_an_amount_is_read_however_it_is_written(grosze: int, sign: str, group: str) -> None:
    figures = f"{grosze // 100:,}".replace(",", group) + f",{grosze % 100:02} zł"
    said = polish.money(grosze)
    assert polish.name(f"Korekta {sign}{figures}") == f"Korekta {'minus ' if sign else ''}{said}"


KNOWN = {
    short.replace(".", "").lower()
    for table in (
        lexicon.SHORT_NOUNS,
        lexicon.PHRASES,
        lexicon.TITLES,
        lexicon.UNITS,
        lexicon.WEEKDAYS,
        lexicon.ACRONYMS,
    )
    for short in table
}


#: Pieces of texts, to be put together in ways that nobody has thought of.
PIECES = [
    *lexicon.SHORT_NOUNS,
    *lexicon.PHRASES,
    *lexicon.UNITS,
    *lexicon.TITLES,
    *("I", "IV", "XXX", "LXXX", "0", "1", "08", "31", "2026", "12345", "9" * 16, "1.234,56", "zł"),
    *("-", "–", "−", "/", ".", ",", "(", ")", ":", "x", "m", "r", "lecia", "go", "i", "od", "do"),
    *("maja", "XII", "pon.", "Armii", "Jana", "klatka", "piętro", "św.", "os.", "ABC", "kwartał"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["", " "]))
def test_any_pieces_put_together_become_polish_letters(pieces: list[str], between: str) -> None:
    said = polish.name(between.join(pieces))
    assert all(c.lower() in polish.LETTERS or c in " ," for c in said)


@given(st.text("bcdfghjklłmnprstwz", min_size=2, max_size=6))
@example("wbm")
def test_what_nobody_can_say_is_spelled(letters: str) -> None:
    assume(letters not in KNOWN)
    assert polish.name(f"{letters}. 5") == f"{written.spelled(letters)} pięć"
    assert polish.name(letters.upper()) == written.spelled(letters)


@given(st.integers(1, 9999))
def test_ordinals_agree_with_num2words(number: int) -> None:
    assume(number % 100)  # of round numbers the oracle says "czterysetny" and "dwa tysięczny"
    assert polish.ordinal(number) == num2words(number, lang="pl", to="ordinal")


@pytest.mark.parametrize(("text", "said"), NAMES)
def test_free_text(text: str, said: str) -> None:
    assert words.spoken(Name(text), "pl").startswith(said)
    assert bool(words.spoken(text, "pl")) == bool(said)


def test_what_is_no_polish_is_dropped() -> None:
    hostile = "Kot\x00\x1b[2J [[h@l]] {key:1} Дом <b>\u202e[en]x[/en] pies"
    said = words.spoken(Name(hostile), "pl")
    assert not set(said) & set("[]{}<>\x00\x1b\u202e@")
    assert said.startswith("Kot")
    assert said.endswith("pies")


@given(st.text(max_size=60))
def test_any_text_becomes_polish_letters(text: str) -> None:
    said = words.spoken(Name(text), "pl")
    assert all(c in polish.LETTERS or c.lower() in polish.LETTERS or c in " ," for c in said)
    assert said == said.strip()
    assert "  " not in said


@given(st.text("aąłwIVXzZ.,/ -12305@KP", max_size=30))
def test_reading_twice_changes_nothing_but_case(text: str) -> None:
    once = polish.name(text)
    assert "  " not in once
    assert not any(c.isdecimal() for c in once)


def test_running_text_keeps_its_sentences() -> None:
    assert polish.plain("Masz 3 wiadomości. Saldo: 12,50 zł! Czy to np. jutro?") == (
        "Masz trzy wiadomości. Saldo: dwanaście złotych pięćdziesiąt groszy! "
        "Czy to na przykład jutro?"
    )
