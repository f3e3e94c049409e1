"""Header fields of a SIP message, as PJSIP's own parser reads them; only in the PJSIP thread.

``scripts/pjsip/sip_headers.c`` is the other half. Whoever wants to know who calls, what was called
or where an answer goes asks here: nothing else takes a message apart.
"""

import ctypes
import ipaddress
import itertools
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import unquote

import _pjsua2

from sipagent.sip.addresses import in_uri
from sipagent.sip.outgoing import sip_uri
from sipagent.text import cleaned, printable

#: Hops of a route that are looked at.
_MOST_HOPS = 8
#: Characters of a display name that are kept: phones show no more.
_LONGEST_NAME = 80
#: Bytes for each byte of a message: a text has 8 before it, and a parameter is two of them.
_ROOM = 16
#: What stands before each text: its letter, and its length in bytes.
_HEAD = struct.Struct("=II")
_SIP = frozenset({"sip", "sips"})
_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
_HOST_NAME = re.compile(r"[A-Za-z0-9_.-]+")
#: A quoted-pair (RFC 3261, section 25.1).
_ESCAPED = re.compile(r"\\(.)")
_LOCAL = re.compile(r"[0-9.()-]+")
#: A domain in its place says nothing about the digits.
_GLOBAL_CONTEXT = re.compile(r"\+[0-9.()-]+")
#: Compact forms of fields that PJSIP knows as text only (RFC 3515, RFC 3892).
_COMPACT = {"r": "refer-to", "b": "referred-by"}

_Text = tuple[str, str]
_Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr or addr-spec (RFC 3261, section 25.1), taken apart and decoded once.

    ``user`` of a SIP or tel URI is the number, or the name: what stands before the parameters of a
    telephone-subscriber (RFC 3261, section 19.1.6), with a global ``phone-context`` before a
    local number. ``parameters`` are those of the user part, then of the URI, then of the field;
    ``replaces`` is the value of Replaces in the URI (RFC 3891), None where there is none.

    What cannot be read, or has control characters in its user part, is an empty address, which
    names nobody.
    """

    name: str = ""
    scheme: str = ""
    user: str = ""
    host: str = ""
    port: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    replaces: str | None = None

    def __bool__(self) -> bool:
        """Whether it names anybody."""
        return bool(self.scheme)


@dataclass(frozen=True, slots=True)
class Contact:
    """A Contact as a registrar takes it (RFC 3261, section 10.2.1).

    ``uri`` is as it was written, and ``*`` stands for all; ``expires`` is in seconds, None where it
    is not said; ``parameters`` are those of the field alone, in quotes where they came so.
    """

    uri: str
    expires: int | None = None
    parameters: dict[str, str] = field(default_factory=dict)


class Message:
    """The head of a SIP message."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._fields: dict[str, list[str | Address]] = {}
        self.contacts: list[Contact] = []
        #: Parameters of the credentials of Digest (RFC 7616, section 3.4), of each Authorization.
        self.credentials: list[dict[str, str]] = []
        values: list[str | Address] = []
        for (letter, value), parts in _grouped(_read("pjsip_headers_read", text)):
            if letter == "H":
                name = value.lower()
                values = self._fields.setdefault(_COMPACT.get(name, name), [])
            elif letter == "T":
                values.append(value.strip())
            elif letter == "C":
                self.contacts.append(_contact(value, parts))
            elif letter == "D":
                self.credentials.append(_parameters(parts))
            else:
                values.append(_address(value, parts))

    @property
    def uri(self) -> Address:
        """The request URI; an empty address in a response."""
        return self.only("")

    def texts(self, name: str) -> list[str]:
        """Return the values of all fields of that name, in order, without control characters."""
        return [cleaned(one) for one in self._fields.get(name.lower(), ()) if isinstance(one, str)]

    def addresses(self, name: str) -> list[Address]:
        """Return the addresses in all fields of that name; an empty one where one is no list."""
        found: list[Address] = []
        for one in self._fields.get(name.lower(), ()):
            if isinstance(one, Address):
                found.append(one)
            elif one:
                found.extend(addresses(one) or [Address()])
        return found

    def only(self, name: str) -> Address:
        """Return the address of a field that may stand once; an empty one where it does not."""
        found = self.addresses(name)
        return found[0] if len(found) == 1 else Address()


@lru_cache(maxsize=1)
def message_of(text: str) -> Message:
    """Return the head of a message; the last one is kept, for of a request it is asked twice."""
    return Message(text)


def addresses(value: str) -> list[Address]:
    """Return the addresses that a value lists, such as a SIP URI; none where it is no such list."""
    return [
        _address(name, parts)
        for (_, name), parts in _grouped(_read("pjsip_headers_addresses", value))
    ]


def address_of(uri: str) -> Address:
    """Return a single address; an empty one where the text is none."""
    found = addresses(uri)
    return found[0] if len(found) == 1 else Address()


def call_id(text: str) -> str:
    """Return a Call-ID as it is kept, wherever it was read."""
    return cleaned(text).strip()


def moved_to(message: Message) -> str:
    """Return the URI that an answer of class 3xx sends us on to; empty where it names none."""
    to = next(iter(message.addresses("Contact")), Address())
    if to.scheme not in _SIP:
        return ""
    place = in_uri(to.host) + (f":{to.port}" if to.port else "")
    transport = to.parameters.get("transport", "").lower()
    tail = f";transport={transport}" if transport in _TRANSPORTS else ""
    return sip_uri(to.user, place, to.scheme) + tail


def way_back(message: Message) -> list[str]:
    """Return the hosts that requests of ours would go to: the route, and the far end itself."""
    hops = [*message.addresses("Record-Route"), *message.addresses("Contact")[:1]]
    return [hop.host for hop in hops if hop.host][:_MOST_HOPS]


def called_users(message: Message) -> list[str]:
    """Return the users that a request may be for, the likeliest first.

    A carrier that knows the line by its registration writes that into the request URI, and the
    number that was called into To, or into P-Called-Party-ID (RFC 7315, section 4.2).
    """
    asked = [message.uri, message.only("To"), message.only("P-Called-Party-ID")]
    return list(dict.fromkeys(address.user for address in asked if address.user))


def allows(message: Message, method: str) -> bool:
    """Whether the sender takes requests of a method; who sends no Allow may (RFC 3261, 20.5)."""
    listed = ",".join(message.texts("Allow")).upper().split(",")
    return listed == [""] or method in {name.strip() for name in listed}


def _read(function: str, text: str) -> Iterator[_Text]:
    data = text.encode("utf-8", "surrogateescape")
    room = _ROOM * (len(data) + _ROOM)
    texts = _paper(room.bit_length())
    size = getattr(_library(), function)(data, len(data), texts, room)
    if size < 0:
        raise RuntimeError("header fields are read in the PJSIP thread, and while PJSIP runs")
    return _texts(ctypes.string_at(texts, size))


def _texts(row: bytes) -> Iterator[_Text]:
    place = 0
    while place < len(row):
        letter, length = _HEAD.unpack_from(row, place)
        place += _HEAD.size
        yield chr(letter), row[place : place + length].decode("utf-8", "replace")
        place += length


def _grouped(texts: Iterable[_Text]) -> Iterator[tuple[_Text, list[_Text]]]:
    """Yield each field, text, address, contact and credentials, with their parts."""
    group: list[_Text] = []
    for one in texts:
        if one[0] in "HTACD" and group:
            yield group[0], group[1:]
            group = []
        group.append(one)
    if group:
        yield group[0], group[1:]


def _contact(uri: str, parts: list[_Text]) -> Contact:
    seconds = next((int(value) for letter, value in parts if letter == "e"), None)
    return Contact(uri, seconds, _parameters(parts))


def _parameters(parts: list[_Text]) -> dict[str, str]:
    return {key.lower(): value for key, value in _pairs(parts)}


def _pairs(parts: list[_Text]) -> _Parameters:
    """Return the names of parameters with their values, which stand behind them."""
    behind = itertools.pairwise(parts)
    return [(key, value) for (letter, key), (_, value) in behind if letter == "k"]


def _address(name: str, parts: list[_Text]) -> Address:
    one = dict(parts)
    scheme, user, host = one["s"].lower(), one.get("u", ""), one.get("h", "")
    own = others = _pairs(parts)
    if scheme in _SIP:
        user, own = _user_part(user)
        others = own + others
        if not "".join((user, *itertools.chain(*own))).isprintable():
            return Address()
    if not _is_host(scheme, host):
        return Address()
    parameters = {cleaned(key).lower(): cleaned(value) for key, value in reversed(others)}
    shown = printable(_ESCAPED.sub(r"\1", name)).strip()[:_LONGEST_NAME].strip() if name else ""
    number, port = _whole(user, own), int(one.get("p", 0))
    return Address(shown, scheme, number, host, port, parameters, one.get("r"))


def _user_part(text: str) -> tuple[str, _Parameters]:
    """Return the user and its parameters; only now are escapes decoded, so none divides it."""
    user, *pairs = text.partition(":")[0].split(";")
    named = [pair.partition("=") for pair in pairs]
    return unquote(user), [(unquote(name).lower(), unquote(value)) for name, _, value in named]


def _whole(user: str, parameters: _Parameters) -> str:
    """Return a number with the country that its context tells (RFC 3966, section 5.1.5)."""
    context = next((value for name, value in parameters if name == "phone-context"), "")
    is_local = _LOCAL.fullmatch(user) and _GLOBAL_CONTEXT.fullmatch(context)
    return context + user if is_local else user


def _is_host(scheme: str, host: str) -> bool:
    if scheme not in _SIP:
        return not host
    try:
        return bool(_HOST_NAME.fullmatch(host)) or bool(ipaddress.IPv6Address(host))
    except ValueError:
        return False


@cache
def _paper(bits: int) -> "ctypes.Array[ctypes.c_char]":
    """Return what C writes on, of at least so many bits of bytes: to make it anew costs more."""
    return ctypes.create_string_buffer(1 << bits)


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(_pjsua2.__file__)
