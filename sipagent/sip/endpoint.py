"""The SIP endpoint: transports, accounts, and the calls that come in and go out."""

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from sipagent.config import SipSection, TransferSection, TrunkSection
from sipagent.errors import CallError, SetupError
from sipagent.sip import headers
from sipagent.sip.addresses import own_hosts
from sipagent.sip.call import SipCall
from sipagent.sip.identity import caller_of, within
from sipagent.sip.leg import Leg, audio_only
from sipagent.sip.library import RESERVE
from sipagent.sip.protocol import Caller
from sipagent.sip.settings import (
    account_config,
    choose_codecs,
    endpoint_config,
    transport_config,
    transport_type,
)
from sipagent.sip.targets import Targets
from sipagent.sip.thread import PjThread, explain
from sipagent.sip.transfer import Transfers

#: Seconds that a caller of a full line is asked to wait.
_BUSY_RETRY = 10
#: Seconds that BYEs may take when the endpoint stops.
_GOODBYE = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Usage:
    """What PJSIP holds at this moment; the same before and after a call, or there is a leak."""

    calls: int
    ports: int


class Account(pj.Account):  # type: ignore[misc]
    """Hands incoming calls and the state of a registration to the endpoint."""

    def __init__(self, endpoint: "Endpoint", name: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self.name = name

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Take a call; an exception here would be lost, so it is logged."""
        try:
            self._endpoint.incoming(self, prm)
        except Exception:
            _log.exception("an incoming call was not taken")

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """Follow the registration (RFC 3261, section 10)."""
        active = prm.code // 100 == 2 and prm.expiration > 0
        _log.log(
            logging.INFO if active else logging.WARNING,
            "registration of trunk %s: %s %s",
            self.name,
            int(prm.code),
            prm.reason,
        )


class Endpoint:
    """One SIP endpoint a process; calls that come in are given to ``on_call`` in asyncio."""

    def __init__(
        self,
        settings: SipSection,
        *,
        trunks: tuple[TrunkSection, ...] = (),
        transfer: TransferSection | None = None,
        country: str = "PL",
        log_level: int = 1,
        on_call: Callable[[SipCall], None] | None = None,
    ) -> None:
        self.settings = settings
        #: Port on which the line listens, known once started (0 in the settings: any free one).
        self.port = settings.port
        #: Seconds for Retry-After while no new call is taken; None: calls are welcome.
        self.draining: int | None = None
        self._trunks = trunks
        self._country = country
        self._log_level = log_level
        self._on_call = on_call
        self._transfer = transfer
        self._switch: Transfers | None = None
        self._thread = PjThread()
        self._started = False
        self._legs: set[Leg] = set()
        #: By the name of the trunk; the empty one is for calls without a trunk.
        self._accounts: dict[str, Account] = {}

    async def start(self) -> None:
        """Open the transports and register the trunks.

        Raises:
            SetupError: an address or port cannot be used.
        """
        await self._thread.start(self._set_up)
        self._started = True
        if self._transfer is not None:
            # The machine's name may have to be asked from a DNS server that is not there.
            own = await asyncio.to_thread(self._own)
            targets = Targets(self._transfer, self._trunks, own)
            host = self.settings.public_address or self.settings.address
            self._switch = Transfers(self._transfer, targets, self.dial, host)

    async def stop(self) -> None:
        """Hang up whatever is left, unregister, and end PJSIP."""
        if self._started:
            self._started = False
            await self._thread.stop(self._tear_down)

    async def dial(
        self,
        target: str,
        *,
        caller: str = "",
        extra: tuple[tuple[str, str], ...] = (),
        trunk: str = "",
    ) -> SipCall:
        """Start a call to a SIP URI; the result is not connected yet.

        Args:
            target: such as ``sip:infolinia@192.0.2.1:5060``.
            caller: URI to show as From instead of the account's own.
            extra: header fields to add, such as ``("P-Asserted-Identity", "<sip:…>")``.
            trunk: name of the trunk to call over; empty: directly.

        Raises:
            CallError: PJSIP refuses the target.
        """
        return await self._thread.run(self._dial, target, caller, extra, trunk)

    async def turn(self) -> None:
        """Return once the PJSIP thread has taken a turn: it lives."""
        await self._thread.run(lambda: None)

    async def usage(self) -> Usage:
        """Return what PJSIP holds now."""
        return await self._thread.run(self._usage)

    # In the PJSIP thread

    def incoming(self, account: Account, prm: pj.OnIncomingCallParam) -> None:
        """Take a new INVITE: refuse it at once, or hand it to the asyncio loop."""
        leg = self._new_leg(account, prm.callId)
        if self.draining is not None or len(self._legs) > self.settings.max_calls:
            leg.refuse(503, _BUSY_RETRY if self.draining is None else self.draining)
            return
        message = str(prm.rdata.wholeMsg)
        trusted = within(str(prm.rdata.srcAddress), self.settings.trusted)
        caller = caller_of(message, trusted=trusted, country=self._country)
        sip_id = next(iter(headers.fields(message, "Call-ID")), "")
        call = SipCall(
            leg,
            caller,
            headers.request_user(message),
            sip_id,
            refers=headers.allows(message, "REFER"),
            switch=self._switch,
        )
        if self._on_call is not None:
            self._thread.emit(self._on_call, call)

    def _new_leg(self, account: Account, call_id: int = pj.PJSUA_INVALID_ID) -> Leg:
        leg = Leg(self._thread, account, call_id, self._legs.discard)
        self._legs.add(leg)
        return leg

    def _dial(
        self, target: str, caller: str, extra: tuple[tuple[str, str], ...], trunk: str
    ) -> SipCall:
        leg = self._new_leg(self._accounts[trunk])
        call = SipCall(leg, Caller(None), headers.user_part(target))
        prm = audio_only()
        prm.txOption.localUri = caller
        for name, value in extra:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            prm.txOption.headers.append(header)
        try:
            leg.makeCall(target, prm)
        except pj.Error as error:
            self._legs.discard(leg)
            raise CallError(f"cannot call {target}: {explain(error)}") from None
        info = leg.getInfo()
        call.sip_id = str(info.callIdString)
        return call

    def _own(self) -> set[str]:
        hosts = own_hosts(self.settings.address, self.settings.public_address)
        return {f"{host}:{self.port}" for host in hosts}

    def _usage(self) -> Usage:
        return Usage(len(self._legs), len(pj.Endpoint.instance().mediaEnumPorts2()))

    def _set_up(self, endpoint: pj.Endpoint) -> None:
        settings = self.settings
        endpoint.libInit(endpoint_config(settings, settings.max_calls + RESERVE, self._log_level))
        endpoint.audDevManager().setNullDev()
        for name in settings.transports:
            self._listen(endpoint, name)
        choose_codecs(endpoint, settings.codecs)
        for trunk in (None, *self._trunks):
            account = Account(self, trunk.name if trunk else "")
            self._accounts[account.name] = account
            account.create(account_config(settings, trunk), trunk is None)

    def _listen(self, endpoint: pj.Endpoint, name: str) -> None:
        config = transport_config(self.settings, self.port)
        try:
            transport = endpoint.transportCreate(transport_type(name), config)
        except pj.Error as error:
            raise SetupError(
                f"cannot listen on {self.settings.address}:{self.port} ({name}): "
                f"{explain(error)}; is another program there? See sip.address and sip.port"
            ) from None
        info = endpoint.transportGetInfo(transport)
        self.port = int(str(info.localName).rpartition(":")[2])

    def _tear_down(self) -> None:
        endpoint = pj.Endpoint.instance()
        endpoint.hangupAllCalls()
        deadline = time.monotonic() + _GOODBYE
        while self._legs and time.monotonic() < deadline:
            endpoint.libHandleEvents(5)
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        self._legs.clear()
        gc.collect()
