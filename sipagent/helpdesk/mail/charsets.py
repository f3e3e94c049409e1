"""Bytes of a mail as text, also where the charset that they name is wrong, or none.

Programs in Poland have always confused windows-1250, ISO 8859-2, ISO 8859-1 and UTF-8.
"""

import codecs
import re

#: Codecs of Python that no mail is written in, and that are slow or surprising.
_NEVER = frozenset({"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"})
#: Where bytes of ASCII are something else.
_OTHER_ASCII = ("utf-16", "utf-32", "utf-7", "iso2022", "hz", "cp037", "cp500", "cp1140")
_ASCII = frozenset({"ascii"})
#: Where Polish letters are taken for western ones.
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
#: Between letters, western charsets show these for ł, ą, ś and ż.
_MISREAD = re.compile(r"[A-Za-z][\xb3\xb9\xb6\xbf\xb1\x9c\x9f]|[\xb3\xb9\xb6\xbf\xb1\x9c\x9f][a-z]")
#: ISO 8859-2 has nothing printable here; windows-1250 has ś, ź and Polish quotation marks.
_HIGH_CONTROLS = re.compile(rb"[\x80-\x9f]")
#: ą, ś, Ą and Ś as each of them writes these.
_ISO, _WINDOWS = frozenset(b"\xb1\xb6\xa1\xa6\xbc\xac"), frozenset(b"\xb9\x9c\xa5\x8c\x9f\x8f")


def decoded(data: bytes, charset: str) -> str:
    """Return bytes as text; it never fails.

    Args:
        data: as they came, after base64 and quoted-printable.
        charset: as the mail names it; empty: it names none.
    """
    name = _codec(charset)
    utf8 = _strict(data, "utf-8")
    # Bytes that happen to be UTF-8 beyond ASCII are UTF-8, whatever they are called.
    if utf8 is not None and not (name or "").startswith(_OTHER_ASCII):
        return utf8
    text = None if name is None or name in _ASCII else _strict(data, name)
    if text is None:
        return _guessed(data)
    if name in _WESTERN and _MISREAD.search(text):
        return _guessed(data)
    if name == "iso8859-2" and _HIGH_CONTROLS.search(data):
        return data.decode("cp1250", "replace")
    return text


def _guessed(data: bytes) -> str:
    """Return bytes as the Polish charset that they are most likely written in."""
    utf8 = data.decode("utf-8", "replace")
    if utf8.count("\ufffd") * 20 < len(utf8) - len(utf8.encode("ascii", "ignore")):
        return utf8  # UTF-8 that was cut or damaged in places
    iso = sum(byte in _ISO for byte in data)
    windows = sum(byte in _WINDOWS for byte in data)
    return data.decode("iso8859-2" if iso > windows else "cp1250", "replace")


def _codec(charset: str) -> str | None:
    """Return Python's name of a charset; None where it knows none, or should not."""
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    return None if name in _NEVER else name


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (LookupError, ValueError):  # also codecs of Python that are none of text
        return None
