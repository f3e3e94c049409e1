"""E-mail addresses: checking them, and telling them: enough to know one's own, no more."""

import re
from email.errors import MessageError
from email.headerregistry import Address

from sipagent.errors import ConfigError

#: Longest local part and longest address in octets (RFC 5321, section 4.5.3.1).
_LONGEST_LOCAL, _LONGEST = 64, 254
#: A quoted local part is legal, and nobody has one; the others say something to a header.
_FORBIDDEN = frozenset(' "(),:;<>@[\\]')
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HIDDEN = "***"


def checked(address: str) -> str:
    """Return an address as mail servers know it: without blanks, its domain in ASCII (RFC 5890).

    Letters such as ``ł`` before the ``@`` stay; only some servers take them (RFC 6531).

    Raises:
        ValueError: it is none; the text says why, and does not repeat it.
    """
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and domain):
        raise ValueError("it has not the form name@domain")
    if not local.isprintable() or set(local) & _FORBIDDEN:
        raise ValueError("it has characters that no address has")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        # Python's parser knows letters of ASCII only; all others may stand where they may.
        Address(addr_spec=f"{_BEYOND_ASCII.sub('x', local)}@{domain}")
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError("it is not written as RFC 5322 wants it") from error
    whole = f"{local}@{domain}"
    if len(local.encode()) > _LONGEST_LOCAL or len(whole.encode()) > _LONGEST:
        raise ValueError("it is too long")
    return whole


def checked_sender(address: str) -> str:
    """Return ``mail.sender`` as ``checked`` does.

    Raises:
        ConfigError: it is no address.
    """
    try:
        return checked(address)
    except ValueError as error:
        raise ConfigError(f"mail.sender: {address!r} is no e-mail address: {error}") from None


def masked(address: str) -> str:
    """Return an address for logs and timelines: ``a***@example.org``."""
    user, at, domain = address.rpartition("@")
    return f"{user[:1]}{_HIDDEN}@{domain}" if at else _HIDDEN


def spoken_form(address: str, language: str) -> str:
    """Return an address to be read aloud: its first letter, and where it is.

    The letter stands alone, because voices spell single letters.
    """
    user, _, domain = address.rpartition("@")
    dot, begins, at = _WORDS[language]
    return f"{begins} {user[:1]}, {at} {domain.replace('.', f' {dot} ')}"


_WORDS = {
    "pl": ("kropka", "zaczyna się na literę", "w domenie"),
    "en": ("dot", "begins with the letter", "at"),
}
