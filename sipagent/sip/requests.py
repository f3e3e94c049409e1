"""Requests that phones begin, as C hands them over to be decided about; in the PJSIP thread.

``scripts/pjsip/sip_registrar.c`` is the other half.
"""

import ctypes
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import _pjsua2

from sipagent.errors import CallError
from sipagent.sip import headers
from sipagent.sip.outgoing import line

#: Instead of the code of an answer: whoever serves such requests gets it, or nobody answers.
PASS, SILENCE = 0, 1
_SERVER_ERROR = 500
#: More than any contact has that the parser takes (PJSIP_MAX_URL_SIZE is 1024).
_URI = 4096
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request outside a dialog, or a SUBSCRIBE in one, and where it came from."""

    text: str = field(repr=False)
    message: headers.Message = field(repr=False)
    method: str
    #: Such as ``192.0.2.7:5060`` or ``[2001:db8::1]:5060``.
    source: str
    #: ``udp``, ``tcp`` or ``tls``.
    transport: str
    #: What PJSIP knows the connection by; 0: the transport has none.
    connection: int = 0
    #: Of To: of a dialog that there is.
    tag: str = ""

    def came_over(self, hop: headers.Address) -> bool:
        """Whether a hop of the way back is the place that the request came from.

        Nothing is sent to where nothing has come from; ``maddr`` would lead elsewhere
        (RFC 3261, section 19.1.1).
        """
        host = self.source.rpartition(":")[0].strip("[]")
        return hop.host == host and "maddr" not in hop.parameters


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a request: a code of SIP with header fields, ``PASS`` or ``SILENCE``.

    ``tag`` is that of To, where the answer begins a dialog.
    """

    code: int
    fields: tuple[tuple[str, str], ...] = ()
    tag: str = ""


class _Request(ctypes.Structure):
    _fields_ = (
        ("message", ctypes.c_void_p),
        ("length", ctypes.c_uint32),
        ("source", ctypes.c_char * 64),
        ("transport", ctypes.c_char * 8),
        ("connection", ctypes.c_void_p),
        ("tag", ctypes.c_char * 32),
    )


_Decision = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Request), ctypes.c_void_p, ctypes.c_int)


class Requests:
    """Has somebody decide about each request that begins something."""

    def __init__(self) -> None:
        self._c = ctypes.CDLL(_pjsua2.__file__)
        self._c.pjsip_registrar_hold.argtypes = (ctypes.c_void_p,)
        self._c.pjsip_registrar_release.argtypes = (ctypes.c_void_p,)
        self._decide: Callable[[Request], Answer] = lambda request: Answer(PASS)
        self._called = _Decision(self._take)

    def start(self, decide: Callable[[Request], Answer]) -> None:
        """Have ``decide`` asked from now on."""
        self._decide = decide
        self._c.pjsip_registrar_use(self._called)

    def stop(self) -> None:
        """Let all requests pass."""
        self._c.pjsip_registrar_use(_Decision())

    def hold(self, connection: int) -> None:
        """Keep a connection, which would be closed where nothing is said for long."""
        self._c.pjsip_registrar_hold(connection)

    def release(self, connection: int) -> None:
        """Keep it no longer; once for each ``hold``."""
        self._c.pjsip_registrar_release(connection)

    def _take(self, given: "ctypes._Pointer[_Request]", fields: int, room: int) -> int:
        """Decide about a request; nothing may be raised into C."""
        try:
            answer = self._decide(_request(given.contents))
            text = "".join(line(name, value) for name, value in answer.fields).encode()
            if len(text) >= room:
                raise CallError(f"an answer with {len(text)} bytes of fields is too long")
            ctypes.memmove(fields, text + b"\0", len(text) + 1)
            given.contents.tag = answer.tag.encode()
        except Exception:
            _log.exception("a request was not decided about")
            return _SERVER_ERROR
        return answer.code


def reached_at(contact: str, source: str, transport: str) -> str:
    """Return the URI of a contact where it is reached: at the place that it registers from.

    Args:
        contact: a SIP URI; its user and its parameters stay.
        source: such as ``192.0.2.7:5060``.
        transport: ``udp``, ``tcp`` or ``tls``.

    Raises:
        CallError: the contact is no SIP URI.
    """
    host, _, port = source.rpartition(":")
    return _rewritten(contact, host.strip("[]"), int(port), transport)


def as_request(contact: str) -> str:
    """Return the URI of a contact as it stands in a request to it, its place unchanged.

    Raises:
        CallError: the contact is no SIP URI.
    """
    return _rewritten(contact, "", 0, "")


def _rewritten(contact: str, host: str, port: int, transport: str) -> str:
    uri = ctypes.create_string_buffer(_URI)
    length = ctypes.CDLL(_pjsua2.__file__).pjsip_registrar_reached(
        contact.encode("utf-8", "surrogateescape"),
        host.encode(),
        port,
        transport.encode(),
        uri,
        _URI,
    )
    if length <= 0:
        raise CallError(f"{contact!r} is no SIP URI that can be called")
    return uri.raw[:length].decode("utf-8", "replace")


def _request(given: _Request) -> Request:
    text = ctypes.string_at(given.message, given.length).decode("utf-8", "surrogateescape")
    message = headers.message_of(text)
    return Request(
        text,
        message,
        next(iter(message.texts("CSeq")), "").partition(" ")[2].strip(),
        given.source.decode(),
        given.transport.decode().lower(),
        given.connection or 0,
        given.tag.decode("utf-8", "replace"),
    )
