"""Tells phones what their lamps show: SUBSCRIBE and NOTIFY (RFC 6665, RFC 4235, RFC 3842).

Who may subscribe is decided before (``sipagent.sip.authority``); nothing here knows a network.
"""

import itertools
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from sipagent.errors import CallError
from sipagent.sip.event_packages import Package, dialog_info, message_summary
from sipagent.sip.notifications import Fields, Notify
from sipagent.sip.outgoing import sip_uri
from sipagent.sip.registrar import Connections
from sipagent.sip.requests import Answer, Request
from sipagent.sip.subscription import (
    Refused,
    Subscription,
    Watched,
    call_id_of,
    check_accepted,
    cseq_of,
    entity_of,
    event_of,
    is_routed,
    package_of,
    seconds_of,
    target_of,
)
from sipagent.telephony.accounts import Account
from sipagent.telephony.lamps import Lamp, Lamps, Watch

#: Subscriptions of one account: more lamps than a desk phone with its side cars has.
MOST = 200
#: NOTIFYs that are sent before others of PJSIP's thread have their turn.
_SLICE = 25
_OK, _UNWANTED, _BAD, _FORBIDDEN, _NOT_FOUND = 200, 300, 400, 403, 404
_LOST, _OUT_OF_ORDER = 481, 500

Key = TypeVar("Key")

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Wire(Protocol):
    """Sends NOTIFY; see ``sipagent.sip.notifications.Notifications``."""

    def dialog(self, request: str, tag: str) -> Fields:
        """Return the fields of a dialog."""

    def send(self, number: int, notify: Notify) -> None:
        """Send one; ``Notifier.answered`` gets its number."""


class Keeper(Protocol):
    """Is told what changes, to keep it over a restart; nobody waits for it."""

    def put(self, watch: Watch) -> None:
        """See ``sipagent.telephony.lamps.Watches``."""

    def drop(self, tag: str) -> None:
        """See ``sipagent.telephony.lamps.Watches``."""


class Notifier:
    """The subscriptions of all accounts; only for use in one thread.

    Each has one NOTIFY under way at the most. What changes meanwhile is told once that one is
    answered, and only as it is then.

    Args:
        lamps: what they show.
        keeper: keeps subscriptions over a restart.
        wire: sends NOTIFY.
        connections: keeps those open over which phones are reached.
        soon: runs something later in the same thread.
        here: returns the host and port at which a phone reaches the line that sends from a place
            over a transport.
        clock: what time it is, with an offset.
    """

    def __init__(
        self,
        lamps: Lamps,
        keeper: Keeper,
        wire: Wire,
        connections: Connections,
        soon: Callable[[Callable[[], None]], None],
        here: Callable[[str, str], str],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._lamps = lamps
        self._keeper = keeper
        self._wire = wire
        self._connections = connections
        self._soon = soon
        self._here = here
        self._clock = clock
        #: By our tag.
        self._subscriptions: dict[str, Subscription] = {}
        self._of_account: defaultdict[str, set[str]] = defaultdict(set)
        self._watching: defaultdict[Watched, set[str]] = defaultdict(set)
        self._over: defaultdict[int, set[str]] = defaultdict(set)
        #: Who has news, in the order of telling; a dict, for a set has none.
        self._due: dict[str, None] = {}
        self._numbers = itertools.count(1)
        #: Whose NOTIFY a number is.
        self._sent: dict[int, str] = {}

    def __len__(self) -> int:
        """Return how many subscriptions there are; may be asked in any thread."""
        return len(self._subscriptions)

    def restore(self, watches: Iterable[Watch]) -> None:
        """Go on with those of an earlier run; a connection has not outlived it."""
        for one in watches:
            if one.transport == "udp" and one.expires > self._clock():
                self._add(Subscription(one))
            else:
                self._keeper.drop(one.tag)
        self._tell(self._subscriptions)

    def knows(self, request: Request) -> bool:
        """Whether a SUBSCRIBE goes on with one of these subscriptions."""
        return self._named(request) is not None

    def subscribe(self, account: Account, request: Request) -> Answer:
        """Do what a SUBSCRIBE of an account asks for."""
        try:
            tag = self._named(request)
            if tag is None:
                return self._begin(account, request)
            return self._go_on(account, tag, request)
        except Refused as refused:
            return refused.answer

    def changed(self, watched: Watched) -> None:
        """Tell whoever watches somebody that something has changed."""
        watching = self._watching.get(watched, ())
        self._tell(tag for tag in watching if not self._subscriptions[tag].ending)

    def answered(self, number: int, code: int) -> None:
        """Take the answer to a NOTIFY; who does not want it or is not there, gets no other."""
        tag = self._sent.pop(number, "")
        one = self._subscriptions.get(tag)
        if one is None:
            return
        one.waiting = False
        if code >= _UNWANTED or (one.ending and not one.news):
            self._drop(tag)
        elif one.news:
            self._tell((tag,))

    def expire(self) -> None:
        """End those whose time is over."""
        now = self._clock()
        self._end(
            (tag for tag, one in self._subscriptions.items() if one.watch.expires <= now), "timeout"
        )

    def keep(self, known: Callable[[str], bool]) -> None:
        """End those of accounts that are not known any more."""
        gone = [account for account in self._of_account if not known(account)]
        for account in gone:
            self._end(self._of_account[account], "rejected")

    def disconnected(self, connection: int) -> None:
        """Forget whoever was reached over a connection that is no more."""
        for tag in list(self._over.get(connection, ())):
            self._drop(tag)

    def close(self) -> None:
        """Let all connections go; what is kept stays for the next run."""
        for connection in self._over:
            self._connections.release(connection)
        self._over.clear()

    def _named(self, request: Request) -> str | None:
        """Return our tag in a SUBSCRIBE of a dialog that there is."""
        one = self._subscriptions.get(request.tag)
        same = one is not None and dict(one.watch.dialog)["Call-ID"] == call_id_of(request)
        return request.tag if same else None

    def _begin(self, account: Account, request: Request) -> Answer:
        package = package_of(request)
        check_accepted(request, package)
        watched = self._meant(package, account, request)
        seconds = seconds_of(request)
        source, target = request.source, target_of(request, routed=is_routed(request))
        self._make_room(account.name, watched, source)
        tag = secrets.token_hex(8)
        try:
            dialog = self._wire.dialog(request.text, tag)
        except CallError:
            raise Refused(_BAD) from None
        watch = Watch(
            tag,
            account.name,
            watched.package,
            watched.whom,
            event_of(request),
            entity_of(request),
            dialog,
            self._contact(request),
            target,
            source,
            request.transport,
            cseq_of(request),
            self._until(seconds),
        )
        one = Subscription(watch, request.connection, ending="" if seconds else "timeout")
        self._add(one)
        return self._taken(one, seconds)

    def _go_on(self, account: Account, tag: str, request: Request) -> Answer:
        one = self._subscriptions[tag]
        if account.name != one.watch.account:
            raise Refused(_FORBIDDEN)
        if package_of(request) is not one.package:
            raise Refused(_BAD)
        cseq, seconds = cseq_of(request), seconds_of(request)
        if cseq <= one.watch.cseq:  # RFC 3261, section 12.2.2
            raise Refused(_OUT_OF_ORDER)
        if one.ending:
            raise Refused(_LOST)
        one.watch = replace(
            one.watch,
            target=target_of(request, routed=one.routed),
            source=request.source,
            transport=request.transport,
            cseq=cseq,
            expires=self._until(seconds),
        )
        self._move(one, request.connection)
        one.ending = "" if seconds else "timeout"
        return self._taken(one, seconds)

    def _taken(self, one: Subscription, seconds: int) -> Answer:
        if seconds:
            self._keeper.put(one.watch)
        self._tell((one.watch.tag,))
        fields = (("Expires", str(seconds)), ("Contact", one.watch.contact))
        return Answer(_OK, fields, one.watch.tag)

    def _until(self, seconds: int) -> datetime:
        return self._clock() + timedelta(seconds=seconds)

    def _meant(self, package: Package, account: Account, request: Request) -> Watched:
        """Return what is subscribed to: anybody's lamp, but nobody else's messages."""
        user = request.message.uri.user
        if package is Package.DIALOG and self._lamps.lamp(user) is not None:
            return Watched(package, user)
        if package is Package.MESSAGES and user in (account.name, account.extension):
            return Watched(package, account.name)
        raise Refused(_NOT_FOUND)

    def _contact(self, request: Request) -> str:
        place = self._here(request.source, request.transport)
        over = "" if request.transport == "udp" else f";transport={request.transport}"
        return f"<{sip_uri(request.message.uri.user, place)}{over}>"

    def _make_room(self, account: str, watched: Watched, source: str) -> None:
        """Forget lamps of a phone that was switched off and on, where its account has too many."""
        mine = self._of_account.get(account, set())
        if len(mine) < MOST:
            return
        earlier = mine & self._watching.get(watched, set())
        for tag in earlier:
            if self._subscriptions[tag].watch.source == source:
                self._drop(tag)
        if len(mine) >= MOST:
            raise Refused(_FORBIDDEN)

    def _add(self, one: Subscription) -> None:
        tag = one.watch.tag
        self._subscriptions[tag] = one
        self._of_account[one.watch.account].add(tag)
        self._watching[one.watched].add(tag)
        connection, one.connection = one.connection, 0
        self._move(one, connection)

    def _move(self, one: Subscription, connection: int) -> None:
        """Reach a phone over another connection from now on."""
        if connection == one.connection:
            return
        if connection:
            if connection not in self._over:
                self._connections.hold(connection)
            self._over[connection].add(one.watch.tag)
        if one.connection in self._over:
            _discard(self._over, one.connection, one.watch.tag)
            if one.connection not in self._over:
                self._connections.release(one.connection)
        one.connection = connection

    def _drop(self, tag: str) -> None:
        one = self._subscriptions.pop(tag)
        self._due.pop(tag, None)
        _discard(self._of_account, one.watch.account, tag)
        _discard(self._watching, one.watched, tag)
        self._move(one, 0)
        self._keeper.drop(tag)

    def _end(self, tags: Iterable[str], reason: str) -> None:
        ended = [tag for tag in tags if not self._subscriptions[tag].ending]
        for tag in ended:
            self._subscriptions[tag].ending = reason
        self._tell(ended)

    def _tell(self, tags: Iterable[str]) -> None:
        """Send them what there is, once they have answered what was sent before."""
        idle = not self._due
        for tag in tags:
            one = self._subscriptions[tag]
            one.news = True
            if not one.waiting:
                self._due[tag] = None
        if idle and self._due:
            self._soon(self._work)

    def _work(self) -> None:
        for tag in list(itertools.islice(self._due, _SLICE)):
            del self._due[tag]
            self._notify(self._subscriptions[tag])
        if self._due:
            self._soon(self._work)

    def _notify(self, one: Subscription) -> None:
        number, watch = next(self._numbers), one.watch
        cseq = one.count(self._clock())
        body = self._said(one)
        fields = (
            *watch.dialog,
            ("Contact", watch.contact),
            ("Event", watch.event),
            ("Subscription-State", self._state(one)),
        )
        one.waiting, one.news = True, False
        self._sent[number] = watch.tag
        try:
            notify = Notify(watch.target, cseq, fields, one.package.content, body)
            self._wire.send(number, notify)
        except CallError as error:
            log.warning("a phone is not told of its lamp", account=watch.account, reason=str(error))
            self._soon(lambda: self.answered(number, _BAD))

    def _said(self, one: Subscription) -> str:
        watch = one.watch
        if one.package is Package.MESSAGES:
            return message_summary(self._lamps.messages(watch.whom), watch.entity)
        lamp = self._lamps.lamp(watch.whom)
        if lamp is None:
            lamp, one.ending = Lamp.IDLE, one.ending or "noresource"
        return dialog_info(lamp, watch.whom, watch.entity, one.sent)

    def _state(self, one: Subscription) -> str:
        if one.ending:
            return f"terminated;reason={one.ending}"
        left = (one.watch.expires - self._clock()).total_seconds()
        return f"active;expires={max(0, round(left))}"


def _discard(sets: defaultdict[Key, set[str]], key: Key, tag: str) -> None:
    sets[key].discard(tag)
    if not sets[key]:
        del sets[key]
