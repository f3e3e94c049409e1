"""An account of PJSIP: takes incoming calls, and is the hand of a trunk."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from sipagent.config import SipSection, TrunkSection
from sipagent.errors import CallError
from sipagent.sip import headers
from sipagent.sip.gate import Gate
from sipagent.sip.locate import Server
from sipagent.sip.settings import account_config
from sipagent.sip.thread import PjThread, explain
from sipagent.sip.trunk import Answer

#: Seconds for an answer to OPTIONS.
_PONG = 5.0
#: What PJSIP says itself when nobody answers (RFC 3261, section 8.1.3.1), or nobody could be asked.
_NOBODY = frozenset({408, 502, 503})
#: PJSIP_EBUSY, which the binding does not export: a request of that kind is under way.
_EBUSY = 171001
_log = logging.getLogger(__name__)


class Account(pj.Account):  # type: ignore[misc]
    """Hands what PJSIP tells an account to whoever asked for it; lives in the PJSIP thread."""

    def __init__(
        self,
        name: str,
        incoming: Callable[["Account", pj.OnIncomingCallParam], None],
    ) -> None:
        super().__init__()
        self.name = name
        self._incoming = incoming
        self.on_answer: Callable[[Answer], None] = lambda answer: None
        self.on_pong: Callable[[str], None] = lambda source: None

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Take a call; an exception here would be lost, so it is logged."""
        try:
            self._incoming(self, prm)
        except Exception:
            _log.exception("an incoming call was not taken")

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """Tell how a REGISTER went (RFC 3261, section 10.2)."""
        try:
            retry = headers.Message(str(prm.rdata.wholeMsg)).texts("Retry-After")
            seconds = retry[0].split(";")[0].split("(")[0].strip() if retry else ""
            wait = float(seconds) if seconds.isdecimal() else 0.0
            expires = int(prm.expiration) if prm.code // 100 == 2 else 0
            self.on_answer(Answer(int(prm.code), str(prm.reason), expires, wait))
        except Exception:
            _log.exception("the answer to a registration was not understood")

    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:
        """Tell who answered an OPTIONS."""
        try:
            state = prm.e.body.tsxState
            if state.type == pj.PJSIP_EVENT_RX_MSG and state.tsx.statusCode not in _NOBODY:
                self.on_pong(str(state.src.rdata.srcAddress))
        except Exception:
            _log.exception("the answer to OPTIONS was not understood")


class Pings:
    """OPTIONS without a trunk, and who answers them; asked in asyncio."""

    def __init__(self, thread: PjThread, gate: Gate) -> None:
        self._thread = thread
        self._gate = gate
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._account: Account | None = None

    def over(self, account: Account) -> None:
        """Send from this account; in the PJSIP thread."""
        self._account = account
        account.on_pong = lambda source: self._thread.emit(self._came, source)

    async def ping(self, server: Server, current: Server | None = None) -> bool:
        """Ask a server; ``current`` is the one that its name stands for otherwise."""
        future = self._thread.loop.create_future()
        key = str(server)
        self._waiting[key] = future
        try:
            async with asyncio.timeout(_PONG):
                await self._thread.run(self._send, server, current or server)
                await future
        except (TimeoutError, CallError):
            return False
        finally:
            self._waiting.pop(key, None)
        return True

    def _send(self, server: Server, current: Server) -> None:
        if self._account is None:
            return
        prm = pj.SendRequestParam()
        prm.method = "OPTIONS"
        host = f"[{server.name}]" if ":" in server.name else server.name
        prm.txOption.targetUri = f"sip:{host}:{server.port};transport={server.transport}"
        self._gate.pin(server.name, server.address)
        try:
            self._account.sendRequest(prm)
        except pj.Error as error:
            raise CallError(explain(error)) from None
        finally:
            self._gate.pin(current.name, current.address)

    def _came(self, source: str) -> None:
        future = self._waiting.get(source)
        if future is not None and not future.done():
            future.set_result(None)


class PjCarrier:
    """Keeps the promises of ``sipagent.sip.trunk.Carrier`` with an account."""

    def __init__(
        self,
        thread: PjThread,
        account: Account,
        pings: Pings,
        gate: Gate,
        settings: SipSection,
        section: TrunkSection,
    ) -> None:
        self._thread = thread
        self._account = account
        self._pings = pings
        self._gate = gate
        self._settings = settings
        self._section = section
        self._current: Server | None = None

    async def use(self, server: Server) -> None:
        """See Carrier."""
        if server != self._current:
            await self._run(self._use, server)
            self._current = server

    async def register(self) -> None:
        """See Carrier; a REGISTER that is still under way is answered in place of a new one."""
        await self._run(self._register)

    async def unregister(self) -> None:
        """See Carrier."""
        await self._run(self._account.setRegistration, False)

    async def leave(self) -> None:
        """See Carrier."""
        section = self._section.model_copy(update={"register_there": False})
        await self._run(self._account.modify, account_config(self._settings, section))

    async def ping(self, server: Server) -> bool:
        """See Carrier."""
        return await self._pings.ping(server, self._current)

    def _register(self) -> None:
        try:
            self._account.setRegistration(True)
        except pj.Error as error:
            if error.status != _EBUSY:
                raise

    def _use(self, server: Server) -> None:
        self._gate.pin(server.name, server.address)
        self._account.modify(account_config(self._settings, self._section, server))

    async def _run(self, command: Callable[..., None], *args: Any) -> None:
        try:
            await self._thread.run(command, *args)
        except pj.Error as error:
            raise CallError(explain(error)) from None
