"""English in words: what ``sipagent.speech.words`` asks of a language, and free text."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from sipagent.speech.words import english_lexicon as lexicon
from sipagent.speech.words.figures import MONEY, grosze
from sipagent.speech.words.grouping import groups, listed

#: The largest number that can be said, exclusive.
LIMIT = 10**15
#: English nouns have no gender.
GENDERS: tuple[str, ...] = ()
#: account, accounts.
PLURAL_FORMS = 2

_UNITS = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = listed("- - twenty thirty forty fifty sixty seventy eighty ninety")
_POWERS = ("", "thousand", "million", "billion", "trillion")
_IRREGULAR = dict(
    zip(
        listed("one two three five eight nine twelve"),
        listed("first second third fifth eighth ninth twelfth"),
        strict=True,
    )
)
_MONTHS = listed(
    "January February March April May June July August September October November December"
)

KEYS = {str(digit): _UNITS[digit] for digit in range(10)} | {"*": "star", "#": "hash"}

#: Names of letters, spelled so that a voice does not read them as words.
LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvxyz",
        listed(
            "ay bee see dee ee eff gee aitch eye jay kay el em en oh pee cue ar ess tee you vee "
            "ex why zed"
        ),
        strict=True,
    )
) | {"w": "double you"}

_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")

_MARKS = {"+": "plus", "-": "dash", "/": "slash", ".": "dot", "_": "underscore"}


def cardinal(number: int) -> str:
    """Return a number in words: "one hundred and twelve".

    Raises:
        ValueError: the number has more than fifteen digits.
    """
    if abs(number) >= LIMIT:
        raise ValueError(f"{number} is too large to be said")
    if number < 0:
        return "minus " + cardinal(-number)
    words: list[str] = []
    for power in reversed(range(len(_POWERS))):
        part = number // 1000**power % 1000
        if part:
            last = power == 0 and part < 100 and bool(words)
            words += ["and"] * last + [_below_thousand(part), _POWERS[power]]
    return " ".join(filter(None, words)) or _UNITS[0]


def counted(count: int, gender: str, forms: tuple[str, ...]) -> str:
    """Return a number and its noun; the gender says nothing in English."""
    number = cardinal(count)
    return f"{number} {forms[0 if abs(count) == 1 else 1]}" if forms else number


def money(grosze: int) -> str:
    """Return an amount in zlotys and groszes; groszes are left out where there are none."""
    if grosze < 0:
        return "minus " + money(-grosze)
    zlotys, rest = divmod(grosze, 100)
    parts = []
    if zlotys or not rest:
        parts.append(counted(zlotys, "", ("zloty", "zlotys")))
    if rest:
        parts.append(counted(rest, "", ("grosz", "groszes")))
    return " and ".join(parts)


def ordinal(number: int) -> str:
    """Return an ordinal number: "twenty first"."""
    *front, last = cardinal(number).split()
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return " ".join([*front, last])


def day(value: date) -> str:
    """Return a date: "the first of November twenty twenty six"."""
    return f"the {ordinal(value.day)} of {_MONTHS[value.month - 1]} {year(value.year)}"


def year(number: int) -> str:
    """Return a year as it is spoken: "two thousand and six", "twenty twenty six"."""
    century, rest = divmod(number, 100)
    if number < 1000 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def clock(hour: int, minute: int) -> str:
    """Return a time of the day: "seven thirty", "eight o clock", "sixteen oh five"."""
    if not minute:
        return f"{cardinal(hour)} hundred" if hour > 12 else f"{cardinal(hour)} o clock"
    return f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"


def digits(text: str) -> str:
    """Return a number digit by digit, a comma between its groups; letters by their names."""
    names = KEYS | LETTERS | _MARKS
    spelled_groups = (
        " ".join(names[character] for character in _ascii(group).lower() if character in names)
        for group in groups(text)
    )
    return ", ".join(filter(None, spelled_groups))


def name(text: str) -> str:
    """Return free text as an English voice can read it; Polish words are respelled by ear."""
    heard = re.sub(
        r"[^\W\d_]+", lambda match: _by_ear(match[0]), unicodedata.normalize("NFC", text)
    )
    return _tidy(re.sub("[.?!;:]+", ",", plain(heard))).strip(", ")


def plain(text: str) -> str:
    """Return running text as it is read aloud: numbers and abbreviations in words."""
    text = re.sub(r"(?<=\w)[–—](?=\d)|(?<!\w)[–−](?=\d)", "-", text)
    text = re.sub(r"\s+[-–—]+\s+|[–—]+", ", ", text)
    text = _CLOCK.sub(lambda match: clock(int(match[1]), int(match[2])), text)
    text = _ascii("".join(c if c.isprintable() else " " for c in text))
    words = re.findall("[A-Za-z]{2,}", text)
    shouted = any(len(word) > 3 for word in words) and not any(map(str.islower, "".join(words)))
    read = _TOKEN.sub(lambda match: _read(match, shouted), text)
    return _tidy(re.sub(r"[^A-Za-z,.?!;:' ]+", " ", read))


def _read(match: re.Match[str], shouted: bool) -> str:
    kind = match.lastgroup or ""
    token = match[0]
    return f" {_word(token, shouted)} " if kind == "word" else f" {_READERS[kind](token)} "


def _ascii(text: str) -> str:
    text = text.replace("ł", "l").replace("Ł", "L").replace("’", "'").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if ord(c) < 128)


def _by_ear(word: str) -> str:
    if word.upper() == word or word.lower() == "zł" or not _POLISH_LOOK.search(word):
        return word
    heard = _WRITTEN.sub(lambda match: _EAR[match[0]], word.lower())
    return heard.capitalize() if word[0].isupper() else heard


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([,.?!;:])", r"\1", text)
    text = re.sub(r"([,;:])[,;:]+", r"\1", text)
    text = re.sub(r"[,;:]+([.?!])", r"\1", text)
    return " ".join(text.split()).lstrip(",.;:?! ")


def _word(word: str, shouted: bool) -> str:
    if word in lexicon.ACRONYMS:
        return lexicon.ACRONYMS[word]
    if not word.isupper() or word in ("I", "A"):
        return word
    if shouted or len(word) > 4:
        return word.capitalize()
    return spelled(word)


def spelled(word: str) -> str:
    """Return a word letter by letter."""
    return " ".join(LETTERS[letter] for letter in word.lower() if letter in LETTERS)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [_UNITS[hundreds], "hundred"] if hundreds else []
    if hundreds and rest:
        words.append("and")
    if rest >= 20:
        words.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        words.append(_UNITS[rest])
    return " ".join(words)


def _number(text: str) -> str:
    coded = len(text) > 6 or (text[0] == "0" and len(text) > 1)
    return digits(text) if coded else cardinal(int(text))


def _house(token: str) -> str:
    figures = re.match(r"\d+", token)
    if figures is None:
        return token
    return f"{_number(figures[0])} {spelled(token[figures.end() :])}".strip()


def _address(token: str) -> str:
    parts = re.findall(r"[@._/+:-]|\d+|[^@._/+:\d-]+", re.sub("^https?://", "", token))
    return " ".join(
        lexicon.SIGNS.get(part) or (_number(part) if part.isdecimal() else part) for part in parts
    )


def _amount(token: str) -> str:
    value = grosze(re.sub("[^0-9,.]", "", token).strip("."))
    return money(-value if token[0] == "-" else value)


def _range(token: str) -> str:
    return " to ".join(map(_house, token.split("-")))


def _decimal(token: str) -> str:
    whole, _, rest = token.replace(",", ".").partition(".")
    return f"{_number(whole)} point {' '.join(KEYS[digit] for digit in rest)}"


def _date(token: str) -> str:
    parts = [int(part) for part in re.split("[.-]", token)]
    try:
        return day(date(*parts) if "-" in token else date(parts[2], parts[1], parts[0]))
    except ValueError:
        return " dot ".join(cardinal(part) for part in parts)


def _short(token: str) -> str:
    return _SAID[_key(token)]


def _key(abbreviation: str) -> str:
    return re.sub(r"[.\s]", "", abbreviation.lower())


_SAID = {_key(written): said for written, said in lexicon.ABBREVIATIONS.items()}
_SHORT = "|".join(
    re.escape(short).replace(r"\ ", r"\s?").replace(r"\.", r"\.\s?").removesuffix(r"\s?")
    for short in sorted(lexicon.ABBREVIATIONS, key=len, reverse=True)
)
_POLISH_LOOK = re.compile(
    "[ąćęłńóśźż]|sz|cz|rz|dz|wicz|(?:ow[aey]|ego|wsk[ai]|ski|ska|nie|cja|cji)$", re.IGNORECASE
)
#: Polish spelling → what an English voice reads much the same way.
_EAR = dict(
    zip(
        listed("szcz ch sz cz rz dż dź dzi ci si w ł ó ż ź ś ć ń ą ę ja je jo ju j"),
        listed("shch h sh tch zh j j jee chee shee v w oo zh zh sh ch n on en ya ye yo yoo y"),
        strict=True,
    )
)
_WRITTEN = re.compile("|".join(_EAR))
_GRAMMAR: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    ("web", r"(?:https?://|www\.)[\w.-]+(?:/[\w./-]*\w)?", _address),
    ("date", r"\d{4}-\d\d-\d\d(?!\d)|\d{1,2}\.\d{1,2}\.\d{4}(?!\d)", _date),
    (
        "amount",
        rf"(?:(?<!\w)-)?{MONEY}\s?(?:zl|PLN)\b\.?",
        _amount,
    ),
    ("phone", r"\+\d[\d -]{6,}\d|\d{2,4}(?:[ -]\d{2,4}){2,}", digits),
    ("post", r"\d\d-\d{3}(?!\d)", digits),
    ("range", r"\d{1,6}[A-Za-z]?-\d{1,6}[A-Za-z]?(?![A-Za-z\d-])", _range),
    (
        "fraction",
        r"\d{1,6}[A-Za-z]?(?:/\d{1,6}[A-Za-z]?)+",
        lambda token: " slash ".join(map(_house, token.split("/"))),
    ),
    ("decimal", r"\d{1,12}[.,]\d{1,6}(?!\d)", _decimal),
    ("house", r"\d{1,6}[A-Za-z]?(?![A-Za-z\d])", _house),
    ("figures", "[0-9]+", _number),
    ("sign", r"[@/+&%=]", lambda token: lexicon.SIGNS.get(token, "")),
    ("short", rf"(?<![A-Za-z\d])(?i:{_SHORT})", _short),
    ("word", "[A-Za-z]+", str),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern, _ in _GRAMMAR))
_READERS = {kind: reader for kind, _, reader in _GRAMMAR}
