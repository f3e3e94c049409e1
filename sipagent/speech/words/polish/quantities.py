"""Amounts of money, measures, percentages and plain numbers in Polish texts."""

import re
from collections.abc import Iterable

from sipagent.speech.words.figures import DOTTED, GROUPED, MONEY, SIGN, grosze
from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import (
    COUNTED,
    NOUNS,
    Case,
    Noun,
    case_after,
    declined,
    last_word,
    number_declines,
)
from sipagent.speech.words.polish.numbers import (
    cardinal,
    genitive,
    money,
    money_genitive,
    number,
    ordinal,
    plural,
)
from sipagent.speech.words.polish.rules import (
    DASH,
    EDGE,
    END,
    LETTER,
    Rule,
    after,
    any_of,
    before,
    rule,
)

_SIGNS = {"(-)": "minus ", "-": "minus ", "–": "minus ", "−": "minus ", "+": "plus "}
_CURRENCY = rf"(?:zł(?:otych|ote|oty)?|ZŁ|PLN){END}(?:\.(?=\s*[/,;)]|\s[a-ząćęłńóśźż]))?"
_NUMBER = rf"(?:{GROUPED}|\d{{1,12}})(?:[.,]\d{{1,6}})?(?!\d)"
_DOT = r"\.?\s?"
#: Without its dots → the noun; of "kw." and "kW" in capitals the unit is meant, which comes first.
_UNITS = {re.sub(r"[.\s]", "", short): NOUNS[noun] for short, noun in lexicon.PER.items()}
_UNITS = {
    capitals: noun
    for short, noun in reversed(_UNITS.items())
    for capitals in (short.upper(), short.capitalize())
} | _UNITS
#: In a text of capitals they have capitals too; "MB" is no metre.
_CAPITALS = [
    capitals
    for unit in lexicon.UNITS
    if len(unit) > 1 and unit not in ("mb.", "m.b.")
    for capitals in (unit.upper(), unit.capitalize())
]


def _one_of(units: Iterable[str]) -> str:
    return rf"(?:{any_of({*units, *_CAPITALS}, dots=_DOT)})(?:(?<=[.%°²³€])|{END})(?<!\s)"


_UNIT = _one_of(lexicon.UNITS)
_PER = _one_of(lexicon.PER)
#: What tells that a number and a word before it are part of an address: "lok. 3", "klatka II".
_ADDRESSED = rf"(?!\.?\s?(?:nr\.?\s?)?(?:\d|[IVX]+{END}|[A-Z]{END})|-[{LETTER}])"
#: Before and after a fraction that is one, and no number of a house.
_SHARE = re.compile(r"(?i:udział\w*|część|części|cz\.)\s$")
_SHARED = re.compile(r"\s(?i:opłaty|stawki|kosztów|części|udziału|kwoty|ceny)\b")
_PLURALS = "|".join(sorted(COUNTED, key=len, reverse=True))


def _signed(match: re.Match[str], said: str) -> str:
    return _SIGNS[match["sign"].strip()] + said if match["sign"] else said


def _amount(match: re.Match[str]) -> str:
    value = grosze(match["figures"])
    if number_declines(before(match)) and not match["sign"]:
        return money_genitive(value)
    return _signed(match, money(value))


def _currency_first(match: re.Match[str]) -> str:
    return _signed(match, money(grosze(match["figures"])))


def _amounts(match: re.Match[str]) -> str:
    first, last = grosze(match["first"]), grosze(match["last"])
    if first % 100 or last % 100:
        return f"{money(first)} do {money_genitive(last)}"
    declines = number_declines(before(match))
    said = genitive(first // 100) if declines else cardinal(first // 100)
    return f"{said} do {money_genitive(last)}"


def _thousands(match: re.Match[str]) -> str:
    whole, rest = divmod(grosze(match["figures"]), 100)
    said = cardinal(whole)
    return _signed(match, f"{said} przecinek {number(f'{rest:02}')}" if rest else said)


def _unit(match: re.Match[str]) -> Noun:
    return _UNITS[re.sub(r"[.\s]", "", match["unit"])]


def _quantity(match: re.Match[str]) -> str:
    return _signed(match, _measured(re.sub(r"\s", "", match["figures"]), _unit(match), match))


def _measured(figures: str, noun: Noun, match: re.Match[str]) -> str:
    if re.search("[.,]", figures):
        return f"{decimal(figures)} {noun.gen}"
    count = int(figures)
    one_of = count == 1 and case_after(before(match)) is Case.GENITIVE
    if one_of or number_declines(before(match)):
        return f"{genitive(count, noun.gender)} {noun.gen if count == 1 else noun.many}"
    accusative = noun.gender == "f" and case_after(before(match)) is Case.ACCUSATIVE
    one = noun.acc if accusative else noun.nom
    said = cardinal(count, "fa" if accusative else noun.gender)
    return f"{said} {plural(count, (one, noun.few, noun.many))}"


def _quantities(match: re.Match[str]) -> str:
    noun = _unit(match)
    first, last = match["first"], match["last"]
    said = decimal(first) if "," in first else cardinal(int(first), noun.gender)
    if "," in last:
        return f"{said} do {decimal(last)} {noun.gen}"
    return f"{said} do {genitive(int(last), noun.gender)} {noun.many}"


def _counted(match: re.Match[str]) -> str:
    count, gender = int(match["figures"]), COUNTED[match["noun"].lower()]
    if number_declines(before(match)):
        return genitive(count, gender)
    accusative = gender == "f" and case_after(before(match)) is Case.ACCUSATIVE
    return cardinal(count, "fa" if accusative else gender)


def _per(match: re.Match[str]) -> str:
    """Read "zł/os.", "m3/os." and "zł/m-c"."""
    noun = _unit(match)
    if noun.nom in lexicon.HOW_OFTEN:
        return lexicon.HOW_OFTEN[noun.nom]
    paid = re.search(rf"(?:zł|ZŁ|PLN|gr)\.?\s*$|/\s?{_UNIT}\s*$", before(match))
    return f"{'za' if paid else 'na'} {noun.acc}"


def _lone_unit(match: re.Match[str]) -> str:
    noun = _unit(match)
    if case_after(before(match)) is Case.LOCATIVE:
        first, *rest = noun.many.split()
        return " ".join([re.sub("ów$|i$|$", "ach", first, count=1), *rest])
    return declined(noun, before(match))


def _between(match: re.Match[str]) -> str | None:
    """Read the first number of "od 3 do 5"."""
    return genitive(int(match[0])) if last_word(before(match)) == "od" else None


def decimal(text: str) -> str:
    """Return a number with a decimal comma; a dot, which may mean thousands, is said as it is."""
    whole, point, rest = re.split("([.,])", text)
    dot = point == "." and len(rest) == 3 and whole != "0"
    return f"{number(whole)} {'kropka' if dot else 'przecinek'} {number(rest)}"


def _decimal(match: re.Match[str]) -> str:
    return _signed(match, decimal(match["figures"]))


def _share(match: re.Match[str]) -> str | None:
    """Read "udział 3/8" as three eighths, and "2/3 opłaty" as two thirds of it."""
    over, under = int(match["over"]), int(match["under"])
    shared = _SHARED.match(after(match)) or _SHARE.search(before(match))
    if not shared or not 1 < under < 10000:
        return None
    if over == 1:
        return f"jedna {ordinal(under, 'f')}"
    few = plural(over, ("", "few", "")) == "few"
    return f"{cardinal(over, 'f')} {ordinal(under, 'n' if few else 'pl-gen')}"


def _signed_number(match: re.Match[str]) -> str:
    if re.search(r"\d\sz\s$", before(match)) and len(match["figures"]) < 4:
        return genitive(int(match["figures"]))  # "rata 5 z 24"
    return _signed(match, number(match["figures"]))


#: Before phones and dates, whose figures look alike.
RULES: tuple[Rule, ...] = (
    rule(rf"(?P<first>{MONEY}){DASH}(?P<last>{MONEY})\s?{_CURRENCY}", _amounts),
    rule(rf"{SIGN}(?P<figures>{MONEY})\s?{_CURRENCY}", _amount),
    rule(rf"(?P<figures>{MONEY})(?P<sign>-)\s?{_CURRENCY}", _amount),
    rule(rf"{EDGE}(?:zł|PLN)\s{SIGN}(?P<figures>\d{{1,12}}[.,]\d\d)(?!\d)", _currency_first),
    rule(rf"{SIGN}(?P<figures>{DOTTED},\d\d|{GROUPED},\d\d)(?!\d)", _thousands),
    rule(
        rf"(?P<first>\d{{1,6}}(?:,\d{{1,3}})?)(?:{DASH})(?P<last>\d{{1,6}}(?:,\d{{1,3}})?)"
        rf"\s?(?P<unit>{_UNIT}){_ADDRESSED}",
        _quantities,
    ),
    rule(rf"{SIGN}(?P<figures>{_NUMBER})[\s-]?(?P<unit>{_UNIT}){_ADDRESSED}", _quantity),
    rule(
        rf"(?P<figures>\d{{1,6}})(?=\s(?P<noun>(?i:{_PLURALS})){END}{_ADDRESSED})",
        _counted,
    ),
    rule(rf"(?P<figures>\d{{1,6}})(?=\s[{LETTER}]+ach{END})", lambda m: genitive(int(m[0]))),
    rule(r"\d{1,6}(?=\sdo\s\d)", _between),
    rule(rf"\s?/\s?(?P<unit>{_PER})", _per),
    rule(r"(?P<over>\d{1,4})/(?P<under>\d{1,4})(?![\d/])", _share),
)

#: Between figures and around them; after addresses, which have figures too.
NUMBERS: tuple[Rule, ...] = (
    rule(rf"{SIGN}(?P<figures>\d{{1,12}}[.,]\d{{1,6}})(?!\d)", _decimal),
    rule(GROUPED, lambda m: cardinal(int(re.sub(r"\s", "", m[0])))),
    rule(r"(?<=\d)[x*](?=\d)|\s[x*]\s(?=\d)|×", lambda _: "razy"),
    rule(rf"{SIGN}(?P<figures>\d+)", _signed_number),
    rule(
        rf"{EDGE}(?P<unit>[mM][23²³]|m\skw\.|m\.kw\.|mkw\.?|kWh|MWh|GJ){END}",
        _lone_unit,
    ),
)
