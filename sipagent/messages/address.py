"""E-mail addresses as they may be told: enough to know one's own, too little for a stranger."""


def masked(address: str) -> str:
    """Return an address for lists and logs: ``a***@example.org``."""
    user, _, domain = address.rpartition("@")
    return f"{user[:1]}***@{domain}"


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
