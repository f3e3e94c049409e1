"""Finding a carrier's servers (RFC 3263): SRV records, addresses, in the order to try them.

PJSIP could look names up itself, but then its thread would wait for the DNS, and with it
every call.
"""

import asyncio
import ipaddress
import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import dns.asyncresolver
import dns.exception
import dns.rdatatype

from sipagent.config import TrunkSection
from sipagent.errors import CallError
from sipagent.sip.addresses import in_uri
from sipagent.sip.identity import within
from sipagent.threads import NAMES, Overloaded, Threads

#: Seconds that a question to the DNS may take.
_TIMEOUT = 5.0
_SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True)
class Server:
    """One place to reach a carrier at; ``name`` is what its certificate has to say."""

    name: str
    address: str
    port: int
    transport: str

    def __str__(self) -> str:
        return f"{in_uri(self.address)}:{self.port}"

    @property
    def uri(self) -> str:
        """Its URI for PJSIP: ``pinned``, which is never sent, says where its name leads to."""
        place = f"{in_uri(self.name)}:{self.port}"
        return f"sip:{place};transport={self.transport};pinned={self.address}"

    @property
    def route(self) -> str:
        """The URI of a Route to it (RFC 3261, section 16.12)."""
        return f"{self.uri};lr"


class Unlocated(CallError):
    """No address is known for a carrier."""

    code = "unlocated"


@dataclass(frozen=True, slots=True)
class Service:
    """A record of RFC 2782: the lower the priority the earlier, the higher the weight the more."""

    priority: int
    weight: int
    port: int
    target: str


class Names:
    """The DNS and the system's own table of hosts, as far as SIP needs them."""

    def __init__(self, nameservers: tuple[str, ...] = ()) -> None:
        self._nameservers = nameservers

    async def services(self, name: str) -> list[Service]:
        """Return the SRV records of a name; none where there are none, or nobody answers."""
        try:
            answer = await self._resolver().resolve(name, "SRV", lifetime=_TIMEOUT, search=False)
        except (dns.exception.DNSException, OSError):
            return []
        return [
            Service(one.priority, one.weight, one.port, str(one.target).rstrip("."))
            for one in answer
        ]

    async def addresses(self, host: str, threads: Threads = NAMES) -> list[str]:
        """Return the addresses of a host, IPv4 first; none where it is not known.

        Args:
            host: its name.
            threads: those that the system may keep waiting, for as long as it likes.
        """
        if self._nameservers:
            return await self._asked(host)
        try:
            async with asyncio.timeout(_TIMEOUT):
                found = await threads.run(socket.getaddrinfo, host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError, TimeoutError, Overloaded):
            return []
        found.sort(key=lambda info: info[0] != socket.AF_INET)
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    async def _asked(self, host: str) -> list[str]:
        found: list[str] = []
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            try:
                answer = await self._resolver().resolve(host, kind, lifetime=_TIMEOUT, search=False)
            except (dns.exception.DNSException, OSError):
                continue
            found += [str(one.address) for one in answer]
        return found

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """Return a resolver: a new one, for the system's settings may have changed."""
        if not self._nameservers:
            return dns.asyncresolver.Resolver()
        resolver = dns.asyncresolver.Resolver(configure=False)
        places = [split(server) for server in self._nameservers]
        resolver.nameservers = [host for host, _ in places]
        resolver.nameserver_ports = {host: port for host, port in places if port}
        return resolver


def domain_of(trunk: TrunkSection) -> str:
    """Return the host and port of a trunk's registrar."""
    return trunk.registrar.partition(":")[2]


async def locate(
    trunk: TrunkSection,
    names: Names,
    shuffle: Callable[[list[Service]], list[Service]] | None = None,
) -> list[Server]:
    """Return a trunk's servers in the order in which they are to be tried.

    Raises:
        Unlocated: none of their names has an address.
    """
    order = shuffle or in_order
    found: list[Server] = []
    for place in trunk.servers or (domain_of(trunk),):
        host, port = split(place)
        found += await _at(host, port, trunk.transport, names, order)
    if not found:
        wanted = ", ".join(trunk.servers) or domain_of(trunk)
        raise Unlocated(f"no address is known for {wanted}")
    return list(dict.fromkeys(found))


async def _at(
    host: str,
    port: int,
    transport: str,
    names: Names,
    order: Callable[[list[Service]], list[Service]],
) -> list[Server]:
    if is_address(host):
        return [Server(host, host, port or _PORTS[transport], transport)]
    services = [] if port else await names.services(f"{_SERVICES[transport]}.{host}")
    if not services:
        found = await names.addresses(host)
        return [Server(host, one, port or _PORTS[transport], transport) for one in found]
    servers: list[Server] = []
    for one in order(services):
        # A certificate names the domain that was asked for, not a host that the DNS made up
        # (RFC 5922, section 7.1).
        found = await names.addresses(one.target)
        servers += [Server(host, address, one.port, transport) for address in found]
    return servers


def redirected(uri: str, trunk: TrunkSection, servers: Sequence[Server]) -> Server | None:
    """Return where a registrar sends the line on (3xx); None where that is no place of the trunk's.

    Args:
        uri: of the answer's Contact.
        trunk: whose ``addresses`` are its places, too.
        servers: that the trunk has.
    """
    host, port = split(uri.partition(":")[2].rpartition("@")[2].partition(";")[0])
    port = port or _PORTS[trunk.transport]
    for server in servers:
        if host.lower() in (server.name.lower(), server.address):
            return replace(server, port=port)
    if is_address(host) and within(f"{in_uri(host)}:{port}", trunk.addresses):
        return Server(host, host, port, trunk.transport)
    return None


def in_order(services: list[Service]) -> list[Service]:
    """Return services by priority, those of one by lot according to their weights (RFC 2782)."""
    left = sorted(services, key=lambda one: (one.priority, one.weight))
    ordered = []
    while left:
        equals = [one for one in left if one.priority == left[0].priority]
        # A weight of 0 gets a small chance, as the RFC wants.
        chosen = random.choices(equals, [one.weight or 0.1 for one in equals])[0]
        left.remove(chosen)
        ordered.append(chosen)
    return ordered


def split(place: str) -> tuple[str, int]:
    """Return host and port (0: none) of ``host``, ``host:5060`` or ``[2001:db8::1]:5060``."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, int(rest.lstrip(":") or 0)
    if place.count(":") == 1:
        host, _, port = place.partition(":")
        return host, int(port or 0)
    return place, 0


@lru_cache(maxsize=1024)
def is_address(host: str) -> bool:
    """Whether a host is an address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
