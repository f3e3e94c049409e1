"""The gate before PJSIP: strangers are dropped in C, before anything of theirs is parsed.

``scripts/pjsip/sip_gate.c`` is the other half; it is linked into the same library.
"""

import ctypes
import ipaddress
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

import _pjsua2

from sipagent.sip import headers
from sipagent.telephony.message import SipMessage

#: Refusals that are taken at once, and bytes of messages: as much as C keeps.
_MOST = 1024
_TAP = 1 << 22
#: Seconds between two lines of the log about a table that is full.
_QUIET = 60.0
_log = logging.getLogger(__name__)


class Whose(IntEnum):
    """Whose host names a table has; those of trunks count first, whatever a caller has written."""

    TRUNK = 0
    CALL = 1

    def __str__(self) -> str:
        return self.name.lower()


class Reason(StrEnum):
    """Why somebody was turned away; the order is that of the numbers in C."""

    #: No trunk, and in no network that may call.
    STRANGER = "stranger"
    #: A direct caller who sends more than ``sip.direct_rate``.
    RATE = "rate"
    #: A phone with a wrong password, or a name that nobody has; this one and the next are not of C.
    PASSWORD = "password"
    #: A phone that has to wait after too many of them.
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody who was turned away, and how many packets since the last look."""

    address: str
    port: int
    transport: str
    #: Method of the last packet, ``CONNECT`` for a connection, ``?`` for what is no SIP.
    method: str
    reason: Reason
    count: int


class _Refusal(ctypes.Structure):
    _fields_ = (
        ("addr", ctypes.c_uint8 * 16),
        ("port", ctypes.c_uint32),
        ("reason", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("transport", ctypes.c_char * 8),
        ("method", ctypes.c_char * 16),
    )


class _Record(ctypes.Structure):
    """What stands before each message and its Call-ID."""

    _fields_ = (
        ("at", ctypes.c_double),
        ("sent", ctypes.c_uint32),
        ("id_length", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
        ("peer", ctypes.c_char * 64),
        ("transport", ctypes.c_char * 8),
    )


class Gate:
    """Settings of the gate, and its news; only for use in the PJSIP thread."""

    def __init__(self) -> None:
        self._c = ctypes.CDLL(_pjsua2.__file__)
        self._c.pjsip_gate_limit.argtypes = (ctypes.c_double, ctypes.c_double)
        self._list = (_Refusal * _MOST)()
        self._tapped = ctypes.create_string_buffer(_TAP)
        self._quiet_until = 0.0

    def open(self) -> None:
        """Let everybody in."""
        self._c.pjsip_gate_close(0)

    def close(self, allowed: Iterable[str], limited: Iterable[str] = ()) -> None:
        """Let in these networks only, and ``limited`` ones as fast as ``limit`` says."""
        self._c.pjsip_gate_close(1)
        for networks, slowly in ((allowed, 0), (limited, 1)):
            for network in networks:
                address, prefix = _mapped(network)
                self._c.pjsip_gate_allow(address, prefix, slowly)

    def limit(self, rate: float, burst: float) -> None:
        """Set how many messages a second a limited address may send, and how many at once."""
        self._c.pjsip_gate_limit(rate, burst)

    def refusals(self) -> list[Refusal]:
        """Return who was turned away since the last time."""
        count = self._c.pjsip_gate_refusals(self._list, _MOST)
        return [_refusal(self._list[index]) for index in range(count)]

    def tap(self, on: bool) -> None:
        """Copy the messages of calls from now on, or no longer."""
        self._c.pjsip_gate_tap(int(on))

    def messages(self) -> list[SipMessage]:
        """Return the messages of calls since the last time."""
        lost = ctypes.c_uint()
        size = self._c.pjsip_gate_tapped(self._tapped, _TAP, ctypes.byref(lost))
        if lost.value:
            _log.warning("%d SIP messages were not kept: too many at once", lost.value)
        return list(_messages(ctypes.string_at(self._tapped, size)))

    def pin(self, whose: Whose, name: str, address: str) -> None:
        """Say which address a host name has, so that PJSIP asks nobody.

        A table that is full forgets the name that was pinned longest ago, and says so once a
        minute: the oldest call may then not hear BYE.
        """
        forgotten = self._c.pjsip_gate_pin(whose, name.encode(), address.encode())
        if forgotten > 0 and time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + _QUIET
            _log.warning("the table of host names of %ss is full: the oldest is forgotten", whose)


def _messages(tapped: bytes) -> Iterator[SipMessage]:
    place = 0
    while place < len(tapped):
        record = _Record.from_buffer_copy(tapped, place)
        place += ctypes.sizeof(_Record)
        sip_id = tapped[place : place + record.id_length].decode("utf-8", "replace")
        place += record.id_length
        text = tapped[place : place + record.length].decode("utf-8", "replace")
        place += record.length
        yield SipMessage(
            datetime.fromtimestamp(record.at, UTC),
            bool(record.sent),
            record.peer.decode("ascii", "replace"),
            record.transport.decode("ascii", "replace"),
            text,
            headers.call_id(sip_id),
        )


def _mapped(network: str) -> tuple[bytes, int]:
    """Return a network as C wants it: 16 bytes, IPv4 mapped (RFC 4291, section 2.5.5.2)."""
    net = ipaddress.ip_network(network)
    if net.version == 6:
        return net.network_address.packed, net.prefixlen
    return bytes(10) + b"\xff\xff" + net.network_address.packed, 96 + net.prefixlen


def _refusal(entry: _Refusal) -> Refusal:
    address = ipaddress.IPv6Address(bytes(entry.addr))
    return Refusal(
        str(address.ipv4_mapped or address),
        entry.port,
        entry.transport.decode("ascii", "replace").lower(),
        entry.method.decode("ascii", "replace"),
        tuple(Reason)[entry.reason],
        entry.count,
    )
