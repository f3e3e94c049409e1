"""Polish in words: what ``sipagent.speech.words`` asks of a language, and free text read aloud.

Free text comes from data that nobody vetted: bookkeepers' abbreviations, capitals, addresses.
One pattern reads it from left to right, so that nothing is expanded twice; whatever Polish has
no sign for is dropped.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from sipagent.speech.words import lexicon
from sipagent.speech.words.polish_numbers import (
    GENDERS,
    KEYS,
    LETTERS,
    MONTHS,
    PLURAL_FORMS,
    cardinal,
    counted,
    day,
    digits,
    money,
    ordinal,
    plural,
    year,
)

__all__ = [
    "GENDERS",
    "KEYS",
    "LETTERS",
    "PLURAL_FORMS",
    "cardinal",
    "counted",
    "day",
    "digits",
    "money",
    "name",
    "ordinal",
    "plain",
    "plural",
    "year",
]

_LETTER = "a-zA-ZąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_FOREIGN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "œ": "e"}
)
_DASHES = re.compile(r"\s+[-–—]+\s+|[–—]+")
_VOWEL = re.compile("[aeiouyąęó]", re.IGNORECASE)
_ROMAN = {"I": 1, "V": 5, "X": 10}


def name(text: str) -> str:
    """Return free text as it is read aloud, without an end of sentence in it."""
    return _tidy(re.sub("[.?!;:]+", ",", plain(text))).strip(", ")


def plain(text: str) -> str:
    """Return running text as it is read aloud: numbers and abbreviations in words."""
    text = _DASHES.sub(", ", _polish_letters(text))
    words = re.findall(f"[{_LETTER}]{{2,}}", text)
    shouted = any(len(word) > 3 for word in words) and not any(map(str.islower, "".join(words)))
    read = _TOKEN.sub(lambda match: _read(match, shouted), text)
    return _tidy(re.sub(rf"[^{_LETTER},.?!;: ]+", " ", read))


def _read(match: re.Match[str], shouted: bool) -> str:
    kind = match.lastgroup or ""
    token = match[0]
    return f" {_word(token, shouted)} " if kind == "word" else f" {_READERS[kind](token)} "


def _polish_letters(text: str) -> str:
    kept = []
    for character in unicodedata.normalize("NFC", text).translate(_FOREIGN):
        if character in LETTERS or character.lower() in LETTERS:
            kept.append(character)
        elif unicodedata.category(character).startswith("L"):
            kept.append(unicodedata.normalize("NFKD", character)[0])
        else:
            kept.append(character if character.isprintable() else " ")
    return "".join(kept)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([,.?!;:])", r"\1", text)
    text = re.sub(r"([,;:])[,;:]+", r"\1", text)
    text = re.sub(r"[,;:]+([.?!])", r"\1", text)
    return " ".join(text.split()).lstrip(",.;:?! ")


def _word(word: str, shouted: bool) -> str:
    if word in lexicon.POLISH_ACRONYMS:
        return lexicon.POLISH_ACRONYMS[word]
    if not word.isupper():
        return word
    if len(word) == 1:
        return word.lower() if shouted and word in "AIOUWZ" else LETTERS[word.lower()]
    if _VOWEL.search(word) and (shouted or len(word) > 3):
        return word.capitalize()
    return spelled(word) if len(word) < 6 else word.capitalize()


def spelled(word: str) -> str:
    """Return a word letter by letter: "pe ka o"."""
    return " ".join(LETTERS[letter] for letter in word.lower() if letter in LETTERS)


def _abbreviation(token: str) -> str:
    return _SAID[_key(token)]


def _saint(token: str) -> str:
    # In the name of a street a saint stands in the genitive: Anny, Jadwigi; Jana, Wojciecha.
    holder = token.split(".")[1].strip()
    return f"{'świętej' if holder.endswith(('y', 'i')) else 'świętego'} {holder}"


def _address(token: str) -> str:
    return " ".join(
        lexicon.POLISH_SIGNS.get(part) or _letters_and_digits(part)
        for part in re.findall(r"[@._/+:-]|[^@._/+:-]+", re.sub("^https?://", "", token))
    )


def _letters_and_digits(text: str) -> str:
    parts = re.findall(r"\d+|\D+", text)
    return " ".join(cardinal(int(p)) if p.isdecimal() and p[0] != "0" else _loose(p) for p in parts)


def _loose(text: str) -> str:
    if text.isdecimal():
        return number(text)
    return text if _VOWEL.search(text) and len(text) > 2 else spelled(text)


def number(text: str) -> str:
    """Return digits as a number, or digit by digit where they are a code: long or led by 0."""
    coded = len(text) > 6 or (text[0] == "0" and len(text) > 1)
    return digits(text) if coded else cardinal(int(text))


def _amount(token: str) -> str:
    whole, _, rest = re.sub("[^0-9,.]", "", token).strip(".").replace(".", ",").partition(",")
    return money(int(whole) * 100 + int(rest.ljust(2, "0") or 0))


def _decimal(token: str) -> str:
    whole, _, rest = token.replace(".", ",").partition(",")
    return f"{number(whole)} przecinek {number(rest)}"


def _mail(token: str) -> str:
    return "mejl" + re.split("mail", token, flags=re.IGNORECASE)[1]


def _date(token: str) -> str:
    parts = [int(part) for part in re.split("[.-]", token)]
    try:
        return day(date(*parts) if "-" in token else date(parts[2], parts[1], parts[0]))
    except ValueError:
        return " kropka ".join(cardinal(part) for part in parts)


def _year(token: str) -> str:
    return year(int(token[:4]))


def _clock(token: str) -> str:
    hour, minute = token.split(":")
    if int(hour) > 24 or int(minute) > 59:
        return f"{number(hour)} {number(minute)}"
    spoken_hour = ordinal(int(hour), "f")
    return f"{spoken_hour} {cardinal(int(minute))}" if int(minute) else spoken_hour


def _fraction(token: str) -> str:
    return " łamane przez ".join(_house(part) for part in token.split("/"))


def _range(token: str) -> str:
    return " kreska ".join(_house(part.strip()) for part in token.split("-"))


def _house(token: str) -> str:
    figures = re.match(r"\d+", token)
    if figures is None:
        return token
    letter = token[figures.end() :]
    return f"{number(figures[0])} {spelled(letter)}".strip()


def _code(token: str) -> str:
    return digits(token)


def _feast(token: str) -> str:
    figures, month = token.split()
    return f"{ordinal(int(figures), 'm-gen')} {month}"


def _unit(token: str) -> str:
    figures, noun = token.split()
    form = "m-gen" if noun.lower().startswith("puł") else "f-gen"
    return f"{ordinal(int(figures), form)} {noun}"


def _sign(token: str) -> str:
    return lexicon.POLISH_SIGNS.get(token, "")


def _reign(token: str) -> str:
    return ordinal(_roman(token), "m-gen")


def _part(token: str) -> str:
    noun, figures = token.split()
    gender = lexicon.POLISH_NUMBERED[noun.lower()]
    return f"{noun} {ordinal(_roman(figures), gender)}"


def _storey(token: str) -> str:
    figures, noun = token.split()
    return f"{ordinal(_roman(figures), lexicon.POLISH_NUMBERED[noun.lower()])} {noun}"


def _roman(figures: str) -> int:
    values = [_ROMAN[figure] for figure in figures]
    return sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )


def _written(abbreviation: str) -> str:
    pattern = re.escape(abbreviation).replace(r"\ ", r"\s?").replace(r"\.", r"\.\s?")
    pattern = pattern.removesuffix(r"\s?")
    if abbreviation in lexicon.POLISH_BARE:
        pattern = pattern.replace(r"\.", r"\.?") + rf"(?:(?<=\.)|{_END})"
    return pattern


def _key(abbreviation: str) -> str:
    return re.sub(r"[.\s]", "", abbreviation.lower())


_EDGE = rf"(?<![{_LETTER}\d])"
_END = rf"(?![{_LETTER}\d])"
_HOUSE = rf"\d{{1,6}}[{_LETTER}]?{_END}"
_SAID = {_key(written): said for written, said in lexicon.POLISH_ABBREVIATIONS.items()}
_SHORT = "|".join(map(_written, sorted(lexicon.POLISH_ABBREVIATIONS, key=len, reverse=True)))
_REIGN = r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})"

#: Kind of token, pattern, reader; the first that fits wins.
_GRAMMAR: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    ("web", r"(?:https?://|www\.)[\w.-]+(?:/[\w./-]*\w)?", _address),
    ("date", r"\d{4}-\d\d-\d\d(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}(?!\d)", _date),
    (
        "amount",
        rf"(?:\d{{1,3}}(?:\s\d{{3}})+|\d{{1,12}})(?:[.,]\d{{1,2}})?\s?(?:zł|PLN){_END}\.?",
        _amount,
    ),
    ("year", rf"[12]\d{{3}}\s?r(?:oku|\.)?{_END}", _year),
    ("phone", r"\+\d[\d -]{6,}\d|\d{2,4}(?:[ -]\d{2,4}){2,}", _code),
    ("post", r"\d\d-\d{3}(?!\d)", _code),
    ("clock", r"\d{1,2}:\d\d(?!\d)", _clock),
    ("fraction", rf"\d{{1,6}}[{_LETTER}]?(?:/{_HOUSE})+", _fraction),
    ("range", rf"\d{{1,6}}[{_LETTER}]?\s?-\s?{_HOUSE}", _range),
    ("feast", rf"(?:[1-9]|[12]\d|3[01])\s(?i:{'|'.join(MONTHS)}){_END}", _feast),
    ("unit", rf"\d{{1,3}}\s(?i:armii|dywizji|brygady|pułku){_END}", _unit),
    ("decimal", r"\d{1,12}[.,]\d{1,6}(?!\d)", _decimal),
    ("square", rf"{_EDGE}m(?:²|2){_END}", lambda _: "metrów kwadratowych"),
    ("house", _HOUSE, _house),
    ("figures", r"[0-9]+", number),
    ("sign", "[" + re.escape("".join(lexicon.POLISH_SIGNS_ALONE)) + "]", _sign),
    ("saint", rf"{_EDGE}(?i:św)\.\s?[{_LETTER}]+", _saint),
    ("part", rf"{_EDGE}(?i:{'|'.join(lexicon.POLISH_NUMBERED)})\s{_REIGN}{_END}", _part),
    ("storey", rf"{_EDGE}{_REIGN}\s(?i:{'|'.join(lexicon.POLISH_NUMBERED)}){_END}", _storey),
    ("first", rf"{_EDGE}(?=[IVX]{{2}}){_REIGN}{_END}", _reign),
    ("reign", rf"(?<=[a-ząćęłńóśźż] ){_REIGN}{_END}", _reign),
    ("flat", rf"{_EDGE}m\.\s?(?=\d)", lambda _: "mieszkanie"),
    ("short", rf"{_EDGE}(?i:{_SHORT})", _abbreviation),
    ("initial", rf"{_EDGE}[A-ZĆŁŚŹŻ]\.(?=\s?[A-ZĆŁŚŹŻ])", lambda token: LETTERS[token[0].lower()]),
    ("mail", rf"{_EDGE}(?i:e-?mail)[{_LETTER}]*", _mail),
    ("word", rf"[{_LETTER}]+", str),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern, _ in _GRAMMAR))
_READERS = {kind: reader for kind, _, reader in _GRAMMAR}
