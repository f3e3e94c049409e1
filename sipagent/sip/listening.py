"""Where the line listens: its transports, their ports, and how others reach them."""

import pjsua2 as pj

from sipagent.config import SipSection
from sipagent.errors import SetupError
from sipagent.sip.addresses import ANY, free_port, in_uri, own_hosts, towards
from sipagent.sip.admission import host_of
from sipagent.sip.settings import transport_config, transport_type
from sipagent.sip.thread import explain


class Listening:
    """The transports of an endpoint, as its settings say when it starts."""

    def __init__(self, settings: SipSection) -> None:
        self._settings = settings
        #: Known once started (0 in the settings: any free one).
        self.port = settings.port
        self.tls_port = settings.tls_port
        #: Of IP.
        self.versions = (4, 6) if settings.ipv6_address else (4,)

    def start(self, endpoint: pj.Endpoint) -> None:
        """Open the transports; in the PJSIP thread.

        Raises:
            SetupError: an address or port cannot be used.
        """
        # One port for all transports, which a system asked for each would not give.
        self.port = self._settings.port or self._free_port()
        for version in self.versions:
            for name in self._settings.transports:
                self._open(endpoint, name, version)

    def here(self, source: str, transport: str) -> str:
        """Return the host and port at which who sends from a place reaches the line."""
        far = host_of(source)
        settings = self._settings
        own = settings.ipv6_address if ":" in far else settings.public_address
        host = own or settings.address
        port = self.tls_port if transport == "tls" else self.port
        return f"{in_uri(towards(far) if host in ANY else host)}:{port}"

    def places(self) -> set[str]:
        """Return the addresses of this line, as ``host:port``; asks for the machine's name."""
        hosts = own_hosts(self._settings.address, self._settings.public_address)
        return {f"{host}:{port}" for host in hosts for port in (self.port, self.tls_port)}

    def _free_port(self) -> int:
        addresses = [self._settings.address]
        if self._settings.ipv6_address:
            addresses.append(self._settings.ipv6_address)
        try:
            return free_port(addresses)
        except OSError as error:
            raise SetupError(f"{error}; see sip.address") from None

    def _open(self, endpoint: pj.Endpoint, name: str, version: int) -> None:
        port = self.tls_port if name == "tls" else self.port
        config = transport_config(self._settings, name, port, version)
        try:
            transport = endpoint.transportCreate(transport_type(name, version), config)
        except pj.Error as error:
            address = self._settings.address if version == 4 else self._settings.ipv6_address
            raise SetupError(
                f"cannot listen on {in_uri(address or '')}:{port} ({name}): "
                f"{explain(error)}; is another program there? See sip.address and sip.port"
            ) from None
        info = endpoint.transportGetInfo(transport)
        port = int(str(info.localName).rpartition(":")[2])
        if name == "tls":
            self.tls_port = port
