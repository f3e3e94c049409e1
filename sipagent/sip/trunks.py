"""All trunks of the line: one task each, and a look at the network that they go over."""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable, Sequence

import pjsua2 as pj

from sipagent import tasks
from sipagent.config import SipSection, TrunkSection
from sipagent.sip.account import Account, PjCarrier
from sipagent.sip.admission import Admission
from sipagent.sip.gate import Gate, Whose
from sipagent.sip.locate import Names, Server, is_address, locate
from sipagent.sip.settings import account_config
from sipagent.sip.thread import PjThread, explain
from sipagent.sip.trunk import Trunk, TrunkState
from sipagent.threads import NAMES, Threads

#: Seconds between two looks at the way to a carrier.
_LOOK = 3.0
_log = logging.getLogger(__name__)

Incoming = Callable[[Account, pj.OnIncomingCallParam], None]


class Trunks:
    """Builds the trunks, keeps them alive, and tells how they stand."""

    def __init__(
        self,
        settings: SipSection,
        sections: Sequence[TrunkSection],
        thread: PjThread,
        gate: Gate,
        admission: Admission,
    ) -> None:
        self._settings = settings
        self._sections = sections
        self._thread = thread
        self._gate = gate
        self._admission = admission
        self._names = Names(settings.nameservers)
        self._trunks: dict[str, Trunk] = {}
        self._tasks: list[tasks.Lasting] = []
        self._stopping = False
        #: By trunk: a server that it was sent to last.
        self._places: dict[str, Server] = {}

    def create(self, incoming: Incoming) -> dict[str, Account]:
        """Make the trunks' accounts, in the PJSIP thread; return them by name."""
        accounts = {}
        for section in self._sections:
            account = accounts[section.name] = Account(section.name, incoming)
            account.create(account_config(self._settings, section))
            carrier = PjCarrier(self._thread, account, self._gate, self._settings, section)
            trunk = Trunk(section, carrier, functools.partial(self._locate, section))
            account.on_answer = functools.partial(self._thread.emit, trunk.answered)
            self._trunks[section.name] = trunk
        return accounts

    def start(self) -> None:
        """Begin to register."""
        self._stopping = False
        self._tasks = [
            tasks.last(functools.partial(self._run, trunk), f"trunk-{name}")
            for name, trunk in self._trunks.items()
        ]
        if self._tasks:
            self._tasks.append(tasks.last(self._watch, "trunk-network"))

    async def stop(self) -> None:
        """Take all registrations back, each by itself."""
        self._stopping = True
        for task in self._tasks:
            await task.stop()
        trunks = self._trunks
        ends = await asyncio.gather(
            *(one.stop() for one in trunks.values()), return_exceptions=True
        )
        for name, end in zip(trunks, ends, strict=True):
            if isinstance(end, Exception):
                _log.error("trunk %s: not taken back", name, exc_info=end)

    def states(self) -> list[TrunkState]:
        """Return how the trunks stand, in the order of the settings."""
        return [trunk.state for trunk in self._trunks.values()]

    def up(self, name: str) -> bool:
        """Whether calls can go over a trunk."""
        trunk = self._trunks.get(name)
        return trunk is not None and trunk.state.up

    def disconnected(self) -> None:
        """Have all trunks that need a connection look whether they still have theirs."""
        for section in self._sections:
            if section.transport != "udp":
                self._trunks[section.name].poke()

    async def look_up(self, host: str, threads: Threads = NAMES) -> None:
        """Find the address of a host, so that PJSIP need not wait for the DNS."""
        if is_address(host):
            return
        if addresses := await self._names.addresses(host, threads):
            await self._thread.run(self._gate.pin, Whose.CALL, host, addresses[0])

    async def _run(self, trunk: Trunk) -> None:
        """Run a trunk; where that has ended though nobody wants it to, it is down meanwhile."""
        try:
            await trunk.run()
        finally:
            if not self._stopping:
                trunk.abandoned()

    async def _locate(self, section: TrunkSection) -> list[Server]:
        servers = await locate(section, self._names)
        self._places[section.name] = servers[0]
        await self._thread.run(self._admission.located, section.name, servers)
        return servers

    async def _watch(self) -> None:
        """Tell PJSIP and the trunks when this machine has got another address."""
        known: dict[str, str | None] = {}
        while True:
            await asyncio.sleep(_LOOK)
            moved = False
            for name, server in self._places.items():
                now = own_address_towards(server.address)
                before = known.get(name, now)
                known[name] = now
                if now != before:
                    _log.warning("trunk %s: this machine's address is now %s", name, now)
                    moved = moved or now is not None
            if moved:
                try:
                    await self._thread.run(_address_changed)
                except pj.Error as error:
                    _log.error("PJSIP did not take the new address: %s", explain(error))
                for trunk in self._trunks.values():
                    trunk.moved()


def own_address_towards(address: str) -> str | None:
    """Return the address from which a packet would go there, None without a way; sends nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return str(probe.getsockname()[0])
    return None


def _address_changed() -> None:
    prm = pj.IpChangeParam()
    prm.restartListener = True
    prm.shutdownTransport = True
    pj.Endpoint.instance().handleIpChange(prm)
