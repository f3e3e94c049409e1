"""Who calls: the number that the network vouches for, else the one that the caller claims."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from sipagent.config_types import VerstatPolicy
from sipagent.e164 import shown_e164
from sipagent.sip.headers import Address, Message
from sipagent.telephony.party import Caller, Verstat

#: RFC 3323, section 4.2, and RFC 3325, section 9.3.
_WISHES = frozenset({"id", "user", "header"})


def caller_of(
    message: Message, *, trusted: bool, country: str, verstat: VerstatPolicy = "ignore"
) -> Caller:
    """Return the caller of an INVITE.

    P-Asserted-Identity counts only from a trusted peer (RFC 3325, section 5); otherwise, or where
    it holds no number, From is all there is. A caller who does not want to be known (Privacy) has
    no number, and neither has one of whom the network says things that cannot all be true.

    Args:
        message: the request.
        trusted: whether the peer that sent it belongs to the trust domain.
        country: region of numbers without country code, such as ``PL``.
        verstat: how far the carrier's check of a number counts.
    """
    if _private(message):
        return Caller(None)
    origin = message.only("From")
    asserted = message.addresses("P-Asserted-Identity") if trusted else []
    if _contradictory(asserted, country):
        return Caller(None, name=origin.name)
    number = next(filter(None, (number_of(one, country) for one in asserted)), None)
    vouched = number is not None
    number = number or number_of(origin, country)
    found = None
    if trusted and number is not None:
        mine = [one for one in (*asserted, origin) if number_of(one, country) == number]
        found = _verstat_of(mine)
    if not _counts(found, verstat):
        return Caller(None, name=origin.name, verstat=found)
    return Caller(number, asserted=vouched, name=origin.name, verstat=found)


def number_of(address: Address, country: str) -> str | None:
    """Return the number of an address as E.164; None where it has none."""
    return shown_e164(address.user, country)


def within(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address such as ``192.0.2.7:5060`` or ``[::1]:5060`` lies in a network."""
    host = address.rpartition(":")[0].strip("[]") if address.count(":") != 0 else address
    return _lies_in(host, tuple(networks))


@lru_cache(maxsize=1024)
def _lies_in(host: str, networks: tuple[str, ...]) -> bool:
    """Whether a host lies in a network; an INVITE asks it several times, of few hosts."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(network) for network in networks)


def _private(message: Message) -> bool:
    wishes = ";".join(message.texts("Privacy")).lower().replace(",", ";")
    return bool(_WISHES & {wish.strip() for wish in wishes.split(";")})


def _contradictory(asserted: Sequence[Address], country: str) -> bool:
    """Return whether a network names several callers, or one that cannot be read.

    There may be one SIP and one tel URI, of the same caller (RFC 3325, section 9.1). More of them
    come where somebody's name was taken for a part of the header.
    """
    if not all(asserted):
        return True
    parties = {(one.scheme == "tel", number_of(one, country) or one.user) for one in asserted}
    numbers = {number_of(one, country) for one in asserted} - {None}
    return len(numbers) > 1 or len({is_tel for is_tel, _ in parties}) < len(parties)


def _verstat_of(addresses: Sequence[Address]) -> Verstat | None:
    """Return what a carrier says of a number; the worst, where it says several things."""
    said = {one.parameters.get("verstat", "").lower() for one in addresses}
    return next((verdict for verdict in Verstat if verdict.value.lower() in said), None)


def _counts(found: Verstat | None, policy: VerstatPolicy) -> bool:
    match policy:
        case "ignore":
            return True
        case "refuse-failed":
            return found is not Verstat.FAILED
        case "require-passed":
            return found is Verstat.PASSED
