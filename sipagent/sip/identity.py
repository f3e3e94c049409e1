"""Who calls: the number that the network vouches for, else the one that the caller claims."""

import ipaddress
from collections.abc import Sequence

import phonenumbers

from sipagent.sip import headers
from sipagent.sip.protocol import Caller

_ANONYMOUS = frozenset({"", "anonymous", "unavailable", "unknown", "restricted", "private"})
_LONGEST = 32


def caller_of(message: str, *, trusted: bool, country: str) -> Caller:
    """Return the caller of an INVITE.

    P-Asserted-Identity counts only from a trusted peer (RFC 3325, section 5); otherwise From is
    all there is. ``Privacy: id``, ``user`` or ``header`` (RFC 3323, section 4.2; RFC 3325,
    section 9.3) means that the caller does not want to be known, so there is no number.

    Args:
        message: the whole request.
        trusted: whether the peer that sent it belongs to the trust domain.
        country: region of numbers without country code, such as ``PL``.
    """
    origin = next(iter(headers.fields(message, "From")), "")
    name = headers.display_name(origin)
    if _private(message):
        return Caller(None)
    if trusted:
        for value in _listed(headers.fields(message, "P-Asserted-Identity")):
            if number := e164(headers.user_part(value), country):
                return Caller(number, asserted=True, name=name)
    return Caller(e164(headers.user_part(origin), country), name=name)


def e164(user: str, country: str) -> str | None:
    """Return a dialled or shown number as E.164 with ``+``, None where it is no valid number."""
    if user.lower() in _ANONYMOUS or len(user) > _LONGEST:
        return None
    if set(user) - set("+0123456789-.() "):
        return None
    for text in (user, f"+{user}"):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def within(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address such as ``192.0.2.7:5060`` or ``[::1]:5060`` lies in a network."""
    host = address.rpartition(":")[0].strip("[]") if address.count(":") != 0 else address
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(network) for network in networks)


def _private(message: str) -> bool:
    wishes = ";".join(headers.fields(message, "Privacy")).lower().replace(",", ";")
    return bool({"id", "user", "header"} & {wish.strip() for wish in wishes.split(";")})


def _listed(values: list[str]) -> list[str]:
    """Return the identities of a header that may hold a SIP and a tel URI (RFC 3325, 9.1)."""
    return [part for value in values for part in value.split(",") if part.strip()]
