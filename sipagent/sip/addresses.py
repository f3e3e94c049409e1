"""The machine's own addresses, as far as its name and its default route tell them."""

import contextlib
import ipaddress
import socket
from collections.abc import Sequence

#: Ports that are tried before none is free.
_TRIES = 50
#: What an endpoint listens on to be reached at every address.
ANY = ("0.0.0.0", "::")


def own_hosts(address: str, public: str | None) -> set[str]:
    """Return every name and address under which a line that listens on ``address`` is reached."""
    hosts = {address, in_uri(address), *([public, in_uri(public)] if public else [])}
    if address in ANY or ipaddress.ip_address(address).is_loopback:
        hosts |= {"localhost", "127.0.0.1", "[::1]"}
    if address in ANY:
        name = socket.gethostname()
        hosts |= {name.lower(), *_of_name(name), *_of_routes()}
    return hosts


def free_port(addresses: Sequence[str]) -> int:
    """Return a port that is free now for UDP and TCP at all of these addresses.

    Raises:
        OSError: none was found.
    """
    for _ in range(_TRIES):
        port = 0
        with contextlib.ExitStack() as stack:
            try:
                for address in addresses:
                    family = socket.AF_INET6 if ":" in address else socket.AF_INET
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        one = stack.enter_context(socket.socket(family, kind))
                        if family == socket.AF_INET6:
                            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                        one.bind((address, port))
                        port = int(one.getsockname()[1])
            except OSError:
                continue
        return port
    raise OSError(f"no port is free at {', '.join(addresses)}")


def in_uri(host: str) -> str:
    """Return an address as it stands in a URI: IPv6 in brackets (RFC 3261, section 25.1)."""
    return f"[{host}]" if ":" in host else host


def towards(host: str) -> str:
    """Return the address of this machine from which an address is reached; nothing is sent.

    Raises:
        OSError: there is no way to it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))
        return str(probe.getsockname()[0])


def _of_name(name: str) -> set[str]:
    with contextlib.suppress(OSError):
        return {in_uri(str(info[4][0])) for info in socket.getaddrinfo(name, None)}
    return set()


def _of_routes() -> set[str]:
    """Return the addresses from which the rest of the world would be reached."""
    found = set()
    for far in ("192.0.2.1", "2001:db8::1"):
        with contextlib.suppress(OSError):
            found.add(in_uri(towards(far)))
    return found
