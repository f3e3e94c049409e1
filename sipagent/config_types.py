"""Kinds of values in agent.toml: places, networks, numbers; each says what it expects."""

import ipaddress
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from sipagent.e164 import to_e164

#: ``host``, ``host:port`` or ``[2001:db8::1]:port``.
_PLACE = re.compile(r"(?P<host>[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


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


def _place(value: str) -> str:
    if not (_is_address(value) or _PLACE.fullmatch(value)):
        raise ValueError(f"{value!r} is not a host, or host and port, such as example.com:5060")
    return value


def _nameserver(value: str) -> str:
    match = _PLACE.fullmatch(value)
    if not _is_address(match["host"].strip("[]") if match else value):
        raise ValueError(f"{value!r} is not an address, or address and port, such as 192.0.2.53")
    return value


def _registrar(value: str) -> str:
    scheme, _, place = value.partition(":")
    if scheme not in {"sip", "sips"} or not _PLACE.fullmatch(place):
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


Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, AfterValidator(_address)]
Place = Annotated[str, AfterValidator(_place)]
Nameserver = Annotated[str, AfterValidator(_nameserver)]
Registrar = Annotated[str, AfterValidator(_registrar)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
NumberOrUser = Annotated[str, AfterValidator(_number_or_user)]

Srtp = Literal["off", "optional", "mandatory"]
VerstatPolicy = Literal["ignore", "refuse-failed", "require-passed"]
