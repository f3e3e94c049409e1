"""SIP messages without what nobody may read: credentials and pressed keys, names and numbers."""

import re

_MASK = "•••"
_SHOWN = 3
#: A user part with so many digits is a number, of which the end is shown.
_DIGITS = 5

_FOLDED = r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*"
#: RFC 3261, section 22: the scheme stays, to see what was asked for.
_CREDENTIALS = re.compile(
    rf"^((?:Proxy-)?Authorization[ \t]*:[ \t]*\w*){_FOLDED}", re.IGNORECASE | re.MULTILINE
)
#: Keys of SRTP in SDP (RFC 4568; k= of RFC 8866), and passwords of ICE (RFC 8839).
_KEYS = re.compile(r"^(a=crypto:\S+ \S+ |a=ice-pwd:|k=)[^\r\n]*", re.MULTILINE)
_DTMF = re.compile(
    r"^(?:Content-Type|c)[ \t]*:[ \t]*application/dtmf", re.IGNORECASE | re.MULTILINE
)
_SIGNAL = re.compile(r"^([ \t]*Signal[ \t]*=[ \t]*)[^\r\n]*", re.IGNORECASE | re.MULTILINE)

#: What stands behind a number in the user part, or in a tel URI, may be another one (RFC 3966).
_URI = re.compile(r"\b(sips?:)([^@\s<>;?\"]+)(;[^@\s<>\"]*)?@", re.IGNORECASE)
_TEL = re.compile(r"\b(tel:)(\+?[\d.()-]+)(;[^\s<>\",]*)?", re.IGNORECASE)
_ADDRESSED = "From|To|Contact|P-Asserted-Identity|P-Preferred-Identity|Remote-Party-ID|Diversion"
_NAMED = re.compile(
    rf"^((?:{_ADDRESSED}|History-Info|Referred-By|Refer-To|Reply-To|f|t|m)[ \t]*:[ \t]*)"
    r"(?:\"(?:[^\"\\\r\n]|\\.)*\"|[^\"<:\s][^\"<:\r\n]*?)[ \t]*(?=<)",
    re.IGNORECASE | re.MULTILINE,
)
#: A PASSporT (RFC 8224) holds both numbers.
_IDENTITY = re.compile(rf"^((?:Identity|y)[ \t]*:){_FOLDED}", re.IGNORECASE | re.MULTILINE)
_ORIGIN = re.compile(r"^(o=)[^-\s][^\s]*", re.MULTILINE)


def without_secrets(text: str) -> str:
    """Return a message that may be stored: no credentials, no keys, no pressed digits, no texts."""
    # Hardly a message has these, and to look for a word is a tenth of the work.
    if "authorization" in text.lower():
        text = _CREDENTIALS.sub(rf"\1 {_MASK}", text)
    head, gap, body = text.partition("\r\n\r\n")
    if not body:
        return text
    if head.startswith("MESSAGE "):  # what people write to each other (RFC 3428)
        return head + gap + _MASK
    if "dtmf" in head.lower() and _DTMF.search(head):
        shown, count = _SIGNAL.subn(rf"\1{_MASK}", body)
        body = shown if count else _MASK
    return head + gap + _KEYS.sub(rf"\1{_MASK}", body)


def without_persons(text: str, called: str = "") -> str:
    """Return a message that may be shown to others: no names, of numbers the last three digits.

    ``called``, the user part under which the line is known, stays where it is no number.
    """
    text = _NAMED.sub(rf'\1"{_MASK}" ', text)
    text = _URI.sub(lambda found: f"{_number(found, called)}@", text)
    text = _TEL.sub(lambda found: _number(found, called), text)
    text = _IDENTITY.sub(rf"\1 {_MASK}", text)
    return _ORIGIN.sub(rf"\1{_MASK}", text)


def _number(found: re.Match[str], called: str) -> str:
    return found[1] + _shortened(found[2], called) + (f";{_MASK}" if found[3] else "")


def _shortened(user: str, called: str) -> str:
    if sum(char.isdigit() for char in user) >= _DIGITS:
        return _MASK + user[-_SHOWN:]
    return user if user == called else _MASK
