"""The SIP endpoint: transports, accounts, and the calls that come in and go out."""

import asyncio
import contextlib
import gc
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pjsua2 as pj
import structlog

from sipagent import tasks
from sipagent.config import LoginSection, SipSection, TransferSection, TrunkSection
from sipagent.e164 import EMERGENCY
from sipagent.errors import CallError, Fault
from sipagent.sip import headers
from sipagent.sip.account import Account
from sipagent.sip.admission import Admission, report
from sipagent.sip.bridge import NOWHERE, PjBridge
from sipagent.sip.codecs import offered
from sipagent.sip.dialled import Dialled
from sipagent.sip.farewells import LastWords
from sipagent.sip.gate import Gate
from sipagent.sip.headsets import SipHeadsets
from sipagent.sip.identity import caller_of, within
from sipagent.sip.introductions import Introductions
from sipagent.sip.leg import SipLeg, new_id
from sipagent.sip.library import HELP, RESERVE
from sipagent.sip.listening import Listening
from sipagent.sip.mixer import Mixer
from sipagent.sip.mixes import SipMixes
from sipagent.sip.outgoing import header
from sipagent.sip.phones import SipPhones
from sipagent.sip.refusal import reason_of
from sipagent.sip.registrations import Registrations
from sipagent.sip.session import Session, audio_only
from sipagent.sip.settings import (
    choose_codecs,
    direct_account,
    endpoint_config,
)
from sipagent.sip.targets import Targets
from sipagent.sip.thread import PjThread, explain
from sipagent.sip.trunk import TrunkState
from sipagent.sip.trunks import Trunks
from sipagent.sip.whole import Library
from sipagent.telephony.accounts import Account as PhoneAccount
from sipagent.telephony.farewell import Farewells
from sipagent.telephony.handsets import Handsets
from sipagent.telephony.message import SipMessage
from sipagent.telephony.outcome import RefusedCall
from sipagent.telephony.party import Caller
from sipagent.threads import NAMES

#: Seconds that a caller of a full line is asked to wait.
_BUSY_RETRY = 10
#: Calls of one address that may wait for its ACK, unless half of the line is more.
_WAITING = 16
#: Seconds that BYEs may take when the endpoint stops.
_GOODBYE = 2.0
#: Seconds between two looks at who was refused, and at whether callers are heard.
_LOOK = 1.0
AnySession = TypeVar("AnySession", bound=Session)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Usage:
    """What PJSIP holds at this moment; the same before and after a call, or there is a leak."""

    calls: int
    ports: int


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
        on_call: Callable[[SipLeg], None] | None = None,
        on_refused: Callable[[RefusedCall], None] | None = None,
        on_message: Callable[[SipMessage], None] | None = None,
        known: Callable[[str], bool] = lambda number: False,
        login: LoginSection | None = None,
        handsets: Handsets | None = None,
        farewells: Farewells | None = None,
    ) -> None:
        self.settings = settings
        self._listening = Listening(settings)
        #: Seconds for Retry-After while no new call is taken; None: calls are welcome.
        self.draining: int | None = None
        self._sections = trunks
        self._country = country
        self._log_level = log_level
        self._on_refused = on_refused
        self._on_message = on_message
        self._transfer = transfer
        self._thread = PjThread()
        self._mixer = Mixer(PjBridge())
        self._mixer.add(NOWHERE, NOWHERE)
        self.mixes = SipMixes(self._thread, self._mixer)
        self.headsets = SipHeadsets(self._thread, self._mixer)
        self._started = False
        self._last_words = LastWords(self._thread, farewells)
        self._sessions: set[Session] = set()
        #: Slots that PJSIP has for calls.
        self._most_calls = settings.max_calls + RESERVE
        #: Where the calls that came in came from.
        self._sources: dict[Session, str] = {}
        #: For calls without a trunk, by the version of IP.
        self._directs: dict[int, Account] = {}
        self._gate = Gate()
        self._admission = Admission(
            settings, trunks, self._gate, country, known, phones=handsets is not None
        )
        #: The phones that register here.
        self.registrations = Registrations(
            settings,
            login or LoginSection(),
            handsets,
            self._thread,
            self._admission,
            self._listening.here,
            self._parties,
        )
        self._refused: Counter[str] = Counter()
        self._trunks = Trunks(settings, self._thread, self._gate, self._admission, self.incoming)
        #: Addresses of this line, as ``host:port``; known once it is started.
        self._own: set[str] = set()
        #: Calls whom the settings allow; ``use`` puts another one there for the calls to come.
        self.phones = self._phones(transfer or TransferSection())
        self._watch: tasks.Lasting | None = None
        self._introductions = Introductions(self._trunks.look_up, on_call)

    async def start(self) -> None:
        """Open the transports; until ``open``, callers are asked to try again.

        To be followed by ``stop``, also where it was cancelled.

        Raises:
            SetupError: an address or port cannot be used.
        """
        starting = asyncio.ensure_future(self._thread.start(self._set_up, self._library))
        try:
            await asyncio.shield(starting)
        finally:
            # PJSIP cannot be stopped while it starts, whoever is cancelled meanwhile.
            await asyncio.wait((starting,))
            self._started = starting.exception() is None
        await self._last_words.say()
        await self.registrations.start()
        self._watch = tasks.last(self._look_on, "look")
        if self._transfer is not None:
            # The machine's name may have to be asked from a DNS server that is not there.
            self._own = await NAMES.run(self._listening.places)
            self.phones = self._phones(self._transfer)

    async def use(
        self,
        settings: SipSection,
        trunks: tuple[TrunkSection, ...],
        transfer: TransferSection,
        country: str,
        login: LoginSection,
    ) -> None:
        """Take other settings, of ``settings`` who may call; calls go on by those of before.

        Raises:
            SetupError: a trunk cannot be made; all is as before.
        """

        def change() -> None:
            self.settings, self._sections, self._country = settings, trunks, country
            self._admission.use(settings, trunks, country)
            self.registrations.use(settings, login)
            self.phones = self._phones(transfer)

        await self._trunks.change(change, trunks)

    def open(self) -> None:
        """Take calls, and register the trunks."""
        self.draining = None
        self._trunks.start()

    async def drain(self, retry_after: int) -> None:
        """Take no new calls, and tell the carriers; those that are live go on."""
        self.draining = retry_after
        await self._introductions.refuse(retry_after)
        await self._trunks.stop()

    async def stop(self) -> None:
        """Hang up whatever is left, unregister, and end PJSIP; safe to call at any time."""
        if self._started:
            self._started = False
            if self._watch is not None:
                await self._watch.stop()
            with contextlib.suppress(Fault):
                await self._trunks.stop()
                await self._hand_over()
            await self._thread.stop(self._tear_down)

    async def dial(
        self,
        target: str,
        *,
        caller: str = "",
        extra: tuple[tuple[str, str], ...] = (),
        trunk: str = "",
        codecs: tuple[str, ...] = (),
    ) -> SipLeg:
        """Start a call to a SIP URI; the result is not connected yet.

        Args:
            target: such as ``sip:infolinia@192.0.2.1:5060``.
            caller: what ``outgoing.name_addr`` makes, to show as From instead of the account's own.
            extra: header fields to add, such as ``("P-Asserted-Identity", "<sip:…>")``.
            trunk: name of the trunk to call over; empty: directly.
            codecs: to offer before others, the preferred one first.

        Raises:
            CallError: PJSIP refuses the target, its host has no address, or a field cannot be
                written.
        """
        if not trunk:
            host = await self._thread.run(_host_of, target)
            if not await self._trunks.look_up(host):
                raise CallError(
                    f"cannot call {target}: the host {host} has no address; correct its name, or "
                    "see whether the DNS answers"
                )
        dialling = asyncio.ensure_future(
            self._thread.run(self._dial, target, caller, extra, trunk, codecs)
        )
        try:
            return await asyncio.shield(dialling)
        except asyncio.CancelledError:
            # PJSIP's thread dials all the same, or has done so: nobody wants that call now.
            dialling.add_done_callback(_give_up)
            raise

    @property
    def port(self) -> int:
        """On which the line listens, known once started (0 in the settings: any free one)."""
        return self._listening.port

    @property
    def tls_port(self) -> int:
        """On which it listens for TLS, known once started."""
        return self._listening.tls_port

    def trunks(self) -> list[TrunkState]:
        """Return how the trunks stand."""
        return self._trunks.states()

    def refused(self) -> dict[str, int]:
        """Return how many packets were refused since the start, by reason."""
        return dict(self._refused)

    async def broken(self) -> None:
        """Wait for ever, unless the line is dead.

        Raises:
            Fault: the PJSIP thread has broken.
        """
        await self._thread.broken()

    async def turn(self) -> None:
        """Return once the PJSIP thread has taken a turn: it lives."""
        await self._thread.run(lambda: None)

    async def usage(self) -> Usage:
        """Return what PJSIP holds now."""
        return await self._thread.run(self._usage)

    async def _look_on(self) -> None:
        """Count and log whom the gate has refused; note whether callers are heard at all."""
        while True:
            await asyncio.sleep(_LOOK)
            self._thread.post(self._look_after)
            refusals = await self._thread.run(self._gate.refusals)
            refusals += await self._thread.run(self.registrations.tend)
            report(refusals)
            for one in refusals:
                self._refused[one.reason.value] += one.count
            await self._hand_over()

    async def _hand_over(self) -> None:
        """Give the messages of calls to whoever wants them."""
        if self._on_message is not None:
            for message in await self._thread.run(self._gate.messages):
                self._on_message(message)

    def _introduce(self, call: SipLeg, hosts: list[str]) -> None:
        """Hand a call over, once it is known where its answers go."""
        if self.draining is not None:  # since PJSIP's thread has let it in
            tasks.begin(call.refuse(503, self.draining), f"refuse-{call.id}")
            return
        self._introductions.begin(call, hosts)

    # In the PJSIP thread

    def _floods(self, source: str) -> bool:
        """Whether an address leaves too many calls waiting for its ACK.

        Each holds its slot for a minute: 64 * T1 until nobody acknowledges (RFC 3261, section
        13.3.1.4), and as long for the BYE that nobody answers.
        """
        most = max(_WAITING, self.settings.max_calls // 2)
        if len(self._sources) <= most:
            return False
        host = source.rpartition(":")[0]
        waiting = sum(
            not session.confirmed and other.rpartition(":")[0] == host
            for session, other in self._sources.items()
        )
        return waiting > most

    def _library(self) -> Library:
        return Library(self._select, self._rejected, self._disconnected)

    def _disconnected(self, connection: int) -> None:
        self.registrations.disconnected(connection)
        self._thread.emit(self._trunks.disconnected)

    def _select(self, prm: pj.OnSelectAccountParam) -> None:
        message = headers.message_of(str(prm.rdata.wholeMsg))
        source = str(prm.rdata.srcAddress)
        trunk = self._admission.trunk_of(source, headers.called_users(message))
        account = self._trunks.account(trunk.name) if trunk else self._direct(source)
        prm.accountIndex = account.getId()

    def incoming(self, account: Account, prm: pj.OnIncomingCallParam) -> None:
        """Take a new INVITE: refuse it at once, or hand it to the asyncio loop."""
        session = self._new_session(Session, account, prm.callId)
        try:
            self._take(session, prm)
        except Exception:
            session.refuse(pj.PJSIP_SC_INTERNAL_SERVER_ERROR)
            raise

    def _take(self, session: Session, prm: pj.OnIncomingCallParam) -> None:
        source = str(prm.rdata.srcAddress)
        self._sources[session] = source
        message = headers.message_of(str(prm.rdata.wholeMsg))
        phone = self.registrations.caller(message.text)
        welcome = self._admission.enter(source) or phone is not None
        if self.draining is not None or self._full(phone, message):
            session.refuse(503, _BUSY_RETRY if self.draining is None else self.draining)
            return
        if not welcome or (self._floods(source) and not self._helps(phone, message)):
            session.refuse(503, _BUSY_RETRY)
            return
        caller, called, trunk, sip_id = self._parties(message, source)
        refers = headers.allows(message, "REFER")
        codecs = offered(str(prm.rdata.wholeMsg).partition("\r\n\r\n")[2])
        call = SipLeg(session, caller, called, sip_id, trunk=trunk, refers=refers, codecs=codecs)
        self._thread.emit(self._introduce, call, headers.way_back(message))

    def _full(self, phone: PhoneAccount | None, message: headers.Message) -> bool:
        """Whether there is no room for a call; for one of a phone to who helps there always is."""
        return len(self._sessions) > self.settings.max_calls and not self._helps(phone, message)

    def _helps(self, phone: PhoneAccount | None, message: headers.Message) -> bool:
        """Whether a phone of the house calls for help."""
        users = headers.called_users(message) if phone else []
        return bool(users) and users[0].removesuffix("#") in EMERGENCY

    def _rejected(self, prm: pj.OnRejectedIncomingCallParam) -> None:
        """Tell of an INVITE that PJSIP has refused; not of those that are too many (486)."""
        text, source = str(prm.rdata.wholeMsg), str(prm.rdata.srcAddress)
        unwelcome = self.draining is not None or prm.statusCode == pj.PJSIP_SC_BUSY_HERE
        if self._on_refused is None or unwelcome or not text:
            return
        message = headers.message_of(text)
        caller, called, trunk, sip_id = self._parties(message, source)
        reason = reason_of(str(prm.reason))
        code = int(prm.statusCode)
        refused = RefusedCall(new_id(), caller, called, trunk, sip_id, code, reason)
        self._thread.emit(self._on_refused, refused)

    def _caller(self, message: headers.Message, source: str, trunk: TrunkSection | None) -> Caller:
        """Return who calls; a phone that has proved its password is its account."""
        if (phone := self.registrations.caller(message.text)) is not None:
            return Caller(None, asserted=True, name=phone.shown, extension=phone.extension)
        trusted = within(source, self.settings.trusted) or bool(trunk and trunk.trusted)
        verstat = trunk.verstat if trunk else "ignore"
        return caller_of(message, trusted=trusted, country=self._country, verstat=verstat)

    def _parties(self, message: headers.Message, source: str) -> tuple[Caller, str, str, str]:
        """Return who calls, what was called, the name of the trunk if any, and the Call-ID."""
        users = headers.called_users(message)
        trunk = self._admission.trunk_of(source, users)
        return (
            self._caller(message, source, trunk),
            self._admission.called(trunk, users),
            trunk.name if trunk else "",
            headers.call_id(next(iter(message.texts("Call-ID")), "")),
        )

    def _direct(self, place: str) -> Account:
        """Return the account for a direct call from or to an address or URI."""
        return self._directs[6 if "[" in place and 6 in self._directs else 4]

    def _new_session(
        self, kind: type[AnySession], account: Account, call_id: int = pj.PJSUA_INVALID_ID
    ) -> AnySession:
        session = kind(self._thread, account, call_id, self._mixer, self._last_words, self._forget)
        self._sessions.add(session)
        return session

    def _forget(self, session: Session) -> None:
        self._sessions.discard(session)
        if (source := self._sources.pop(session, None)) is not None:
            self._admission.leave(source)

    def _dial(
        self,
        target: str,
        caller: str,
        extra: tuple[tuple[str, str], ...],
        trunk: str,
        codecs: tuple[str, ...],
    ) -> SipLeg:
        user = headers.address_of(target).user
        if len(self._sessions) >= self._most_calls - HELP and user not in EMERGENCY:
            raise CallError(f"cannot call {target}: the line is full")
        prm = audio_only()
        prm.txOption.localUri = caller
        for name, value in extra:
            prm.txOption.headers.append(header(name, value))
        account = self._trunks.account(trunk) if trunk else self._direct(target)
        session = self._new_session(Dialled, account)
        session.first = codecs
        call = SipLeg(session, Caller(None), user, trunk=trunk)
        try:
            session.makeCall(target, prm)
            info = session.getInfo()
        except pj.Error as error:
            self._sessions.discard(session)
            self._mixer.remove(session)
            raise CallError(f"cannot call {target}: {explain(error)}") from None
        call.sip_id = str(info.callIdString)
        return call

    def _look_after(self) -> None:
        for session in self._sessions:
            session.listen()
        self._trunks.forget({session.account for session in self._sessions})

    def _phones(self, settings: TransferSection) -> SipPhones:
        targets = Targets(settings, self._sections, self._own, self._trunks.up)
        host = self.settings.public_address or self.settings.address
        shows = {trunk.name: trunk.shows_number_in for trunk in self._sections}
        return SipPhones(self.dial, targets, host, shows)

    def _usage(self) -> Usage:
        return Usage(len(self._sessions), len(pj.Endpoint.instance().mediaEnumPorts2()))

    def _set_up(self, endpoint: pj.Endpoint) -> None:
        settings = self.settings
        endpoint.libInit(endpoint_config(settings, self._most_calls, self._log_level))
        endpoint.audDevManager().setNullDev()
        self._admission.apply()
        self._gate.tap(self._on_message is not None)
        self._listening.start(endpoint)
        choose_codecs(endpoint, settings.codecs)
        for version in self._listening.versions:
            direct = self._directs[version] = Account("", self.incoming)
            direct.create(direct_account(settings, version), version == 4)
        self._trunks.create(self._sections)

    def _tear_down(self) -> None:
        endpoint = pj.Endpoint.instance()
        self.registrations.close()
        endpoint.hangupAllCalls()
        deadline = time.monotonic() + _GOODBYE
        while self._sessions and time.monotonic() < deadline:
            endpoint.libHandleEvents(5)
        self._trunks.close()
        for account in self._directs.values():
            account.shutdown()
        self._directs.clear()
        self._sessions.clear()
        gc.collect()


def _host_of(uri: str) -> str:
    return headers.address_of(uri).host


def _give_up(dialling: "asyncio.Future[SipLeg]") -> None:
    """End a call that was dialled for somebody who has gone."""
    if not dialling.cancelled() and not dialling.exception():
        tasks.begin(dialling.result().hangup("cancelled"), "give-up")
