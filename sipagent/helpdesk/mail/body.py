"""The parts of a mail (RFC 2045): its words, its files, and what cannot be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from sipagent.helpdesk.mail import fields
from sipagent.helpdesk.mail.charsets import decoded
from sipagent.helpdesk.mail.html import plain
from sipagent.helpdesk.mail.model import Enclosed, Remark

#: How deep parts may lie in others, and how many there may be.
_DEEPEST, _MOST = 20, 200
#: How many of them are words.
_MOST_TEXTS = 20
#: Characters of text that are kept of a part, and of a mail.
_LONGEST = 100_000
#: Bytes of a part that are looked at for them.
_LONGEST_PART = 2_000_000
#: Signatures say who has signed; nobody here checks that, so they are no files of a request.
_SIGNATURES = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    }
)
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
#: What stands in the text of an entry.
_READ = frozenset({"text/plain", "text/html"})
_ENDINGS = {
    "text/calendar": ".ics",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
_ID_FIELD = re.compile(r"(?im)^message-id:\s*(<[^<>\s]{1,398}>)")
_ARMOUR = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:\w+: .*\n)*\n?")
_ARMOUR_END = re.compile(
    r"-----BEGIN PGP SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)", re.S
)
#: Controls, and marks that turn the direction of a text or hide in it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


@dataclass
class Body:
    """What was found in the parts of a mail."""

    texts: list[str] = field(default_factory=list)
    files: list[Enclosed] = field(default_factory=list)
    remarks: set[Remark] = field(default_factory=set)
    #: Message-IDs of mails that a report speaks of.
    returned: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words, in the order of the parts."""
        return "\n\n".join(filter(None, self.texts))[:_LONGEST]


def body_of(mail: Message) -> Body:
    """Return what a mail says and encloses; what it holds beyond the limits is remarked."""
    body = Body()
    for count, part in enumerate(_leaves(mail, body)):
        if count == _MOST:
            body.remarks.add(Remark.PARTS)
            break
        _take(part, body)
    if any("-----BEGIN PGP MESSAGE-----" in text for text in body.texts):
        body.remarks.add(Remark.ENCRYPTED)
    return body


def _leaves(part: Message, body: Body, depth: int = 0) -> Iterator[Message]:
    """Yield the parts that hold something themselves; of alternatives the one to be read."""
    kind = part.get_content_type()
    if depth > _DEEPEST:
        body.remarks.add(Remark.PARTS)
    elif kind == "multipart/encrypted":
        body.remarks.add(Remark.ENCRYPTED)
    elif kind == "multipart/alternative":
        for one in _chosen(_children(part)):
            yield from _leaves(one, body, depth + 1)
    elif kind == "message/rfc822" and part.is_multipart():
        yield from _forwarded(part, body, depth)
    elif part.is_multipart():
        for one in _children(part):
            # What a receipt is about (RFC 8098, section 3.2.5).
            body.returned += fields.ids(one, "Original-Message-ID")
            yield from _leaves(one, body, depth + 1)
    else:
        yield part


def _chosen(parts: list[Message]) -> list[Message]:
    """Return of alternatives the plain text, else the HTML, and the invitations beside it."""
    body = [one for one in parts if one.get_content_type() == "text/plain" and _words(one)]
    body = body or [one for one in parts if one.get_content_type() == "text/html"]
    body = (body or [one for one in parts if one.is_multipart()] or parts)[:1]
    # Apple Mail puts the HTML and all that belongs to the mail together: no file is lost.
    beside = [one for one in parts if one.is_multipart() and one not in body]
    enclosed = [
        leaf
        for one in beside
        for leaf in _children(one)
        if leaf.get_content_type() not in _READ and not leaf.is_multipart()
    ]
    invitations = [one for one in parts if one.get_content_type() == "text/calendar"][:1]
    return list(dict.fromkeys((*body, *enclosed, *invitations)))


def _forwarded(part: Message, body: Body, depth: int) -> Iterator[Message]:
    """Read a mail that is enclosed in another; a report encloses the one that it is about."""
    for inner in _children(part)[:1]:
        body.returned += filter(None, [fields.own_id(inner)])
        head = [
            f"{name}: {said}"
            for name in ("From", "Date", "Subject")
            if (said := fields.words(inner, name, 200))
        ]
        body.texts.append("\n".join(("---------- Forwarded message ----------", *head)))
        yield from _leaves(inner, body, depth + 1)


def _take(part: Message, body: Body) -> None:
    kind, name = part.get_content_type(), _name_of(part)
    attached = part.get_content_disposition() == "attachment"
    if kind in _SIGNATURES:
        return
    if kind in _ENCRYPTED:
        body.remarks.add(Remark.ENCRYPTED)
    elif kind == "text/rfc822-headers":
        body.returned += _ID_FIELD.findall(_words(part))[:5]
    elif (kind in _READ and not attached and not name) or kind.startswith("multipart/"):
        _add_text(part, body)
    elif data := _data(part):
        body.files.append(Enclosed(name or f"part{_ENDINGS.get(kind, '')}", kind, data))


def _add_text(part: Message, body: Body) -> None:
    if len(body.texts) < _MOST_TEXTS:
        body.texts.append(_words(part))
    else:
        body.remarks.add(Remark.PARTS)


def _name_of(part: Message) -> str:
    """Return the name of a file as its sender gives it: without a path, one line, short."""
    plain_part = Message()
    for field_name in ("Content-Disposition", "Content-Type"):
        plain_part[field_name] = fields.as_text(fields.value(part, field_name))
    try:
        raw = plain_part.get_filename() or ""
    except (LookupError, ValueError, TypeError, AttributeError):  # RFC 2231 gone wrong
        raw = ""
    name = _INVISIBLE.sub("", fields.spoken(raw, 500)).replace("\\", "/").rpartition("/")[2]
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:100]}{dot}{ending[:15]}" if dot else name[:120]
    return name.strip(" .")


def _words(part: Message) -> str:
    """Return the text of a part that holds some."""
    text = decoded(_data(part)[:_LONGEST_PART], str(part.get_content_charset("") or ""))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.get_content_type() == "text/html":
        text = plain(text)
    elif str(part.get_param("format", "")).lower() == "flowed":
        text = _unflowed(text, str(part.get_param("delsp", "")).lower() == "yes")
    text = _ARMOUR_END.sub("", _ARMOUR.sub("", text))
    return _INVISIBLE.sub("", text)[:_LONGEST].strip()


def _unflowed(text: str, delete_space: bool) -> str:
    """Return lines as they were before they were broken for old programs (RFC 3676)."""
    lines: list[list[str]] = []
    going_on = False
    for raw in text.split("\n"):
        quoted = raw.startswith(">")
        line = raw if quoted else raw.removeprefix(" ")
        soft = line.endswith(" ") and line != "-- " and not quoted
        shown = line[:-1] if soft and delete_space else line
        if going_on and not quoted and line != "-- ":
            lines[-1].append(shown)
        else:
            lines.append([shown])
        going_on = soft
    return "\n".join(map("".join, lines))


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _data(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
