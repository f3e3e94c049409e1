"""All trunks of the line: one task each, and a look at the network that they go over."""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import pjsua2 as pj

from sipagent import tasks
from sipagent.config import SipSection, TrunkSection
from sipagent.errors import CallError, SetupError
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


@dataclass(slots=True, eq=False)
class Carried:
    """A trunk with its account, and what both were made of."""

    section: TrunkSection
    password: str | None = field(repr=False)
    account: Account
    trunk: Trunk
    task: tasks.Lasting | None = None
    #: Where its calls come from, once it is no more.
    networks: tuple[str, ...] = ()

    def is_of(self, section: TrunkSection) -> bool:
        """Whether it was made of this."""
        return self.section == section and self.password == section.password()


class Trunks:
    """Builds the trunks, keeps them alive, and tells how they stand.

    A trunk that is no more takes its registration back at once; its account goes when the last
    call over it is over.
    """

    def __init__(
        self,
        settings: SipSection,
        thread: PjThread,
        gate: Gate,
        admission: Admission,
        incoming: Incoming,
    ) -> None:
        self._settings = settings
        self._thread = thread
        self._gate = gate
        self._admission = admission
        self._names = Names(settings.nameservers)
        self._incoming = incoming
        self._carried: dict[str, Carried] = {}
        #: Those that are no more, until their last call is over.
        self._former: list[Carried] = []
        self._watching: tasks.Lasting | None = None
        self._stopping = False
        #: By trunk: a server that it was sent to last.
        self._places: dict[str, Server] = {}

    def start(self) -> None:
        """Begin to register, with those trunks that do not yet."""
        self._stopping = False
        for name, one in self._carried.items():
            if one.task is None:
                one.task = tasks.last(functools.partial(self._run, one), f"trunk-{name}")
        if self._carried and self._watching is None:
            self._watching = tasks.last(self._watch, "trunk-network")

    async def stop(self) -> None:
        """Take all registrations back, each by itself."""
        self._stopping = True
        if self._watching is not None:
            await self._watching.stop()
            self._watching = None
        await self._take_back((*self._carried.values(), *self._former), "the line is closed")

    async def change(self, use: Callable[[], None], sections: Sequence[TrunkSection]) -> None:
        """Have other trunks from now on; those that are the same notice nothing.

        Args:
            use: sets the gate, in the PJSIP thread.
            sections: the trunks.

        Raises:
            SetupError: a password cannot be read, or PJSIP refuses a trunk; all are as before.
        """
        former = await self._thread.run(self.create, sections, use)
        for name in {one.section.name for one in former} - self._carried.keys():
            self._places.pop(name, None)
        await self._take_back(former, "the settings have changed")
        if not self._stopping:
            self.start()

    async def _take_back(self, carried: Sequence[Carried], why: str) -> None:
        for one in carried:
            if one.task is not None:
                await one.task.stop()
        ends = await asyncio.gather(
            *(one.trunk.stop(why) for one in carried), return_exceptions=True
        )
        for one, end in zip(carried, ends, strict=True):
            one.task = None
            if isinstance(end, Exception):
                _log.error("trunk %s: not taken back", one.section.name, exc_info=end)

    def states(self) -> list[TrunkState]:
        """Return how the trunks stand, in the order of the settings."""
        return [one.trunk.state for one in self._carried.values()]

    def up(self, name: str) -> bool:
        """Whether calls can go over a trunk."""
        one = self._carried.get(name)
        return one is not None and one.trunk.state.up

    def disconnected(self) -> None:
        """Have all trunks that need a connection look whether they still have theirs."""
        for one in self._carried.values():
            if one.section.transport != "udp":
                one.trunk.poke()

    async def look_up(self, host: str, threads: Threads = NAMES) -> bool:
        """Find the address of a host, so that PJSIP need not wait for the DNS, if it has one."""
        if is_address(host):
            return True
        addresses = await self._names.addresses(host, threads)
        if addresses:
            await self._thread.run(self._gate.pin, Whose.CALL, host, addresses[0])
        return bool(addresses)

    # In the PJSIP thread

    def create(
        self, sections: Sequence[TrunkSection], use: Callable[[], None] = lambda: None
    ) -> list[Carried]:
        """Make what is new of these trunks, then call ``use``; return those that are no more.

        Raises:
            SetupError: a password cannot be read, or PJSIP refuses a trunk; all are as before.
        """
        before, now, made = self._carried, dict[str, Carried](), list[Carried]()
        try:
            for section in sections:
                one = before.get(section.name)
                if one is None or not one.is_of(section):
                    one = self._made(section)
                    made.append(one)
                now[section.name] = one
        except BaseException:
            for one in made:
                one.account.shutdown()
            raise
        former = [one for one in before.values() if one not in now.values()]
        for one in former:
            one.networks = self._admission.networks(one.section)
        self._carried = now
        self._former.extend(former)
        use()
        self._keep_former()
        return former

    def account(self, name: str) -> Account:
        """Return the account of a trunk.

        Raises:
            CallError: there is no such trunk any more.
        """
        one = self._carried.get(name)
        if one is None:
            raise CallError(f"there is no trunk {name} any more")
        return one.account

    def forget(self, busy: Collection[Account]) -> None:
        """Let those go that are no more, and whose account has no calls."""
        gone = [one for one in self._former if one.task is None and one.account not in busy]
        if not gone:
            return
        self._former = [one for one in self._former if one not in gone]
        for one in gone:
            one.account.shutdown()
        self._keep_former()

    def close(self) -> None:
        """End all accounts."""
        for one in (*self._carried.values(), *self._former):
            one.account.shutdown()
        self._carried, self._former = {}, []

    def _made(self, section: TrunkSection) -> Carried:
        account = Account(section.name, self._incoming)
        try:
            account.create(account_config(self._settings, section))
        except pj.Error as error:
            raise SetupError(f"trunk {section.name}: {explain(error)}") from None
        carrier = PjCarrier(self._thread, account, self._gate, self._settings, section)
        trunk = Trunk(section, carrier, functools.partial(self._locate, section))
        account.on_answer = functools.partial(self._thread.emit, trunk.answered)
        return Carried(section, section.password(), account, trunk)

    def _keep_former(self) -> None:
        self._admission.keep([network for one in self._former for network in one.networks])

    # In the asyncio loop

    async def _run(self, one: Carried) -> None:
        """Run a trunk; where that has ended though nobody wants it to, it is down meanwhile."""
        try:
            await one.trunk.run()
        finally:
            if not self._stopping and one not in self._former:
                one.trunk.abandoned()

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
            for name, server in list(self._places.items()):
                now = own_address_towards(server.address)
                before = known.get(name, now)
                known[name] = now
                if now != before:
                    _log.warning("trunk %s: this machine's address is now %s", name, now)
                    moved = moved or now is not None
            if moved:
                try:
                    await self._thread.run(_address_changed)
                except CallError as error:
                    _log.error("PJSIP did not take the new address: %s", error)
                for one in self._carried.values():
                    one.trunk.moved()


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
