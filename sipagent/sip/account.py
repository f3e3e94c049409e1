"""An account of PJSIP: takes incoming calls, and is the hand of a trunk."""

import asyncio
import functools
from collections.abc import Callable

import pjsua2 as pj

from sipagent.config import SipSection, TrunkSection
from sipagent.errors import CallError
from sipagent.sip import headers
from sipagent.sip.gate import Gate, Whose
from sipagent.sip.guard import Guarded
from sipagent.sip.locate import Server
from sipagent.sip.settings import account_config
from sipagent.sip.thread import PjThread
from sipagent.sip.trunk import Answer

#: Seconds for an answer to OPTIONS.
_PONG = 5.0
#: What PJSIP says itself when nobody answers (RFC 3261, section 8.1.3.1), or nobody could be asked.
_NOBODY = frozenset({408, 502, 503})
#: PJSIP_EBUSY, which the binding does not export: a request of that kind is under way.
_EBUSY = 171001


class Account(Guarded, pj.Account):  # type: ignore[misc]
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
        #: By the token that PJSIP carries for us: what was asked, and who waits for the answer.
        self._asked: dict[int, tuple[pj.SendRequestParam, Callable[[bool], None]]] = {}

    def ask(self, uri: str, answered: Callable[[bool], None]) -> None:
        """Send OPTIONS (RFC 3261, section 11); ``answered`` is told whether anybody is there.

        Whoever answers, and from wherever, is known by the transaction (section 17.1.3).
        """
        prm = pj.SendRequestParam()
        prm.method, prm.txOption.targetUri, prm.userData = "OPTIONS", uri, prm
        token = int(prm.this)
        self._asked[token] = prm, answered
        try:
            self.sendRequest(prm)
        except pj.Error:
            self._asked.pop(token, None)
            raise

    def label(self) -> dict[str, str]:
        """See Guarded."""
        return {"trunk": self.name}

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Take a call."""
        self._incoming(self, prm)

    def onIncomingSubscribe(self, prm: pj.OnIncomingSubscribeParam) -> None:
        """Refuse to tell of presence, which PJSIP would do (RFC 6665, section 4.2.1.3)."""
        prm.code, prm.reason = pj.PJSIP_SC_BAD_EVENT, "Bad Event"

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """Tell how a REGISTER went (RFC 3261, section 10.2)."""
        message = headers.Message(str(prm.rdata.wholeMsg))
        retry = message.texts("Retry-After")
        seconds = retry[0].split(";")[0].split("(")[0].strip() if retry else ""
        wait = float(seconds) if seconds.isdecimal() else 0.0
        expires = int(prm.expiration) if prm.code // 100 == 2 else 0
        moved = headers.moved_to(message) if prm.code // 100 == 3 else ""
        self.on_answer(Answer(int(prm.code), str(prm.reason), expires, wait, moved))

    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:
        """Tell whether somebody answered OPTIONS."""
        _, answered = self._asked.pop(int(prm.userData))
        state = prm.e.body.tsxState
        came = state.type == pj.PJSIP_EVENT_RX_MSG
        answered(came and state.tsx.statusCode not in _NOBODY)


class PjCarrier:
    """Keeps the promises of ``sipagent.sip.trunk.Carrier`` with an account."""

    def __init__(
        self,
        thread: PjThread,
        account: Account,
        gate: Gate,
        settings: SipSection,
        section: TrunkSection,
    ) -> None:
        self._thread = thread
        self._account = account
        self._gate = gate
        self._settings = settings
        self._section = section
        self._current: Server | None = None

    async def use(self, server: Server) -> None:
        """See Carrier."""
        if server != self._current:
            await self._thread.run(self._use, server)
            self._current = server

    async def register(self) -> None:
        """See Carrier; a REGISTER that is still under way is answered in place of a new one."""
        await self._thread.run(self._register)

    async def unregister(self) -> None:
        """See Carrier."""
        await self._thread.run(self._account.setRegistration, False)

    async def leave(self) -> None:
        """See Carrier."""
        section = self._section.model_copy(update={"register_there": False})
        await self._thread.run(self._account.modify, account_config(self._settings, section))

    async def ping(self, server: Server) -> bool:
        """See Carrier."""
        return await answers(self._thread, self._account, server.uri, _PONG)

    def _register(self) -> None:
        try:
            self._account.setRegistration(True)
        except pj.Error as error:
            if error.status != _EBUSY:
                raise

    def _use(self, server: Server) -> None:
        self._gate.pin(Whose.TRUNK, server.name, server.address)
        self._account.modify(account_config(self._settings, self._section, server))


async def answers(thread: PjThread, account: Account, uri: str, patience: float) -> bool:
    """Return whether anybody answers OPTIONS at a URI within so many seconds."""
    pong: asyncio.Future[bool] = thread.loop.create_future()
    try:
        async with asyncio.timeout(patience):
            await thread.run(account.ask, uri, functools.partial(thread.emit, _settle, pong))
            return await pong
    except (TimeoutError, CallError):
        return False


def _settle(pong: "asyncio.Future[bool]", came: bool) -> None:
    if not pong.done():
        pong.set_result(came)
