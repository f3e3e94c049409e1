"""Roman numbers, ordinals and numbers within words in Polish texts."""

import re

from sipagent.speech.words.polish import lexicon
from sipagent.speech.words.polish.nouns import NOUNS, SINGULAR, Case, case_after
from sipagent.speech.words.polish.numbers import LETTERS, joined, ordinal
from sipagent.speech.words.polish.rules import (
    EDGE,
    END,
    LETTER,
    ROMAN,
    Rule,
    any_of,
    before,
    roman,
    rule,
)

#: Gender and case of a noun → form of the ordinal that goes with it.
_FORMS = {
    ("m", Case.GENITIVE): "m-gen",
    ("m", Case.INSTRUMENTAL): "m-loc",
    ("m", Case.LOCATIVE): "m-loc",
    ("n", Case.GENITIVE): "m-gen",
    ("n", Case.INSTRUMENTAL): "m-loc",
    ("n", Case.LOCATIVE): "m-loc",
    ("f", Case.GENITIVE): "f-gen",
    ("f", Case.LOCATIVE): "f-gen",
    ("f", Case.ACCUSATIVE): "f-acc",
    ("f", Case.INSTRUMENTAL): "f-acc",
}
#: What is written behind a figure for the end of its ordinal → the form.
_ENDINGS = {
    "m": "szy wszy gi ci ty ny my y",
    "m-gen": "go ego szego wszego giego ciego tego nego mego",
    "m-loc": "szym wszym gim cim tym nym mym ym im",
    "f": "sza wsza ga cia ta na ma a",
    "f-gen": "szej wszej giej ciej tej nej mej ej iej",
    "f-acc": "szą wszą gą cią tą ną mą ą",
    "n": "sze wsze gie cie te ne me e",
    "pl-gen": "szych gich cich tych nych mych ych ich",
}
_FORM_OF = {ending: form for form, endings in _ENDINGS.items() for ending in endings.split()}
#: Endings that nothing else can be, so that the hyphen may be missing.
_PLAIN = "go|ego|szy|szego|sza|szej|giej|ciej|cia|tej|tego|mej|nej"
_SHORT_PATTERN = any_of(lexicon.SHORT_NOUNS)
_SHORT = {re.sub(r"\s", "", short).lower(): noun for short, noun in lexicon.SHORT_NOUNS.items()}
#: Abbreviations of nouns that an ordinal may stand before or after.
_NUMBERED = {
    "kw.": "kwartał",
    "kwart.": "kwartał",
    "kl.": "klatka",
    "klat.": "klatka",
    "p.": "piętro",
    "piętr.": "piętro",
    "kond.": "kondygnacja",
    "bud.": "budynek",
    "bl.": "blok",
    "etap.": "etap",
    "os.": "osiedle",
    "w.": "wiek",
    "cz.": "część",
    "półr.": "półrocze",
    "poł.": "połowa",
}
_NUMBERED_KEYS = {short.replace(".", ""): NOUNS[noun] for short, noun in _NUMBERED.items()}
_ABBREVIATED = any_of(_NUMBERED)
_WORDS = "|".join(sorted(SINGULAR, key=len, reverse=True))
#: Nouns that an Arabic number before them counts through: "3 piętro" is the third.
_STOREYS = {
    form: SINGULAR[form]
    for noun in ("piętro", "kwartał", "półrocze", "etap", "rata", "kondygnacja")
    for form in (NOUNS[noun].form(case) for case in Case)
}
#: What is numbered in names of streets, perhaps with an adjective in between.
_ARMIES = (
    rf"(?:[{LETTER}]+(?:ego|ej)\s)?"
    rf"(?P<army>(?i:armii|dywizji|brygady|wojny|pułku|korpusu|batalionu|szwadronu|RP)){END}"
)
#: After a Roman number that belongs to the noun before it, and to nothing behind it.
_ALONE = rf"(?!\s{_ARMIES.replace('?P<army>', '?:')}|-?leci|[\s./](?:19|20)\d\d(?!\d))"
_MORE = rf"(?P<more>(?:(?:,\s|\si\s|\soraz\s|[-–]){ROMAN}{END})*)"


#: Form of an ordinal → its form after "do".
_TO = {"m": "m-gen", "n": "m-gen", "f": "f-gen"}


def _form(gender: str, case: Case) -> str:
    return _FORMS.get((gender, case), gender)


def _joined(match: re.Match[str]) -> str | None:
    """Read "1000-lecia", "XX-lecia" and "3-pokojowe" as one word."""
    value = _value(match)
    return joined(value) + match["rest"].lower() if value else None


def _ended(match: re.Match[str]) -> str:
    """Read "3-go", "1-sza" and "2gi" in the form that their ending tells."""
    return ordinal(_value(match), _FORM_OF[match["ending"] or match["bare"]])


def _before_noun(match: re.Match[str]) -> str:
    """Read "1. piętro", "II klatce", "I etapu" in the form of the noun that follows."""
    gender, case = SINGULAR[match["noun"].lower()]
    return ordinal(_value(match), _form(gender, case))


def _storey(match: re.Match[str]) -> str | None:
    """Read "3 piętro" and "na 3 piętrze", but "2 piętra" as a number of them."""
    gender, case = _STOREYS[match["noun"].lower()]
    if case is Case.GENITIVE and case_after(before(match)) is not Case.GENITIVE:
        return None
    return ordinal(_value(match), _form(gender, case))


def _value(match: re.Match[str]) -> int:
    figures = match["figures"]
    return int(figures) if figures.isdecimal() else roman(figures)


def _before_short(match: re.Match[str]) -> str:
    """Read "III kw." and "na II p."."""
    noun = _NUMBERED_KEYS[match["noun"].replace(".", "").strip().lower()]
    case = case_after(before(match), place=noun.place)
    return f"{ordinal(_value(match), _form(noun.gender, case))} {noun.form(case)}"


def _after_short(match: re.Match[str]) -> str:
    """Read "kl. II" and "w kl. IIa"."""
    noun = NOUNS[_SHORT[re.sub(r"\s", "", match["noun"]).lower()]]
    case = case_after(before(match), place=noun.place)
    return f"{noun.form(case)} {_with_letter(match, _form(noun.gender, case))}"


def _after_word(match: re.Match[str]) -> str:
    """Read "klatka III", "w klatce IIa" in the form of the noun before."""
    gender, case = SINGULAR[match["noun"].lower()]
    return f"{match['noun']} {_with_letter(match, _form(gender, case))}"


def _with_letter(match: re.Match[str], form: str) -> str:
    said = ordinal(_value(match), form)
    if match["letter"]:
        said += f" {LETTERS[match['letter']]}"
    for joint, figures in re.findall(r"(\W*(?:i|oraz)?\W*)([IVXL]+)", match["more"]):
        to = joint in "-–"
        last = ordinal(roman(figures), _TO.get(form, form) if to else form)
        said += f" do {last}" if to else f"{joint.rstrip()} {last}"
    return said


def _of_an_army(match: re.Match[str]) -> str:
    """Read "1 Armii", "15 Wielkopolskiej Brygady", "36 Pułku": all of them in the genitive."""
    return ordinal(_value(match), "m-gen" if match["army"].lower().endswith("u") else "f-gen")


def _reign(match: re.Match[str]) -> str:
    """Read the number of a king or a pope, in the case of the name before it."""
    name = match["name"].lower()
    if name.endswith(("y", "i")):
        form = "f-gen"
    elif name.endswith(("em", "ie", "le", "rze")):
        form = "m-loc"
    else:
        form = "m-gen" if name.endswith(("a", "o")) else "m"
    return f"{match['name']} {ordinal(_value(match), form)}"


def _before_word(match: re.Match[str]) -> str:
    """Read a Roman number before a word that is in no list, by the end of that word."""
    word = (match["word"] or "").lower()
    if word.endswith("ego"):
        form = "m-gen"
    elif word.endswith(("ej", "ii", "ji")):
        form = "f-gen"
    elif word.endswith("u"):
        form = "m-gen"
    elif word.endswith(("um", "o", "e")):
        form = "n"
    else:
        form = "f" if word.endswith("a") else "m"
    return ordinal(_value(match), form)


RULES: tuple[Rule, ...] = (
    rule(
        rf"{EDGE}(?P<figures>\d{{1,4}}|{ROMAN})\s?[-–]?\s?(?P<rest>(?i:leci)[{LETTER}]+)",
        _joined,
    ),
    rule(
        rf"{EDGE}(?P<figures>\d{{1,4}}|{ROMAN})(?:\s?-\s?(?P<ending>{'|'.join(_FORM_OF)})|"
        rf"(?P<bare>{_PLAIN})){END}",
        _ended,
    ),
    rule(
        r"(?P<figures>\d{1,4})-(?:(?:o|cio|mio|ro|stu)[\s-])?(?P<rest>[a-ząćęłńóśźż]{4,})", _joined
    ),
    rule(
        rf"{EDGE}(?P<figures>\d{{1,3}}(?=\.)|{ROMAN})\.?\s?(?=(?P<noun>(?i:{_WORDS})){END})",
        _before_noun,
    ),
    rule(
        rf"(?P<figures>\d{{1,3}})\s(?=(?P<noun>(?i:{'|'.join(_STOREYS)})){END}(?!\s?\d))",
        _storey,
    ),
    rule(
        rf"{EDGE}(?P<figures>{ROMAN})\s?(?P<noun>(?i:{_ABBREVIATED}))(?<!\s)(?!\s?\d{{1,3}}{END})",
        _before_short,
    ),
    rule(r"(?P<figures>\d{1,2})\s?(?P<noun>p\.)(?!\s?\d)", _before_short),
    rule(
        rf"{EDGE}(?P<figures>\d{{1,3}}|{ROMAN})\.?\s(?={_ARMIES})",
        _of_an_army,
    ),
    rule(
        rf"{EDGE}(?P<noun>(?i:{_SHORT_PATTERN}))\s?(?P<figures>{ROMAN})(?P<letter>[a-d])?{END}"
        rf"{_MORE}{_ALONE}",
        _after_short,
    ),
    rule(
        rf"{EDGE}(?P<noun>(?i:{_WORDS}))\s(?P<figures>{ROMAN})(?P<letter>[a-d])?{END}"
        rf"{_MORE}{_ALONE}",
        _after_word,
    ),
    rule(
        rf"{EDGE}(?P<name>[A-ZĆŁŚŻŹ][a-ząćęłńóśźż]+)\s(?P<figures>{ROMAN}){END}{_ALONE}",
        _reign,
    ),
    rule(
        rf"{EDGE}(?P<figures>(?=[IVXL]{{2}}){ROMAN}){END}(?:(?=\s(?P<word>[{LETTER}]+)))?",
        _before_word,
    ),
)
