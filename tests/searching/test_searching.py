"""Searching text: forms of a word are one, what was meant is found, excerpts show the words."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.searching import stemming
from sipagent.searching.asking import asked
from sipagent.searching.excerpts import excerpt
from sipagent.searching.folding import fold
from sipagent.searching.spelling import counted, distance, nearest
from sipagent.searching.stemming import stem
from sipagent.searching.words import stems, words

pytestmark = pytest.mark.unit

#: Forms of one word in each line; the words of two lines are never taken for each other.
POLISH = """
sekretarka sekretarki sekretarkę sekretarce sekretarek sekretarką sekretarkach sekretarkami
kolejka kolejki kolejce kolejkę kolejek kolejką kolejkach kolejkami
opłata opłaty opłat opłacie opłatę opłatach opłatami opłatą
numer numery numerów numeru numerze numerem numerami numerach numerowi
nagranie nagrania nagrań nagraniu nagraniem nagraniach nagraniami nagrany nagrać nagrane
zaległość zaległości zaległością zaległościach
zaległy zaległa zaległej zaległego zaległych
saldo salda saldzie sald saldem saldami
rozmowa rozmowy rozmów rozmowie rozmowę rozmową rozmowach rozmowami
telefon telefonu telefony telefonów telefonie telefonem telefonami telefonach telefonowi
poczta poczty poczcie pocztę pocztą
głosowa głosowej głosową głosowy głosowego głosowe
hasło hasła haseł haśle hasłem hasłami
przekierowanie przekierowania przekierować przekierowaniem przekierowań przekieruj przekierowany
przekazać przekazanie przekazania
konferencja konferencji konferencję konferencje konferencją konferencjach
zgłoszenie zgłoszenia zgłoszeń zgłoszeniem zgłoszeniu zgłoszeniach
dzwonić dzwonię dzwonisz dzwoni dzwonimy dzwoń dzwonienie
wiadomość wiadomości wiadomością wiadomościach wiadomościami
słuchawka słuchawki słuchawce słuchawkę słuchawek
skrzynka skrzynki skrzynce skrzynkę skrzynek skrzynkach
wewnętrzny wewnętrznego wewnętrznym wewnętrzna wewnętrzne wewnętrznej wewnętrznych
właściciel właściciele właścicieli właściciela właścicielem właścicielom właścicielowi
zarządca zarządcy zarządcę zarządców zarządcą
przerwa przerwy przerwę przerwie przerw przerwą
zapowiedź zapowiedzi zapowiedzią zapowiedziach
lokal lokalu lokale lokali lokalem lokalach
mieszkanie mieszkania mieszkań mieszkaniu mieszkaniem
wyciąg wyciągu wyciągi wyciągów wyciągiem
rachunek rachunki rachunku rachunków rachunkiem
kod kody kodu kodów kodem kodami kodzie
konto konta kont koncie kontem kontach
ustawić ustawienie ustawienia ustawień ustaw ustawieniach ustawiać
godzina godziny godzin godzinach godzinie
wylogować wylogowanie wyloguj wylogowania
pauza pauzy pauzę pauzie pauz
klawisz klawisze klawisza klawiszy klawiszem klawiszami
karta karty kart karcie kartą
biuro biura biurze biur biurem
scenariusz scenariusze scenariusza scenariuszy scenariuszem scenariuszach
statystyka statystyki statystyk statystyce statystykę
usterka usterki usterek usterkę usterce
zmiana zmiany zmian zmianie zmianę
okno okna okien oknie oknem
"""
ENGLISH = """
recording recordings recorded record records
queue queues queued
transfer transfers transferred transferring
phone phones
call calls called calling
forward forwards forwarding forwarded
conference conferences
setting settings set
payment payments pay
log logs logged logging
pause pauses paused pausing
address addresses
reply replies
"""


@pytest.mark.parametrize(("language", "text"), [("pl", POLISH), ("en", ENGLISH)])
def test_forms_of_a_word_are_one_and_other_words_are_others(language: str, text: str) -> None:
    found = []
    for line in text.strip().splitlines():
        (one,) = {stem(fold(form), language) for form in line.split()}
        found.append(one)
    assert len(set(found)) == len(found)


@given(st.text(alphabet="aąbcćdeęiklłmnńoóprsśtuwyzźż", min_size=1))
def test_a_stem_is_always_something_and_the_same_without_signs(word: str) -> None:
    for language in ("pl", "en"):
        assert stem(fold(word), language) == stem(fold(fold(word)), language) != ""


#: An index as rooms have one: number → language and text.
TEXTS = {
    1: ("pl", "Aby odsłuchać sekretarkę, proszę zadzwonić pod numer *97."),
    2: ("pl", "W kolejkach agenci robią przerwy. Opłat nie ma."),
    3: ("pl", "Saldo i zaległości: łącznie za lokale i garaże."),
    4: ("en", "Calls are forwarded to another phone."),
}


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    """Return an index of the texts."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.execute("CREATE VIRTUAL TABLE found USING fts5 (stems)")
    db.executemany(
        "INSERT INTO found (rowid, stems) VALUES (?, ?)",
        [(number, stems(text, language)) for number, (language, text) in TEXTS.items()],
    )
    return db


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sekretarka", {1}),
        ("SEKRETARKA", {1}),
        ("poczta głosowa", {1}),
        ("skrzynki glosowej", {1}),
        ("jak odsłucham pocztę głosową?", set()),  # another form than any ending explains
        ("numerów", {1}),
        ("*97", {1}),
        ("kolejka", {2}),
        ("kolejki i opłaty", {2}),
        ("zaleglosc", {3}),
        ("lacznie", {3}),
        ("dług za garaż", {3}),
        ("divert a call", {4}),
        ("telephone", {4}),
        ('" OR NEAR(', set()),
        ("sekretarka kolejka", set()),
    ],
)
def test_what_is_typed_finds_texts(index: sqlite3.Connection, text: str, found: set[int]) -> None:
    wanted = asked(text, ("pl", "en")).match()
    rows = index.execute("SELECT rowid FROM found WHERE found MATCH ?", (wanted,))
    assert {number for (number,) in rows} == found


def test_words_that_are_being_typed_and_some_of_several(index: sqlite3.Connection) -> None:
    def found(wanted: str) -> set[int]:
        rows = index.execute("SELECT rowid FROM found WHERE found MATCH ?", (wanted,))
        return {number for (number,) in rows}

    assert found(asked("zadzw", ("pl",)).match(unfinished=True)) == {1}
    assert found(asked("poczta gło", ("pl",)).match(unfinished=True)) == set()
    assert found(asked("voicem", ("pl",)).match(unfinished=True)) == {1}  # a sekretarka
    assert found(asked("sekretarka kolejka", ("pl",)).match(some=True)) == {1, 2}
    assert asked("?!", ("pl", "en")).match(unfinished=True) == ""
    assert asked("jak to jest", ("pl",)).match() != ""  # nothing but small words: these, then


def test_the_nearest_word_was_meant() -> None:
    there = counted([word.text for word in words(text, "pl")] for _, text in TEXTS.values())
    assert there["numer"] == 1
    assert nearest("sekretrka", there) == "sekretarkę"
    assert nearest("SEKERTARKĘ", there) == "sekretarkę"
    assert nearest("nuemr", there) == "numer"
    assert nearest("pod", {"pot": 1}) is None  # short words are not guessed
    assert nearest("konferencja", there) is None
    assert distance("ab", "ba") == 1


def test_an_excerpt_marks_what_was_looked_for() -> None:
    text = "Wstęp. " * 40 + "Opłaty stoją tu, za lokal. " + "Koniec. " * 40
    pieces = excerpt(text, asked("opłat lokalu", ("pl",)).stems, "pl")
    assert [piece.text for piece in pieces if piece.marked] == ["Opłaty", "lokal"]
    assert pieces[0].text == "… "
    assert pieces[-1].text == " …"
    assert (
        "".join(p.text for p in excerpt("Krótki <b>tekst</b>.", (), "pl")) == "Krótki <b>tekst</b>."
    )


def test_nobody_fills_the_memory_with_what_is_no_word() -> None:
    """Stems are remembered: a mail of letters without a blank is none of them."""
    before = stemming._stem.cache_info().currsize
    assert stem("x" * 5_000_000, "pl") == "x" * 5_000_000
    assert stemming._stem.cache_info().currsize == before
