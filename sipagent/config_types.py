"""Kinds of values in agent.toml: places, networks, numbers; each says what it expects."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from sipagent.e164 import to_e164

_HOST = re.compile(r"[A-Za-z0-9_.-]+")
#: ``host``, ``host:port`` or ``[2001:db8::1]:port``.
_PLACE = re.compile(rf"(?P<host>{_HOST.pattern}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?")
#: What PJSIP can speak as ``scripts/build-pjsua2`` builds it.
CODECS = (
    *("PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000", "GSM/8000"),
    *("speex/8000", "speex/16000", "speex/32000", "L16/44100"),
)


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an address or network such as 192.0.2.0/24") from None
    return value


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _address(value: str) -> str:
    if not _is_address(value):
        raise ValueError(f"{value!r} is not an IP address such as 0.0.0.0")
    return value


def _host_of(value: str) -> str | None:
    """Return the host of ``host`` or ``host:port``; None where it is neither."""
    match = _PLACE.fullmatch(value)
    if match is None or not 0 < int(match["port"] or 1) <= 65535:
        return None
    return match["host"].strip("[]")


def _codec(value: str) -> str:
    if not any(f"{one}/".lower().startswith(f"{value}/".lower()) for one in CODECS):
        raise ValueError(f"{value!r} is no codec of this program; it has {', '.join(CODECS)}")
    return value


def _host(value: str) -> str:
    if not (value == "" or _is_address(value) or _HOST.fullmatch(value)):
        raise ValueError(f"{value!r} is no host name or address such as mail.example.com")
    return value


def _place_or_none(value: str) -> str:
    return _place(value) if value else value


def _place(value: str) -> str:
    if not (_is_address(value) or _host_of(value)):
        raise ValueError(f"{value!r} is not a host, or host and port, such as example.com:5060")
    return value


def _nameserver(value: str) -> str:
    if not _is_address(_host_of(value) or value):
        raise ValueError(f"{value!r} is not an address, or address and port, such as 192.0.2.53")
    return value


def _registrar(value: str) -> str:
    scheme, _, place = value.partition(":")
    if scheme not in {"sip", "sips"} or not _host_of(place):
        raise ValueError(f"{value!r} is not a domain such as sip:example.com")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{value!r} is not a time zone such as Europe/Warsaw") from None
    return value


def _number_or_user(value: str) -> str:
    if value.startswith("+"):
        to_e164(value)
    elif " " in value and any(map(str.isalpha, value)):
        raise ValueError(f"{value!r} is neither a number nor the user part of a SIP address")
    return value


def _prefix(value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{0,14}", value):
        raise ValueError(f"{value!r} is no beginning of numbers such as +4860")
    return value


def web_address(value: str) -> str:
    """Return the address of a server of somebody else: HTTPS, or HTTP at home.

    Raises:
        ValueError: it is none, or would be told things over the network as they are.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(f"{value!r} is not an address such as https://sms.example.com/send")
    if parts.scheme == "http" and not _at_home(parts.hostname):
        raise ValueError(f"{value!r}: outside your own network things are told by https")
    return value


def _web_address_or_none(value: str) -> str:
    return value and web_address(value)


def _at_home(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, AfterValidator(_address)]
Codec = Annotated[str, AfterValidator(_codec)]
#: Empty where there is none.
Host = Annotated[str, AfterValidator(_host)]
Place = Annotated[str, AfterValidator(_place)]
PlaceOrNone = Annotated[str, AfterValidator(_place_or_none)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Nameserver = Annotated[str, AfterValidator(_nameserver)]
Registrar = Annotated[str, AfterValidator(_registrar)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
WebAddressOrNone = Annotated[str, AfterValidator(_web_address_or_none)]
NumberOrUser = Annotated[str, AfterValidator(_number_or_user)]

Srtp = Literal["off", "optional", "mandatory"]
VerstatPolicy = Literal["ignore", "refuse-failed", "require-passed"]
