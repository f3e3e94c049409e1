"""Values as people and bookkeeping programs write them, read without guessing.

Each reader returns the value, or raises ValueError with a sentence that says what is expected.
"""

import re
from datetime import date

from sipagent.e164 import to_e164
from sipagent.hours import Hours
from sipagent.infoline.contact import Contact
from sipagent.infoline.login import LONGEST_LOGIN
from sipagent.telephony.party import is_extension, is_sip_uri

SHORTEST_LOGIN = 4
LONGEST_TEXT = 200

_POLISH_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
_CODE = re.compile(r"[^\s,;|](?:[^,;|]*[^\s,;|])?")
_KEY = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_FLAGS = {
    **dict.fromkeys(("1", "tak", "yes", "true", "prawda"), True),
    **dict.fromkeys(("0", "nie", "no", "false", "fałsz"), False),
}


def day(text: str) -> str:
    """Return ISO 8601 for ``2026-08-31`` or ``31.08.2026``."""
    text = text.strip()
    try:
        if match := _POLISH_DATE.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar") from None
    raise ValueError(f"{text!r} is not a date; write it as 2026-08-31 or 31.08.2026")


def flag(text: str) -> bool:
    """Return true or false for tak/nie, yes/no, true/false, 1/0."""
    try:
        return _FLAGS[text.strip().lower()]
    except KeyError:
        raise ValueError(f"{text!r} is neither yes nor no; write tak or nie") from None


def yes_or_no(text: str) -> str:
    """Return ``yes`` or ``no`` for what ``flag`` takes."""
    return "yes" if flag(text) else "no"


def name(text: str) -> str:
    """Return a name of one line, with single spaces."""
    clean = " ".join(text.split())
    if not clean:
        raise ValueError("is empty")
    return _printable(clean)


def optional_text(text: str) -> str:
    """Return text of one line, with single spaces; it may be empty."""
    return _printable(" ".join(text.split()))


def code(text: str) -> str:
    """Return a key that other rows refer to: text without ``,``, ``;`` and ``|``."""
    clean = name(text)
    if not _CODE.fullmatch(clean):
        raise ValueError(f"{text!r} has a comma, a semicolon or a bar, which no code may have")
    return clean


def login(text: str) -> str:
    """Return a numeric login; a leading zero counts."""
    clean = text.strip()
    if not (clean.isascii() and clean.isdecimal()):
        raise ValueError(f"{text!r} is not a login: only digits can be typed on a phone")
    if not SHORTEST_LOGIN <= len(clean) <= LONGEST_LOGIN:
        raise ValueError(f"{text!r}: a login has {SHORTEST_LOGIN} to {LONGEST_LOGIN} digits")
    return clean


def email(text: str) -> str:
    """Return an e-mail address (RFC 5321 without quoted names and address literals)."""
    clean = text.strip()
    local = clean.partition("@")[0]
    if (
        len(clean) > 254
        or not _EMAIL.fullmatch(clean)
        or local[0] == "."
        or local[-1] == "."
        or ".." in local
    ):
        raise ValueError(f"{text!r} is not an e-mail address")
    return clean


def contact(text: str) -> str:
    """Return a contact option."""
    clean = text.strip().lower()
    if clean not in set(Contact):
        raise ValueError(f"{text!r} is no contact option; there are {', '.join(Contact)}")
    return clean


def hours(text: str) -> str:
    """Return office hours as they were written."""
    Hours.parse(text)
    return optional_text(text)


def phone(text: str, country: str) -> str:
    """Return a number (E.164), or an internal number of the exchange.

    Args:
        text: the number.
        country: where a number without prefix belongs (ISO 3166).
    """
    clean = text.strip()
    return clean if is_extension(clean) else to_e164(text, country)


def softphone(text: str) -> str:
    """Return a SIP URI, or an internal number of the exchange."""
    clean = text.strip()
    if not (is_sip_uri(clean) or is_extension(clean)):
        raise ValueError(
            f"{text!r} is neither a SIP address such as sip:biuro@192.0.2.7 nor an internal number"
        )
    return clean


def bank_account(text: str) -> str:
    """Return the 26 digits of a Polish bank account, checked as an IBAN (ISO 13616)."""
    digits = re.sub(r"[\s-]", "", text).upper().removeprefix("PL")
    if not re.fullmatch(r"[0-9]{26}", digits):
        raise ValueError(f"{text!r} is not a Polish bank account, which has 26 digits")
    # ISO 7064, MOD 97-10: country (P is 25, L is 21) and check digits go to the end.
    if int(f"{digits[2:]}2521{digits[:2]}") % 97 != 1:
        raise ValueError(
            f"{text!r} is no bank account: its check digits do not fit; look for a typo"
        )
    return digits


def tax_number(text: str) -> str:
    """Return the ten digits of a NIP, checked."""
    digits = re.sub(r"[\s-]", "", text).upper().removeprefix("PL")
    if not re.fullmatch(r"[0-9]{10}", digits):
        raise ValueError(f"{text!r} is not a NIP, which has 10 digits")
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    if sum(w * int(d) for w, d in zip(weights, digits, strict=False)) % 11 != int(digits[9]):
        raise ValueError(f"{text!r} is no NIP: its check digit does not fit; look for a typo")
    return digits


def month_day(text: str) -> str:
    """Return a day of each month, 1 to 31; a shorter month has its last one instead."""
    clean = text.strip()
    if not re.fullmatch(r"[0-9]{1,2}", clean) or not 1 <= int(clean) <= 31:
        raise ValueError(f"{text!r} is no day of a month, 1 to 31")
    return str(int(clean))


def prompt_key(text: str) -> str:
    """Return the key of a prompt such as ``login.estate-blocked``; it may be empty."""
    clean = text.strip()
    if clean and not _KEY.fullmatch(clean):
        raise ValueError(f"{text!r} is not a key of a prompt such as login.estate-blocked")
    return clean


def _printable(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{text[:20]!r}… is longer than {LONGEST_TEXT} characters")
    for character in text:
        if not character.isprintable():
            raise ValueError(f"{text!r} has an invisible character, U+{ord(character):04X}")
    return text
