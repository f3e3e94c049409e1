"""Header fields of a mail (RFC 5322), as programs write them and as attackers do.

Python's own parser of fields is exact, slow on hostile ones, and fails on some: this one takes
what it needs, from the first characters of a field.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from email.message import Message

from sipagent.helpdesk.mail.charsets import decoded
from sipagent.helpdesk.mail.model import Sender
from sipagent.messages.address import checked
from sipagent.text import printable

#: Characters of a field that are looked at, and fields of one name.
_LONGEST, _MOST = 8_000, 50
#: Message-IDs that a mail may answer to.
_REFERENCES = 100
_LONGEST_ID = 400
_ID = re.compile(r"<[^<>\s]{1,398}>")
#: An encoded word (RFC 2047); a language may follow its charset (RFC 2231).
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([BbQq])\?([^?]*)\?=")
_COMMENT = re.compile(r"\([^()]*\)")
_BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")


def values(mail: Message, name: str) -> list[str]:
    """Return the fields of a name as they stand, unfolded and cut to a length."""
    found = (str(value) for key, value in mail.raw_items() if key.lower() == name.lower())
    return [_unfolded(value) for value, _ in zip(found, range(_MOST), strict=False)]


def value(mail: Message, name: str) -> str:
    """Return the first field of a name; empty where there is none."""
    return next(iter(values(mail, name)), "")


def words(mail: Message, name: str, most: int) -> str:
    """Return what a field says to people: one line, so many characters at the most."""
    return spoken(value(mail, name), most)


def spoken(raw: str, most: int) -> str:
    """Return a field with its encoded words read (RFC 2047), as one line."""
    text = "".join(_pieces(_BETWEEN.sub("", raw[:_LONGEST])))
    return " ".join(printable(text).split())[:most].strip()


def senders(mail: Message, name: str) -> list[Sender]:
    """Return who stands in the fields of a name; what is no address is left out."""
    found: list[Sender] = []
    for raw in values(mail, name):
        # Encoded words are read after the structure: a comma in a name parts no addresses.
        for one in _mailboxes(as_text(raw)):
            shown, _, rest = one.rpartition("<") if one.endswith(">") else ("", "", one)
            if address := _address(_COMMENT.sub("", rest.rstrip(">"))):
                shown = shown.strip() or " ".join(_COMMENT.findall(one))
                found.append(Sender(address, spoken(shown.strip('"() ').replace("\\", ""), 200)))
    return found[:_REFERENCES]


def ids(mail: Message, *names: str) -> tuple[str, ...]:
    """Return the Message-IDs in some fields, the last one of each first."""
    found = [one for name in names for raw in values(mail, name) for one in _ID.findall(raw)[::-1]]
    return tuple(dict.fromkeys(found))[:_REFERENCES]


def own_id(mail: Message) -> str:
    """Return the Message-ID in angle brackets; empty where there is none that can be used."""
    raw = value(mail, "Message-ID")
    if found := _ID.search(raw):
        return found[0]
    bare = raw.strip().strip("<>")
    usable = 3 <= len(bare) < _LONGEST_ID and bare.isascii() and bare.isprintable()
    return f"<{bare}>" if usable and not set(bare) & set(" <>") else ""


def as_text(raw: str) -> str:
    """Return a field in which bytes beyond ASCII have become letters."""
    return "".join(_pieces_of_bytes(raw))


def _mailboxes(raw: str) -> list[str]:
    """Return the parts of a list of mailboxes, parted where no quote or bracket is open."""
    parts = [""]
    quoted, depth = False, 0
    for char in raw:
        if char == '"' and not parts[-1].endswith("\\"):
            quoted = not quoted
        depth = max(depth + (char in "(<") - (char in ")>"), 0) if not quoted else depth
        if char in ",;" and not quoted and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _address(raw: str) -> str:
    try:
        return checked(raw).lower() if len(raw) <= _LONGEST_ID else ""
    except (ValueError, UnicodeError):
        return ""


def _unfolded(raw: str) -> str:
    return re.sub(r"[\r\n]+[ \t]?", " ", raw[:_LONGEST])


def _pieces(raw: str) -> Iterator[str]:
    """Yield the parts of a field, read; bytes of neighbours may be of one letter."""
    at, waiting, charset = 0, b"", ""
    for found in _WORD.finditer(raw):
        between = raw[at : found.start()]
        if waiting and (between or found[1].lower() != charset):
            yield decoded(waiting, charset)
            waiting = b""
        yield from _pieces_of_bytes(between)
        charset = found[1].lower()
        waiting += _bytes_of(found[2], found[3])
        at = found.end()
    yield decoded(waiting, charset)
    yield from _pieces_of_bytes(raw[at:])


def _pieces_of_bytes(raw: str) -> Iterable[str]:
    """Yield text in which bytes beyond ASCII were put as they came."""
    try:
        data = raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return (raw.encode("utf-8", "replace").decode("utf-8"),)
    return (decoded(data, ""),)


def _bytes_of(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "Qq":
        return quopri.decodestring(data, header=True)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data
