"""E-mail addresses: checking them, and telling them: enough to know one's own, no more."""

from email.errors import MessageError
from email.headerregistry import Address

from sipagent.errors import ConfigError

#: Longest local part and longest address in octets (RFC 5321, section 4.5.3.1).
_LONGEST_LOCAL, _LONGEST = 64, 254
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
    try:
        domain = domain.encode("idna").decode("ascii").lower()
        # A line feed, a comma or a bracket would say something to a header or to a server.
        plain = Address(addr_spec=f"{local}@{domain}")
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError("it is not written as RFC 5322 wants it") from error
    if (plain.username, plain.domain) != (local, domain) or '"' in plain.addr_spec:
        raise ValueError("it has characters that no address has")
    if not local.isprintable() or " " in local:
        raise ValueError("it has characters that no address has")
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
