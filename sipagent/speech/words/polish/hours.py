"""Hours and days of the week in Polish texts."""

import re

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import NOUNS, Case, case_after, last_word
from sipagent.speech.words.polish.numbers import cardinal, digits, ordinal
from sipagent.speech.words.polish.rules import DASH, EDGE, END, LETTER, Rule, before, rule

_WEEKDAYS = {written.replace(".", ""): said for written, said in lexicon.WEEKDAYS.items()}
_WEEKDAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_HOUR = r"\d{1,2}(?:[:.]\d\d)?(?!\d)"
#: Case of the word "godzina" → form of the ordinal behind it.
_FORMS = {
    Case.NOMINATIVE: "f",
    Case.GENITIVE: "f-gen",
    Case.LOCATIVE: "f-gen",
    Case.ACCUSATIVE: "f-acc",
    Case.INSTRUMENTAL: "f-acc",
}


def _weekday(match: re.Match[str]) -> str:
    nominative, genitive = _WEEKDAYS[match["day"].lower()]
    word = last_word(before(match))
    if word in ("od", "do"):
        return genitive
    return re.sub("a$", "ę", nominative) if word in ("w", "we", "na", "za") else nominative


def _weekdays(match: re.Match[str]) -> str:
    first, last = (_WEEKDAYS[match[end].lower()][1] for end in ("first", "last"))
    return f"od {first} do {last}"


def _time(text: str, form: str) -> str | None:
    hour, _, minute = text.replace(".", ":").partition(":")
    if int(hour) > 24 or int(minute or 0) > 59:
        return None
    said = ordinal(int(hour), form)
    if not minute or minute == "00":
        return said
    return f"{said} {digits(minute) if minute[0] == '0' else cardinal(int(minute))}"


def _clock(match: re.Match[str]) -> str:
    said = _time(match[0], _FORMS[case_after(before(match))])
    return said if said is not None else " ".join(digits(p) for p in match[0].split(":"))


def _hours(match: re.Match[str]) -> str | None:
    first, last = (_time(match[end], "f-gen") for end in ("first", "last"))
    if first is None or last is None:
        return None
    if last_word(before(match)) == "od":
        return f"{'godziny ' if match.groupdict().get('named') else ''}{first} do {last}"
    said = f"od {first} do {last}"
    if not match.groupdict().get("named"):
        return said
    return f"{'godzinach' if last_word(before(match)) == 'w' else 'godziny'} {said}"


def _weekday_hours(match: re.Match[str]) -> str | None:
    return _hours(match) if last_word(before(match)) in _WEEKDAYS else None


def _hour(match: re.Match[str]) -> str | None:
    case = case_after(before(match))
    said = _time(match["time"], _FORMS[case])
    return None if said is None else f"{NOUNS['godzina'].form(case)} {said}"


RULES: tuple[Rule, ...] = (
    rule(
        rf"{EDGE}(?:(?P<named>(?i:godz|godziny|godzinach)\.?)\s?)(?:od\s)?(?P<first>{_HOUR})"
        rf"(?:{DASH}|\sdo\s)(?P<last>{_HOUR}){END}",
        _hours,
    ),
    rule(
        rf"(?P<first>\d{{1,2}}:\d\d)(?:{DASH})(?P<last>\d{{1,2}}:\d\d)(?!\d)",
        _hours,
    ),
    rule(
        rf"(?P<first>\d{{1,2}}\.[0-5]\d){DASH}(?P<last>\d{{1,2}}\.[0-5]\d)"
        rf"(?!\.?\d|\s?[{LETTER}%])",
        _hours,
    ),
    rule(
        rf"(?P<first>\d{{1,2}}){DASH}(?P<last>\d{{1,2}}){END}",
        _weekday_hours,
    ),
    rule(rf"{EDGE}(?i:godz)\.\s?(?P<time>{_HOUR}){END}", _hour),
    rule(
        rf"{EDGE}(?P<first>(?i:{_WEEKDAY}))\.?{DASH}(?P<last>(?i:{_WEEKDAY})){END}\.?",
        _weekdays,
    ),
    rule(rf"{EDGE}(?P<day>(?i:{_WEEKDAY}))\.", _weekday),
    rule(r"\d{1,2}:\d\d(?!\d)", _clock),
)
