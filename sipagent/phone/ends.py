"""The ends of a call that the test phone can be: who calls, who is called, or a phone of a line."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sipagent.config import SipSection, TrunkSection
from sipagent.errors import CallError, ConfigError
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.sip.outgoing import name_addr, sip_uri

#: Calls at once: that of the script, and one to consult.
_CALLS = 4
_EVERYBODY = ("0.0.0.0/0", "::/0")
#: What a calling number may be: digits, or a user name without the signs of SIP.
_NUMBER = re.compile(r"\+?[\w.!~*-]+", re.ASCII)
#: What a phone dials that is no SIP URI.
_DIALLED = re.compile(r"[\w.!~*+#-]+", re.ASCII)
#: Seconds between two looks at whether it is registered.
_LOOK = 0.05
#: Name of the line that a phone registers at.
_LINE = "line"

#: Begins a call to a number or SIP URI.
Dial = Callable[[str], Awaitable[SipLeg]]
#: A call that has come, once it does.
Came = asyncio.Future[SipLeg]


class End(Protocol):
    """One end of a call, from its beginning."""

    @property
    def settings(self) -> SipSection:
        """Where it is."""

    @property
    def trunks(self) -> tuple[TrunkSection, ...]:
        """Where it registers."""

    async def begin(self, endpoint: Endpoint, came: Came, within: float) -> SipLeg | None:
        """Return a call that is about to be connected; None for one that was refused.

        Raises:
            CallError: there is none.
        """

    def uri(self, number: str) -> str:
        """Return the SIP URI of a number, or of a URI."""

    async def dial(self, endpoint: Endpoint, uri: str) -> SipLeg:
        """Return a call to a SIP URI that is about to be connected."""


@dataclass(frozen=True, slots=True)
class Calling:
    """A call to be made, with the From URI and further header fields."""

    target: str
    caller: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    trunks: tuple[TrunkSection, ...] = ()

    @classmethod
    def of(cls, target: str, number: str, *, asserted: bool, anonymous: bool) -> "Calling":
        """Return the call to make, with what shows the caller.

        Raises:
            ConfigError: something of it cannot be written.
        """
        host = _host(target)
        if number and not _NUMBER.fullmatch(number):
            raise ConfigError(f"--from {number!r} is no calling number such as +48600100101")
        shown = name_addr(sip_uri(number, host)) if number else ""
        extra = []
        if asserted:
            if not shown:
                raise ConfigError("--asserted needs --from: whose number is to be asserted?")
            extra.append(("P-Asserted-Identity", shown))
        if anonymous:
            extra.append(("Privacy", "id"))
            shown = name_addr(sip_uri("anonymous", "anonymous.invalid"), "Anonymous")
        return cls(target, shown, tuple(extra))

    @property
    def settings(self) -> SipSection:
        """Loopback stays on loopback."""
        return _near(_host(self.target))

    async def begin(self, endpoint: Endpoint, came: Came, within: float) -> SipLeg | None:
        """Call."""
        return await self.dial(endpoint, self.target)

    def uri(self, number: str) -> str:
        """Return a number at the host of the first call."""
        return _uri(number, _host(self.target))

    async def dial(self, endpoint: Endpoint, uri: str) -> SipLeg:
        """Call with the same caller."""
        return await endpoint.dial(uri, caller=self.caller, extra=self.extra)


@dataclass(frozen=True, slots=True)
class Answering:
    """A call to be taken, or refused with a code."""

    settings: SipSection
    ring: float = 0.0
    refuse: int | None = None
    trunks: tuple[TrunkSection, ...] = ()

    @classmethod
    def at(cls, listen: str, ring: float, refuse: int | None) -> "Answering":
        """Return an end that waits at ``address:port``.

        Raises:
            ConfigError: it is no such place.
        """
        address, _, port = listen.rpartition(":")
        try:
            settings = SipSection(
                address=address, port=int(port), max_calls=_CALLS, allow=_EVERYBODY
            )
        except ValueError:
            raise ConfigError(f"--listen {listen!r} is no address such as 127.0.0.1:5070") from None
        return cls(settings, ring, refuse)

    async def begin(self, endpoint: Endpoint, came: Came, within: float) -> SipLeg | None:
        """Take the call that comes, or refuse it."""
        return await _taken(came, within, self.ring, self.refuse)

    def uri(self, number: str) -> str:
        """Return a SIP URI as it is."""
        return _uri(number, "")

    async def dial(self, endpoint: Endpoint, uri: str) -> SipLeg:
        """Call directly."""
        return await endpoint.dial(uri)


@dataclass(frozen=True, slots=True)
class Registered:
    """A phone with an account at a line: it calls a number there, or takes a call.

    Args:
        account: its name.
        server: ``host`` or ``host:port`` of the line.
        password_file: a file of one line.
        number: what it dials; empty: it waits to be called.
        ring: seconds until it answers.
        refuse: the code with which it refuses instead.
    """

    account: str
    server: str
    password_file: Path = field(repr=False)
    number: str = ""
    ring: float = 0.0
    refuse: int | None = None

    @property
    def settings(self) -> SipSection:
        """Loopback stays on loopback."""
        return _near(self.server)

    @property
    def trunks(self) -> tuple[TrunkSection, ...]:
        """Return the line.

        Raises:
            ConfigError: its place or the account cannot be written.
        """
        try:
            return (
                TrunkSection(
                    name=_LINE,
                    registrar=f"sip:{self.server}",
                    user=self.account,
                    password_file=self.password_file,
                    ping=0,
                ),
            )
        except ValueError:
            raise ConfigError(
                f"{self.account!r} at {self.server!r} is no account of a line: "
                "give such as --account jan --server 192.0.2.1:5060"
            ) from None

    async def begin(self, endpoint: Endpoint, came: Came, within: float) -> SipLeg | None:
        """Register, then call or be called."""
        endpoint.open()
        try:
            async with asyncio.timeout(within):
                while not all(trunk.up for trunk in endpoint.trunks()):
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            raise CallError(
                f"{self.account} is not registered at {self.server} within {within:g} s: "
                "see account, password and server"
            ) from None
        if self.number:
            return await self.dial(endpoint, self.uri(self.number))
        return await _taken(came, within, self.ring, self.refuse)

    def uri(self, number: str) -> str:
        """Return a number of the line."""
        return _uri(number, self.server)

    async def dial(self, endpoint: Endpoint, uri: str) -> SipLeg:
        """Call over the line."""
        return await endpoint.dial(uri, trunk=_LINE)


async def _taken(came: Came, within: float, ring: float, refuse: int | None) -> SipLeg | None:
    """Return a call that has come, once it has rung; None where it was refused."""
    try:
        call = await asyncio.wait_for(came, within)
    except TimeoutError:
        raise CallError(f"nobody called within {within:g} s") from None
    await call.ring()
    await call.pause(ring)
    if refuse is not None:
        await call.refuse(refuse)
        await call.wait_over()
        return None
    await call.answer()
    return call


def _uri(number: str, host: str) -> str:
    if number.lower().startswith(("sip:", "sips:")):
        return number
    if not host or not _DIALLED.fullmatch(number):
        raise ConfigError(f"{number!r} cannot be called: give such as sip:biuro@192.0.2.1")
    return sip_uri(number, host)


def _host(target: str) -> str:
    """Return host and port of a SIP URI, without its parameters."""
    scheme, _, rest = target.partition(":")
    host = rest.rpartition("@")[2].partition(";")[0]
    if scheme.lower() not in {"sip", "sips"} or not host:
        raise ConfigError(f"{target!r} is no SIP address such as sip:infolinia@127.0.0.1:5060")
    return host


def _near(host: str) -> SipSection:
    """Return the settings of a phone that calls a host."""
    near = host.startswith(("127.", "localhost"))
    return SipSection(
        address="127.0.0.1" if near else "0.0.0.0", port=0, max_calls=_CALLS, allow=_EVERYBODY
    )
