"""Connections of browsers: whoever holds one and asks for nothing, or bit by bit, loses it.

A connection costs who opens it nothing (CWE-400, "slow loris"). So the head of a request has to be
there some seconds after its first byte, and one address has only so many; proxies that are trusted
come for many, and have been patient before. The bodies of forms are the application's to wait for.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Iterable
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sipagent.access.networks import network

#: Seconds for the head of a request, and for what is sent to be taken.
HEAD, TAKEN = 10.0, 30.0
#: Connections of one address: an office, whose browsers share it, has up to six each.
MOST = 250


class Patience:
    """Makes the protocols of connections; what ``uvicorn.Config`` takes as ``http``.

    Args:
        proxies: networks of proxies that are trusted.
        head: seconds for the head of a request.
        most: connections of one address.
    """

    def __init__(self, proxies: Iterable[str], head: float = HEAD, most: int = MOST) -> None:
        self._proxies = [ipaddress.ip_network(one) for one in proxies]
        self._most = most
        self._open: Counter[str] = Counter()
        self.head = head

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> "PatientProtocol":
        """Return the protocol of a connection."""
        return PatientProtocol(self, config, server_state, app_state, _loop)

    def enter(self, address: str) -> bool:
        """Count a connection in; whether it is one that an address may have."""
        at = network(address)
        self._open[at] += 1
        return self._open[at] <= self._most or self._is_proxy(address)

    def leave(self, address: str) -> None:
        """Count it out."""
        at = network(address)
        self._open[at] -= 1
        if not self._open[at]:
            del self._open[at]

    def _is_proxy(self, address: str) -> bool:
        return any(ipaddress.ip_address(address) in one for one in self._proxies)


class PatientProtocol(H11Protocol):
    """A connection that is cut off where nothing comes of it.

    Args:
        patience: says how long it may take.
        others: see ``H11Protocol``.
    """

    def __init__(self, patience: Patience, *others: Any) -> None:
        super().__init__(*others)
        self._patience = patience
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        if self._patience.enter(self._address):
            self._hurry()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._patience.leave(self._address)
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come; more of the same head does not give it more time."""
        super().data_received(data)
        if not (self._serves or self._left):
            self._hurry()

    def handle_events(self) -> None:
        """See ``H11Protocol``; a request is served from here on."""
        super().handle_events()
        if self._serves or self._left:
            self._rest()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """See ``H11Protocol``; from here on it is the application's, which knows who it is."""
        self._patience.leave(self._address)
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """See ``H11Protocol``; what is left of the request is not waited for any longer."""
        super().on_response_complete()
        if self.cycle.more_body:
            self._hurry()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def _serves(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _left(self) -> bool:
        """Whether the connection is another protocol's by now."""
        return self.transport.get_protocol() is not self

    def _hurry(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._patience.head, self.transport.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def untaken(listener: socket.socket, seconds: float = TAKEN) -> None:
    """Have the system cut connections off whose far end takes nothing of what is sent.

    Those that a socket accepts have its settings (TCP_USER_TIMEOUT, RFC 5482).
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * seconds))
