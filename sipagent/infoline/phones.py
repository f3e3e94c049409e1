"""Phone numbers as people write them, brought to E.164."""

import re
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

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


def to_e164(text: str, country: str = "PL") -> str:
    """Return ``+`` and digits for a number; ``country`` (ISO 3166) is where it is local.

    Raises:
        ValueError: a sentence about what is wrong with it.
    """
    if match := _POLISH.fullmatch(text):
        digits = match["rest"].translate(_SEPARATORS)
        if (match["country"] or country == "PL") and _polish().fullmatch(digits):
            return f"+48{digits}"
    return _parse(text, country)


@lru_cache(maxsize=4096)
def _parse(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{text!r} is not a phone number") from None
    if number.extension:
        raise ValueError(f"{text!r} has an extension, which no caller shows; leave it out")
    if not phonenumbers.is_valid_number(number):
        raise ValueError(
            f"{text!r} is not a number that exists; write it as 600100101 or +48600100101"
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


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
