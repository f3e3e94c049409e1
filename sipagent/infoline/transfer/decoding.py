"""The text of a file, in the encodings that bookkeeping programs write."""

import codecs
from pathlib import Path

from sipagent.errors import DataError

#: What tells the encoding, where a program writes it: Excel does.
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
#: What an older Polish program may have written beside ASCII. Another encoding that is taken for
#: cp1250 shows other signs than these.
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ§°„”–—’…\u00a0")


def decode(path: Path, encoding: str | None = None) -> str:
    """Return the text of a file, without byte order mark.

    Without an encoding it is UTF-8, or UTF-16 where the file says so, or cp1250 where the text is
    then Polish.

    Raises:
        DataError: it is missing, cannot be read, or is in another encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    if encoding is None:
        encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    try:
        return content.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        text = _old(content) if encoding is None else None
        if text is not None:
            return text
        line = content.count(b"\n", 0, error.start) + 1
        advice = "save it as UTF-8, or give --encoding" if encoding is None else "give another one"
        raise DataError(
            f"{path}:{line}: is not {encoding or 'UTF-8'}: byte 0x{content[error.start]:02X} fits "
            f"nothing; {advice}"
        ) from None
    except LookupError:
        raise DataError(f"{encoding!r} is no encoding; try utf-8 or cp1250") from None


def _old(content: bytes) -> str | None:
    try:
        text = content.decode("cp1250")
    except UnicodeDecodeError:
        return None
    return text if all(c.isascii() or c in _POLISH for c in text) else None
