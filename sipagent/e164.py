"""Telephone numbers, brought to E.164: ``+``, country code and number, as all are kept here."""

import re
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

#: Always reach somebody who helps (112: ETSI TS 122 101, section 10; the others are Poland's).
EMERGENCY = frozenset({"112", "997", "998", "999"})

# Nine digits with or without the country code: nearly all of a Polish list.
_POLISH = re.compile(r"(?P<country>(?:\+|00)48[ -]?)?(?P<rest>[1-9][0-9]{2}(?:[ -]?[0-9]{3}){2})")
_SEPARATORS = str.maketrans("", "", " -")
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)
#: Where a number begins; a word may stand before it, as in ``tel. 600100101``.
_BEGINNING = re.compile(r"[+＋]|\d")
#: What networks and phones write: digits and visual separators (RFC 3966, section 5.1.1).
_SHOWN = re.compile(r"[+0-9().\- ]{1,32}")
_DEAR = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UNKNOWN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
#: What phonenumbers calls the region of country codes that are no country's, such as those of
#: satellites (ITU-T E.164, annex D): those who take calls there are paid several euros a minute.
_NOWHERE = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def to_e164(text: str, country: str = "PL") -> str:
    """Return a number that somebody has written down; ``country`` (ISO 3166) is where it is local.

    Raises:
        ValueError: a sentence about what is wrong with it.
    """
    if match := _POLISH.fullmatch(text):
        digits = match["rest"].translate(_SEPARATORS)
        if (match["country"] or country == "PL") and _polish().fullmatch(digits):
            return f"+48{digits}"
    return phonenumbers.format_number(_parse(text, country), PhoneNumberFormat.E164)


def shown_e164(text: str, country: str) -> str | None:
    """Return a number that a network or a phone shows; None where it is none.

    Many networks leave out the ``+`` of a number with country code.
    """
    return _shown_e164(text, country) if _SHOWN.fullmatch(text) else None


@lru_cache(maxsize=4096)
def _shown_e164(text: str, country: str) -> str | None:
    for written in (text, f"+{text}"):
        try:
            return to_e164(written, country)
        except ValueError:
            continue
    return None


def dear(number: str) -> bool:
    """Return whether a number (E.164) may be dear to call; one that does not exist may be, too."""
    try:
        parsed = _parse(number, "")
    except ValueError:
        return True
    kind = phonenumbers.number_type(parsed)
    nowhere = phonenumbers.region_code_for_country_code(parsed.country_code or 0) == _NOWHERE
    return kind in _DEAR or (nowhere and kind != PhoneNumberType.TOLL_FREE)


def at_home(number: str, country: str) -> bool:
    """Return whether a number (E.164) can be called from a country (ISO 3166) as a national one."""
    return _parse(number, "").country_code == phonenumbers.country_code_for_region(country)


def is_mobile(number: str) -> bool:
    """Return whether a number (E.164) is a mobile's, or may be one (North America)."""
    return phonenumbers.number_type(_parse(number, "")) in _MOBILE


def grouped(number: str) -> str:
    """Return a number (E.164) as people read it: ``+48 600 100 101`` (ITU-T E.123)."""
    return phonenumbers.format_number(_parse(number, ""), PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=4096)
def _parse(text: str, country: str) -> PhoneNumber:
    """Read a number, whoever has written it: phonenumbers is asked here and nowhere else."""
    beginning = _BEGINNING.search(text)
    if beginning is None:
        raise ValueError(f"{text!r} is not a phone number")
    word, digits = text[: beginning.start()], text[beginning.start() :]
    # The library would dial them: three letters or more stand for keys (ITU-T E.161).
    if word[-1:].isalpha() or any(char.isalpha() for char in digits):
        raise ValueError(
            f"{text!r} has letters in its number; write a phone number in digits alone, without "
            "remark or extension"
        )
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{text!r} is not a phone number") from None
    if number.extension:
        raise ValueError(f"{text!r} has an extension, which no caller shows; leave it out")
    if not phonenumbers.is_valid_number(number):
        raise ValueError(
            f"{text!r} is not a number that exists; write it as 600100101 or +48600100101"
        )
    return number


@cache
def _polish() -> re.Pattern[str]:
    """What phonenumbers holds for valid in Poland, as one pattern: its parser is slow."""
    metadata = PhoneMetadata.metadata_for_region("PL")
    if metadata is None or metadata.general_desc is None:
        raise LookupError("phonenumbers has no data for PL")
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None]
    union = "|".join(f"(?:{pattern})" for pattern in patterns if pattern)
    return re.compile(f"(?={metadata.general_desc.national_number_pattern}\\Z)(?:{union})")
