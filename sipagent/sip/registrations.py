"""The phones of an endpoint: what decides about them, in the thread where PJSIP asks."""

from collections.abc import Callable, Sequence

from sipagent.config import LoginSection, SipSection
from sipagent.sip.admission import Admission
from sipagent.sip.authority import Authority
from sipagent.sip.event_packages import Package
from sipagent.sip.gate import Refusal
from sipagent.sip.notifications import Notifications
from sipagent.sip.notifier import Notifier
from sipagent.sip.requests import Answer, Request, Requests
from sipagent.sip.subscription import Watched
from sipagent.sip.texts import FIRST, Parties, Texts
from sipagent.sip.thread import PjThread
from sipagent.sip.unasked import Unasked
from sipagent.telephony.accounts import Account, Binding, Bindings
from sipagent.telephony.handsets import Handsets
from sipagent.telephony.lamps import Lamp, Messages, Watch, Watches


class _Nobody:
    """Accounts of an endpoint without phones."""

    def find(self, account: str) -> Account | None:
        """See Accounts."""
        return None


class Dark:
    """Lamps of an endpoint without phones."""

    def lamp(self, dialled: str) -> Lamp | None:
        """See Lamps."""
        return None

    def messages(self, account: str) -> Messages:
        """See Lamps."""
        return Messages()

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        """See Lamps."""


class _Kept:
    """Has the asyncio loop keep bindings; nobody waits for it."""

    def __init__(self, thread: PjThread, bindings: Bindings | None) -> None:
        self._thread = thread
        self._bindings = bindings

    def put(self, binding: Binding) -> None:
        """See ``registrar.Keeper``."""
        if self._bindings is not None:
            self._thread.emit(self._bindings.put, binding)

    def drop(self, account: str, contact: str) -> None:
        """See ``registrar.Keeper``."""
        if self._bindings is not None:
            self._thread.emit(self._bindings.drop, account, contact)


class _KeptWatches:
    """Has the asyncio loop keep subscriptions; nobody waits for it."""

    def __init__(self, thread: PjThread, watches: Watches | None) -> None:
        self._thread = thread
        self._watches = watches

    def put(self, watch: Watch) -> None:
        """See ``notifier.Keeper``."""
        if self._watches is not None:
            self._thread.emit(self._watches.put, watch)

    def drop(self, tag: str) -> None:
        """See ``notifier.Keeper``."""
        if self._watches is not None:
            self._thread.emit(self._watches.drop, tag)


class Registrations:
    """Lets phones register and tells where they are reached.

    Args:
        settings: who may register.
        login: how often a phone may err.
        handsets: the phones; None: there are none, and no request is decided about here.
        thread: of PJSIP.
        admission: knows the trunks.
        here: returns the host and port at which who sends from a place over a transport reaches
            the line.
        parties: says who has sent a request (see ``texts.Texts``).
    """

    def __init__(
        self,
        settings: SipSection,
        login: LoginSection,
        handsets: Handsets | None,
        thread: PjThread,
        admission: Admission,
        here: Callable[[str, str], str],
        parties: Parties,
    ) -> None:
        self._any = handsets is not None
        self._handsets = handsets = handsets or Handsets(_Nobody())
        self._lamps = handsets.lamps or Dark()
        self._thread = thread
        self._requests = Requests()
        self._notifications = Notifications()
        self._notifier = Notifier(
            self._lamps,
            _KeptWatches(thread, handsets.watches),
            self._notifications,
            self._requests,
            thread.post,
            here,
        )
        self._authority = Authority(
            settings,
            login,
            handsets.accounts,
            lambda source, users: admission.trunk_of(source, users) is not None,
            _Kept(thread, handsets.bindings),
            self._requests,
            self._notifier,
            lambda account: thread.post(self._unasked.tell, account),
            self._texted,
        )
        self._unasked = Unasked(
            settings.unsolicited_mwi,
            self._lamps,
            self._notifications,
            self._authority.registrar.bindings,
            here,
        )

        self._texts = Texts(
            handsets.texting,
            thread,
            self._notifications,
            parties,
            self._authority.registrar.bindings,
            here,
        )

    async def start(self) -> None:
        """Take up what phones had of an earlier run, and let them register."""
        if self._any:
            handsets = self._handsets
            kept = await handsets.bindings.load() if handsets.bindings is not None else ()
            watches = await handsets.watches.load() if handsets.watches is not None else ()
            await self._thread.run(self._start, kept, watches)
            self._lamps.follow(
                lambda number: self._changed(Package.DIALOG, number), self._messages_changed
            )
            self._texts.start()

    async def contacts(self, account: str) -> list[str]:
        """Return the SIP URIs at which an account can be called now, the latest one first.

        Those of a phone that was removed, or whose connection is gone, are not among them.
        """
        return await self._thread.run(self._authority.contacts, account)

    def count(self) -> int:
        """Return how many bindings there are."""
        return len(self._authority.registrar)

    def subscriptions(self) -> int:
        """Return how many lamps phones have subscribed to."""
        return len(self._notifier)

    def refused(self) -> dict[str, int]:
        """Return how many REGISTERs were refused since the start, by reason."""
        return dict(self._authority.refused)

    def _changed(self, package: Package, whom: str) -> None:
        self._thread.post(self._notifier.changed, Watched(package, whom))

    def _messages_changed(self, account: str) -> None:
        self._changed(Package.MESSAGES, account)
        self._thread.post(self._unasked.tell, account)

    # In the PJSIP thread

    def use(self, settings: SipSection, login: LoginSection) -> None:
        """Take other settings."""
        self._authority.use(settings, login)
        self._unasked.on = settings.unsolicited_mwi

    def caller(self, text: str) -> Account | None:
        """Return whose phone sends a request that is being handled; None: nobody's."""
        return self._authority.caller(text)

    def tend(self) -> list[Refusal]:
        """Forget what is over; return who has been turned away since the last time."""
        return self._authority.tend()

    def disconnected(self, connection: int) -> None:
        """Forget whoever was reached over a connection."""
        self._authority.registrar.disconnected(connection)
        self._notifier.disconnected(connection)

    def close(self) -> None:
        """Let no phone register any more, and all connections go."""
        self._requests.stop()
        self._notifications.stop()
        self._notifier.close()
        self._authority.registrar.close()

    def _start(self, bindings: Sequence[Binding], watches: Sequence[Watch]) -> None:
        self._authority.registrar.restore(bindings)
        self._notifications.start(self._answered)
        self._notifier.restore(watches)
        self._requests.start(self._authority.decide)

    def _texted(self, request: Request) -> Answer:
        return self._texts.take(request)

    def _answered(self, number: int, code: int) -> None:
        """Take an answer in a turn of its own: it may come while its request is being sent."""
        told = self._texts.answered if number >= FIRST else self._notifier.answered
        self._thread.post(told, number, code)
