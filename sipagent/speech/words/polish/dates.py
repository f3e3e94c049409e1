"""Dates, months, quarters and years in Polish texts."""

import re
from datetime import date

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import NOUNS, Case, case_after, last_word
from sipagent.speech.words.polish.numbers import cardinal, day, ordinal, year
from sipagent.speech.words.polish.rules import (
    DASH,
    EDGE,
    END,
    LETTER,
    ROMAN,
    Rule,
    before,
    closed,
    roman,
    rule,
)

_CASES = (Case.NOMINATIVE, Case.GENITIVE, Case.LOCATIVE)
#: Any form of a month → its number and its case.
_MONTHS = {
    form: (number, case)
    for number, forms in enumerate(lexicon.MONTHS, 1)
    for form, case in zip(forms, _CASES, strict=True)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_GENITIVES = "|".join(genitive for _, genitive, _ in lexicon.MONTHS)
_NOMINATIVES = "|".join(nominative for nominative, *_ in lexicon.MONTHS)
#: The word of a year, whose dot may end the sentence as well.
_R = rf"(?:\s?(?:roku{END}|r\.|r{END}))?"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_FULL = (
    r"(?:\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}/\d{1,2}/\d{4}"
    r"|\d{4}-\d\d-\d\d)(?!\d)"
)
#: What has a number of its own in front of a stroke and the year, such as "faktura 8/2026".
_NUMBERED = re.compile(
    r"(?:\b(?i:nr|numer|uchwał\w|faktur\w|umow\w|aneks|pism\w|zleceni\w|not\w)|\b[A-Z]{2,5})\.?\s$"
)

#: Case of the word "rok" → form of the ordinal before or after it.
_YEAR_FORMS = {
    Case.NOMINATIVE: "m",
    Case.ACCUSATIVE: "m",
    Case.GENITIVE: "m-gen",
    Case.LOCATIVE: "m-loc",
    Case.INSTRUMENTAL: "m-loc",
}


def _read(text: str) -> date | None:
    figures = [int(part) for part in re.split("[./-]", text)]
    try:
        return date(*figures) if figures[0] > 31 else date(*reversed(figures))
    except ValueError:
        return None


def _date(match: re.Match[str]) -> str:
    found = _read(match["date"])
    if found is None:
        said = " kropka ".join(cardinal(int(part)) for part in re.split("[./-]", match["date"]))
        return closed(match, said)
    return closed(match, day(found))


def _short_date(match: re.Match[str]) -> str | None:
    found = _read(re.sub(r"(\d\d)$", r"20\1", match["date"]))
    return None if found is None else closed(match, day(found))


def _date_range(match: re.Match[str]) -> str | None:
    first, last = _read(match["first"]), _read(match["last"])
    if first is None or last is None:
        return None
    start = "" if last_word(before(match)) == "od" else "od "
    return closed(match, f"{start}{day(first)} do {day(last)}")


def _days_of_a_month(match: re.Match[str]) -> str | None:
    last = _read(f"{match['day']}.{match['rest']}")
    if last is None:
        return None
    return closed(match, f"od {ordinal(int(match['first']), 'm-gen')} do {day(last)}")


def _day_of_any_month(match: re.Match[str]) -> str:
    last = ordinal(int(match["last"]), "m-gen")
    return f"{ordinal(int(match['first']), 'm-gen')} do {last}" if match["first"] else last


def _short_days(match: re.Match[str]) -> str:
    """Read "01.06-30.06"."""
    ends = (match[end].split(".") for end in ("first", "last"))
    first, last = (
        f"{ordinal(int(number), 'm-gen')} {lexicon.MONTHS[int(month) - 1][1]}"
        for number, month in ends
    )
    return f"od {first} do {last}"


def _roman_month(match: re.Match[str]) -> str | None:
    found = _read(f"{match['day']}.{roman(match['month'])}.{match['year']}")
    return None if found is None else closed(match, day(found))


def _day_and_month(match: re.Match[str]) -> str | None:
    """Read 31.12 where the words before it say that it is a day."""
    if last_word(before(match)) not in ("do", "od", "na", "dnia", "dniu", "dn", "dzień", "dz", "z"):
        return None
    number, month = int(match["day"]), int(match["month"])
    said = f"{ordinal(number, 'm-gen')} {lexicon.MONTHS[month - 1][1]}"
    return closed(match, said)


def _feast(match: re.Match[str]) -> str:
    said = f"{ordinal(int(match['day']), 'm-gen')} {match['month']}"
    return f"{said} {_of_year(match)}" if match["year"] else said


def _days(match: re.Match[str]) -> str:
    first, last = (ordinal(int(match[end]), "m-gen") for end in ("first", "last"))
    start = "" if last_word(before(match)) == "od" else "od "
    said = f"{start}{first} do {last} {match['month']}"
    return f"{said} {_of_year(match)}" if match["year"] else said


def _of_year(match: re.Match[str]) -> str:
    return closed(match, year(int(match["year"])))


def _month_of_year(match: re.Match[str]) -> str:
    return f"{match['month']} {_of_year(match)}"


def _numbered_month(match: re.Match[str]) -> str | None:
    month = match["month"]
    number = int(month) if month.isdecimal() else roman(month)
    if number > 12 or _NUMBERED.search(before(match)):
        return None
    case = case_after(before(match))
    forms = dict(zip(_CASES, lexicon.MONTHS[number - 1], strict=True))
    return f"{forms.get(case, forms[Case.NOMINATIVE])} {_of_year(match)}"


def _lone_month(match: re.Match[str]) -> str | None:
    """Read the month of "czynsz za VII"."""
    number = roman(match["month"])
    return lexicon.MONTHS[number - 1][0] if number <= 12 else None


def _decade(match: re.Match[str]) -> str:
    """Read "lata 90." and "w latach 90."."""
    form = "n" if match["word"].lower() == "lata" else "pl-gen"
    return f"{match['word']} {ordinal(int(match['figures']), form)}"


def _months(match: re.Match[str]) -> str:
    numbers = (_MONTHS[match[end].lower()][0] for end in ("first", "last"))
    first, last = (lexicon.MONTHS[number - 1][1] for number in numbers)
    said = f"od {first} do {last}"
    return f"{said} {_of_year(match)}" if match["year"] else said


def _numbered_months(match: re.Match[str]) -> str | None:
    """Read "I-III 2026" and "01-06.2026"."""
    ends = (match["first"], match["last"])
    numbers = [int(end) if end.isdecimal() else roman(end) for end in ends]
    if max(numbers) > 12:
        return None
    first, last = (lexicon.MONTHS[number - 1][1] for number in numbers)
    return f"od {first} do {last} {_of_year(match)}"


def _years(match: re.Match[str]) -> str:
    first, last = (cardinal(int(match[end])) for end in ("first", "last"))
    joint = "do" if match["joint"] != "/" else "łamane przez"
    return closed(match, f"{first} {joint} {last}{' roku' if match['word'] else ''}")


def _year_and_word(match: re.Match[str]) -> str:
    """Read "2026 rok", "2026 r." and the like; the dot leaves its case to what is before."""
    word, case = match["word"].lower(), case_after(before(match))
    if word == "rok":
        case = Case.NOMINATIVE
    elif case is Case.NOMINATIVE or (word == "roku" and case is not Case.LOCATIVE):
        case = Case.GENITIVE
    said = f"{ordinal(int(match['year']), _YEAR_FORMS[case])} {NOUNS['rok'].form(case)}"
    return closed(match, said)


def _word_and_year(match: re.Match[str]) -> str:
    case = Case.NOMINATIVE
    if match["word"].lower() == "roku":
        locative = case_after(before(match)) is Case.LOCATIVE
        case = Case.LOCATIVE if locative else Case.GENITIVE
    said = f"{match['word']} {ordinal(int(match['year']), _YEAR_FORMS[case])}"
    return closed(match, said)


def _lone_year(match: re.Match[str]) -> str | None:
    """Read the year of "za 2026", "w 2026", "od 2020 do 2026", "III kwartał 2026"."""
    word = last_word(before(match))
    if word.startswith(("kw", "półr", "poł")):
        return year(int(match["year"]))
    if word not in ("w", "za", "na", "od", "do"):
        return None
    case = case_after(before(match))
    return ordinal(int(match["year"]), _YEAR_FORMS[case])


RULES: tuple[Rule, ...] = (
    rule(
        rf"(?<!\d)(?P<first>{_DAY}\.(?:0[1-9]|1[0-2]))\.?{DASH}"
        rf"(?P<last>{_DAY}\.(?:0[1-9]|1[0-2]))(?![\d,]|\.\d|\s?zł)\.?",
        _short_days,
    ),
    rule(
        rf"(?P<first>{_FULL}){_R}(?:{DASH}|\sdo\s)(?P<last>{_FULL}){_R}",
        _date_range,
    ),
    rule(
        rf"(?P<first>{_DAY}){DASH}(?P<day>{_DAY})\.(?P<rest>\d\d\.\d{{4}})(?!\d){_R}",
        _days_of_a_month,
    ),
    rule(rf"(?P<date>{_FULL}){_R}", _date),
    rule(rf"(?P<date>{_DAY}\.(?:0[1-9]|1[0-2])\.\d\d)(?![\d.]){_R}", _short_date),
    rule(
        rf"(?P<day>{_DAY})[.\s](?P<month>{ROMAN})[.\s](?P<year>{_YEAR}){_R}",
        _roman_month,
    ),
    rule(
        rf"(?P<day>{_DAY})\.(?P<month>0[1-9]|1[0-2])(?![\d,])\.?(?!\s?zł)",
        _day_and_month,
    ),
    rule(
        rf"(?:(?P<first>{_DAY})\sdo\s)?(?P<last>{_DAY})(?=\s(?:każdego|dnia|m-ca|miesiąca){END})",
        _day_of_any_month,
    ),
    rule(
        rf"(?P<first>{_DAY}){DASH}(?P<last>{_DAY})\s(?P<month>(?i:{_GENITIVES})){END}"
        rf"(?:\s(?P<year>{_YEAR}){_R})?",
        _days,
    ),
    rule(
        rf"(?P<day>{_DAY})[\s-](?P<month>(?i:{_GENITIVES})){END}(?:\s(?P<year>{_YEAR}){_R})?",
        _feast,
    ),
    rule(
        rf"{EDGE}(?P<first>(?i:{_NOMINATIVES})){DASH}(?P<last>(?i:{_NOMINATIVES})){END}"
        rf"(?:\s(?P<year>{_YEAR}){_R})?",
        _months,
    ),
    rule(rf"{EDGE}(?P<month>(?i:{_MONTH}))\s(?P<year>{_YEAR}){_R}", _month_of_year),
    rule(
        rf"{EDGE}(?P<first>{ROMAN}|0[1-9]|1[0-2])[-–](?P<last>{ROMAN}|0[1-9]|1[0-2])"
        rf"[\s./](?P<year>{_YEAR}){_R}",
        _numbered_months,
    ),
    rule(rf"{EDGE}(?P<month>{ROMAN})[\s./](?P<year>{_YEAR}){_R}", _numbered_month),
    rule(rf"(?<=za )(?P<month>{ROMAN})(?=\s*(?:$|[,;.)]))", _lone_month),
    rule(rf"{EDGE}(?P<word>(?i:lata|lat|latach))\s(?P<figures>[1-9]0)\.?(?![\d,])", _decade),
    rule(
        r"(?<![\d/.])(?P<month>0[1-9]|1[0-2]|(?<=za )[1-9])[./]"
        rf"(?P<year>{_YEAR})(?![./]\d){_R}",
        _numbered_month,
    ),
    rule(
        rf"(?P<first>{_YEAR})(?P<joint>[-–/])(?P<last>{_YEAR})(?P<word>\s?r(?:oku|\.)?{END})?",
        _years,
    ),
    rule(rf"(?P<year>[12]\d{{3}})\s?(?P<word>(?i:rok|roku|r\.|r)){END}", _year_and_word),
    rule(rf"{EDGE}(?P<word>(?i:rok|roku))\s(?P<year>{_YEAR})(?:\s?r(?:\.|{END}))?", _word_and_year),
    rule(
        rf"(?P<year>{_YEAR})(?!\s?(?!(?:i|do|oraz){END})[{LETTER}%])(?![\d/.,-]\d)",
        _lone_year,
    ),
)
