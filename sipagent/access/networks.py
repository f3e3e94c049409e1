"""Who asks over a network, as they are counted: one connection of a household or a firm each."""

import ipaddress


def network(address: str) -> str:
    """Return what is counted of an address: of IPv6 what one connection is given (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if (mapped := parsed.ipv4_mapped) is not None:  # RFC 4291, section 2.5.5.2
        return str(mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
