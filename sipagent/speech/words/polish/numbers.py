"""Polish in words: numbers with gender, money and dates declined, digits in groups."""

from datetime import date

from sipagent.speech.words.grouping import groups, listed

#: The largest number that can be said, exclusive.
LIMIT = 10**15

#: Genders that a counted noun may have; ``fa``: a feminine noun in the accusative.
GENDERS = ("m", "f", "n", "fa")
#: konto, konta, kont.
PLURAL_FORMS = 3

_UNITS = listed(
    "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście "
    "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście"
)
_TENS = listed(
    "- - dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt "
    "osiemdziesiąt dziewięćdziesiąt"
)
_HUNDREDS = listed(
    "- sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset"
)
_POWERS = (
    ("", "", ""),
    ("tysiąc", "tysiące", "tysięcy"),
    ("milion", "miliony", "milionów"),
    ("miliard", "miliardy", "miliardów"),
    ("bilion", "biliony", "bilionów"),
)
_ONE = {"m": "jeden", "f": "jedna", "n": "jedno", "fa": "jedną"}
_ONE_GENITIVE = {"m": "jednego", "f": "jednej", "n": "jednego"}
_TWO = {"m": "dwa", "f": "dwie", "n": "dwa", "fa": "dwie"}

# The genitive, which is the locative too: "od pięciu", "w trzech".
_UNITS_GENITIVE = listed(
    "zera jeden dwóch trzech czterech pięciu sześciu siedmiu ośmiu dziewięciu dziesięciu "
    "jedenastu dwunastu trzynastu czternastu piętnastu szesnastu siedemnastu osiemnastu "
    "dziewiętnastu"
)
_TENS_GENITIVE = listed(
    "- - dwudziestu trzydziestu czterdziestu pięćdziesięciu sześćdziesięciu siedemdziesięciu "
    "osiemdziesięciu dziewięćdziesięciu"
)
_HUNDREDS_GENITIVE = listed(
    "- stu dwustu trzystu czterystu pięciuset sześciuset siedmiuset ośmiuset dziewięciuset"
)
_POWERS_GENITIVE = ("", "tysiąca", "miliona", "miliarda", "biliona")

# What a number is within a word: "trzypokojowe", "dwudziestopięciolecie".
_UNITS_JOINED = listed(
    "- jedno dwu trzy cztero pięcio sześcio siedmio ośmio dziewięcio dziesięcio jedenasto "
    "dwunasto trzynasto czternasto piętnasto szesnasto siedemnasto osiemnasto dziewiętnasto"
)
_TENS_JOINED = listed(
    "- - dwudziesto trzydziesto czterdziesto pięćdziesięcio sześćdziesięcio "
    "siedemdziesięcio osiemdziesięcio dziewięćdziesięcio"
)
_HUNDREDS_JOINED = listed(
    "- stu dwustu trzystu czterystu pięćset sześćset siedemset osiemset dziewięćset"
)

# Ordinals without their ending; a masculine one ends in -y or, after k and g, in -i.
_ORDINAL_UNITS = listed(
    "zerow pierwsz drug trzec czwart piąt szóst siódm ósm dziewiąt dziesiąt jedenast dwunast "
    "trzynast czternast piętnast szesnast siedemnast osiemnast dziewiętnast"
)
_ORDINAL_TENS = listed(
    "- - dwudziest trzydziest czterdziest pięćdziesiąt sześćdziesiąt siedemdziesiąt "
    "osiemdziesiąt dziewięćdziesiąt"
)
_ORDINAL_HUNDREDS = listed(
    "- setn dwusetn trzechsetn czterechsetn pięćsetn sześćsetn siedemsetn osiemsetn dziewięćsetn"
)
_ORDINAL_THOUSANDS = listed(
    "- tysięczn dwutysięczn trzytysięczn czterotysięczn pięciotysięczn sześciotysięczn "
    "siedmiotysięczn ośmiotysięczn dziewięciotysięczn"
)
#: Form → (usual ending, after k and g, of trzeci). What is called the genitive of the feminine is
#: its locative too, and what is called the locative of the masculine its instrumental.
_ENDINGS = {
    "m": ("y", "i", "i"),
    "f": ("a", "a", "ia"),
    "n": ("e", "ie", "ie"),
    "m-gen": ("ego", "iego", "iego"),
    "m-loc": ("ym", "im", "im"),
    "f-gen": ("ej", "iej", "iej"),
    "f-acc": ("ą", "ą", "ią"),
    "pl-gen": ("ych", "ich", "ich"),
}

MONTHS = listed(
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
    "listopada grudnia"
)

#: As the object of "nacisnąć", which is how they are announced.
KEYS = {str(digit): _UNITS[digit] for digit in range(10)} | {"*": "gwiazdkę", "#": "krzyżyk"}

#: Names of letters; those with a Polish sign are said as they sound.
LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyząćęłńśźż",
        listed(
            "a be ce de e ef gie ha i jot ka el em en o pe ku er es te u fał wu iks igrek zet "
            "ą cie ę eł eń eś ziet żet"
        ),
        strict=True,
    )
) | {"ó": "u z kreską"}

_MARKS = {"+": "plus", "-": "myślnik", "/": "łamane przez", ".": "kropka", "_": "podkreślenie"}


def cardinal(number: int, gender: str = "m") -> str:
    """Return a number in words; only a final one or two shows the gender of what is counted.

    Raises:
        ValueError: the number has more than fifteen digits.
    """
    if abs(number) >= LIMIT:
        raise ValueError(f"{number} is too large to be said")
    if number < 0:
        return "minus " + cardinal(-number, gender)
    if number == 1:
        return _ONE[gender]
    words: list[str] = []
    for power in reversed(range(len(_POWERS))):
        part = number // 1000**power % 1000
        if part:
            words += _thousandfold(part, power, gender)
    return " ".join(words) or _UNITS[0]


def genitive(number: int, gender: str = "m") -> str:
    """Return a number in the genitive: "od dwudziestu pięciu", "dla jednej"."""
    if number == 1:
        return _ONE_GENITIVE[gender]
    words: list[str] = []
    for power in reversed(range(len(_POWERS))):
        part = number // 1000**power % 1000
        if power and part == 1:
            words.append(_POWERS_GENITIVE[power])
        elif part:
            words += [*_in_genitive(part), _POWERS[power][2]]
    return " ".join(filter(None, words)) or _UNITS_GENITIVE[0]


def joined(number: int) -> str:
    """Return a number from 1 to 9999 as the first part of a word: "trzy", "dwudziestopięcio".

    Raises:
        ValueError: the number is out of range.
    """
    if not 1 <= number < 10000:
        raise ValueError(f"{number} begins no word between 1 and 9999")
    thousands, rest = divmod(number, 1000)
    hundreds, rest = divmod(rest, 100)
    word = "" if not thousands else "tysiąc" if thousands == 1 else joined(thousands) + "tysiąc"
    word += _HUNDREDS_JOINED[hundreds] if hundreds else ""
    if rest < 20:
        return word + (_UNITS_JOINED[rest] if rest else "")
    word += _TENS_JOINED[rest // 10]
    return word + (_UNITS_JOINED[rest % 10] if rest % 10 else "")


def counted(count: int, gender: str, forms: tuple[str, ...]) -> str:
    """Return a number and its noun, as in "dwie osoby" (see ``words.counted``)."""
    number = cardinal(count, gender or "m")
    return f"{number} {plural(count, forms)}" if forms else number


def plural(count: int, forms: tuple[str, ...]) -> str:
    """Return the form of a noun after a number: 1 konto, 2 konta, 5 kont, 12 kont, 22 konta."""
    one, few, many = forms
    count = abs(count)
    if count == 1:
        return one
    return few if 2 <= count % 10 <= 4 and count % 100 // 10 != 1 else many


def money(grosze: int) -> str:
    """Return an amount in złote and grosze; grosze are left out where there are none."""
    if grosze < 0:
        return "minus " + money(-grosze)
    zlotys, rest = divmod(grosze, 100)
    parts = []
    if zlotys or not rest:
        parts.append(counted(zlotys, "m", ("złoty", "złote", "złotych")))
    if rest:
        parts.append(counted(rest, "m", ("grosz", "grosze", "groszy")))
    return " ".join(parts)


def money_genitive(grosze: int) -> str:
    """Return an amount that is not negative in the genitive: "do stu złotych"."""
    zlotys, rest = divmod(grosze, 100)
    parts = []
    if zlotys or not rest:
        parts += [genitive(zlotys), "złotego" if zlotys == 1 else "złotych"]
    if rest:
        parts += [genitive(rest), "grosza" if rest == 1 else "groszy"]
    return " ".join(parts)


def ordinal(number: int, form: str = "m") -> str:
    """Return an ordinal number from 0 to 9999 in a form of ``_ENDINGS``: "drugiego".

    Of a compound number the last two places decline: "dwa tysiące dwudziestego szóstego".

    Raises:
        ValueError: the number is out of range.
    """
    if not 0 <= number < 10000:
        raise ValueError(f"{number} has no ordinal between 0 and 9999")
    thousands, rest = divmod(number, 1000)
    if thousands and not rest:
        return _decline(_ORDINAL_THOUSANDS[thousands], form)
    words = _thousandfold(thousands, 1, "m") if thousands else []
    hundreds, rest = divmod(rest, 100)
    if hundreds and not rest:
        return " ".join([*words, _decline(_ORDINAL_HUNDREDS[hundreds], form)])
    if hundreds:
        words.append(_HUNDREDS[hundreds])
    tens, unit = divmod(rest, 10)
    if tens < 2:
        return " ".join([*words, _decline(_ORDINAL_UNITS[rest], form)])
    words.append(_decline(_ORDINAL_TENS[tens], form))
    if unit:
        words.append(_decline(_ORDINAL_UNITS[unit], form))
    return " ".join(words)


def day(value: date) -> str:
    """Return a date in the genitive, as after "na dzień"."""
    return f"{ordinal(value.day, 'm-gen')} {MONTHS[value.month - 1]} {year(value.year)}"


def year(number: int) -> str:
    """Return a year in the genitive: "dwa tysiące dwudziestego szóstego roku"."""
    return f"{ordinal(number, 'm-gen')} roku"


def digits(text: str) -> str:
    """Return a number digit by digit, a comma between its groups; letters by their names."""
    names = KEYS | LETTERS | _MARKS
    spelled = (
        " ".join(names[character] for character in group.lower() if character in names)
        for group in groups(text)
    )
    return ", ".join(filter(None, spelled))


def number(text: str) -> str:
    """Return digits as a number, or digit by digit where they are a code: long or led by 0."""
    coded = len(text) > 6 or (text[0] == "0" and len(text) > 1)
    return digits(text) if coded else cardinal(int(text))


def _in_genitive(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_HUNDREDS_GENITIVE[hundreds]] if hundreds else []
    if rest >= 20:
        words.append(_TENS_GENITIVE[rest // 10])
        rest %= 10
    return [*words, _UNITS_GENITIVE[rest]] if rest else words


def _thousandfold(part: int, power: int, gender: str) -> list[str]:
    if power and part == 1:
        return [_POWERS[power][0]]
    words = _below_thousand(part, "m" if power else gender)
    return [*words, plural(part, _POWERS[power])] if power else words


def _below_thousand(number: int, gender: str) -> list[str]:
    words = []
    hundreds, rest = divmod(number, 100)
    if hundreds:
        words.append(_HUNDREDS[hundreds])
    if rest >= 20:
        words.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        words.append(_TWO[gender] if rest == 2 else _UNITS[rest])
    return words


def _decline(stem: str, form: str) -> str:
    usual, after_k, third = _ENDINGS[form]
    if stem == "trzec":
        return stem + third
    return stem + (after_k if stem.endswith(("k", "g")) else usual)
