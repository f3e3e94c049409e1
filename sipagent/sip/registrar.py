"""Where phones are reached: their bindings, as REGISTER makes and ends them (RFC 3261, section 10).

Who may register is decided before (``sipagent.sip.authority``); nothing here knows a network.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

from sipagent.errors import CallError
from sipagent.sip import headers
from sipagent.sip.headers import Contact, Message
from sipagent.sip.requests import Answer, Request, as_request, reached_at
from sipagent.telephony.accounts import Binding

#: Seconds of a registration: the fewest, which spare us work, the most, and where none are named.
SHORTEST, LONGEST, USUAL = 60, 3600, 3600
_OK, _BAD, _BRIEF = 200, 400, 423
#: Longest contact and instance, and most proxies on the way, that are kept.
_LONGEST_TEXT, _MOST_HOPS = 1024, 8


class Keeper(Protocol):
    """Is told what changes, to keep it over a restart; nobody waits for it."""

    def put(self, binding: Binding) -> None:
        """See ``sipagent.telephony.accounts.Bindings``."""

    def drop(self, account: str, contact: str) -> None:
        """See ``sipagent.telephony.accounts.Bindings``."""


class Connections(Protocol):
    """Keeps connections open for those who are reached over them."""

    def hold(self, connection: int) -> None:
        """Keep one."""

    def release(self, connection: int) -> None:
        """Keep it no longer."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class _Phone:
    binding: Binding
    #: Over which it is reached; 0: over none.
    connection: int = 0


class _Refused(Exception):
    """A REGISTER that changes nothing."""

    def __init__(self, code: int, *fields: tuple[str, str]) -> None:
        self.answer = Answer(code, fields)


class Registrar:
    """The bindings of all accounts; only for use in one thread.

    Args:
        most: bindings of one account at a time.
        keeper: keeps them over a restart.
        connections: keeps those open over which phones are reached.
        clock: what time it is, with an offset.
    """

    def __init__(
        self,
        most: int,
        keeper: Keeper,
        connections: Connections,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.most = most
        self._keeper = keeper
        self._connections = connections
        self._clock = clock
        #: By account and contact; who has registered longest ago stands first.
        self._phones: defaultdict[str, dict[str, _Phone]] = defaultdict(dict)
        #: How many are reached at a place, and which over a connection.
        self._places: Counter[str] = Counter()
        self._count = 0
        self._over: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)

    def __len__(self) -> int:
        """Return how many bindings there are; may be asked in any thread."""
        return self._count

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Take those of an earlier run; a connection has not outlived it, nor who came over it."""
        for one in bindings:
            if one.transport == "udp" and one.expires > self._clock():
                self._add(_Phone(one))
            else:
                self._keeper.drop(one.account, one.contact)

    def register(self, account: str, request: Request) -> Answer:
        """Do what a REGISTER of an account asks for, all of it or nothing."""
        message = request.message
        try:
            if any(contact.uri == "*" for contact in message.contacts):
                self._remove_all(account, message)
            elif message.contacts:
                self._change(account, request)
        except _Refused as refused:
            return refused.answer
        path = [("Path", hop) for hop in message.texts("Path")] if message.contacts else []
        return Answer(_OK, (*self._shown(account), *path))

    def bindings(self, account: str) -> list[Binding]:
        """Return where an account is reached, who registered last standing first."""
        now = self._clock()
        found = [phone.binding for phone in self._phones.get(account, {}).values()]
        return [one for one in reversed(found) if one.expires > now]

    def is_at(self, source: str) -> bool:
        """Whether a phone is reached at a place, such as ``192.0.2.7:5060``."""
        return self._places[source] > 0

    def expire(self) -> None:
        """Forget the bindings whose time is over."""
        now = self._clock()
        self._forget(lambda one: one.expires <= now)

    def keep(self, known: Callable[[str], bool]) -> None:
        """Forget the bindings of accounts that are not known any more."""
        gone = {account for account in self._phones if not known(account)}
        self._forget(lambda one: one.account in gone)

    def disconnected(self, connection: int) -> None:
        """Forget who was reached over a connection that is no more."""
        for account, contact in list(self._over.get(connection, ())):
            self._remove(account, contact)

    def close(self) -> None:
        """Let all connections go; what is kept stays for the next run."""
        for connection in self._over:
            self._connections.release(connection)
        self._over.clear()

    def _change(self, account: str, request: Request) -> None:
        message = request.message
        if len(message.contacts) > self.most:
            raise _Refused(_BAD)
        path = _path(request)
        call_id, cseq = _order(message)
        added: dict[str, Binding] = {}
        ended: list[str] = []
        for contact in message.contacts:
            seconds = _seconds(contact, message)
            instance = _instance(contact)
            before = self._same(account, contact.uri, instance)
            for one in before:
                _check_order(one, call_id, cseq)
            ended += [one.contact for one in before]
            if seconds == 0:
                continue
            _check_contact(contact, request)
            added[contact.uri] = Binding(
                account,
                contact.uri,
                self._clock() + timedelta(seconds=seconds),
                call_id,
                cseq,
                request.source,
                request.transport,
                path,
                instance,
                next(iter(message.texts("User-Agent")), "")[:_LONGEST_TEXT],
            )
        for uri in ended:
            self._remove(account, uri, keep=uri in added)
        for binding in added.values():
            self._add(_Phone(binding, request.connection))
            self._keeper.put(binding)
        self._make_room(account)

    def _make_room(self, account: str) -> None:
        for contact in list(self._phones[account])[: -self.most]:
            self._remove(account, contact)

    def _remove_all(self, account: str, message: Message) -> None:
        """Remove what there is (RFC 3261, section 10.2.2); ``*`` stands alone, and with 0 only."""
        if len(message.contacts) != 1 or _asked(message) != 0:
            raise _Refused(_BAD)
        call_id, cseq = _order(message)
        mine = self._phones.get(account, {})
        for phone in mine.values():
            _check_order(phone.binding, call_id, cseq)
        for contact in list(mine):
            self._remove(account, contact)

    def _same(self, account: str, contact: str, instance: str) -> list[Binding]:
        """Return those that a contact replaces: its own, and that of its device (RFC 5626)."""
        return [
            phone.binding
            for phone in self._phones.get(account, {}).values()
            if phone.binding.contact == contact or (instance and phone.binding.instance == instance)
        ]

    def _shown(self, account: str) -> list[tuple[str, str]]:
        """Return the Contact fields of an answer: what phones wrote, and how long it holds."""
        now = self._clock()
        shown = []
        for one in self.bindings(account):
            left = max(1, round((one.expires - now).total_seconds()))
            instance = f";+sip.instance={one.instance}" if one.instance else ""
            shown.append(("Contact", f"<{one.contact}>;expires={left}{instance}"))
        return shown

    def _add(self, phone: _Phone) -> None:
        one = phone.binding
        self._phones[one.account][one.contact] = phone
        self._places[one.source] += 1
        self._count += 1
        if phone.connection:
            if phone.connection not in self._over:
                self._connections.hold(phone.connection)
            self._over[phone.connection].add((one.account, one.contact))

    def _remove(self, account: str, contact: str, *, keep: bool = False) -> None:
        """Forget a binding; ``keep``: another one takes its place at once."""
        phone = self._phones.get(account, {}).pop(contact, None)
        if phone is None:
            return
        if not self._phones[account]:
            del self._phones[account]
        self._places[phone.binding.source] -= 1
        self._count -= 1
        if self._places[phone.binding.source] <= 0:
            del self._places[phone.binding.source]
        if phone.connection:
            self._over[phone.connection].discard((account, contact))
            if not self._over[phone.connection]:
                del self._over[phone.connection]
                self._connections.release(phone.connection)
        if not keep:
            self._keeper.drop(account, contact)

    def _forget(self, over: Callable[[Binding], bool]) -> None:
        gone = [
            phone.binding
            for mine in self._phones.values()
            for phone in mine.values()
            if over(phone.binding)
        ]
        for one in gone:
            self._remove(one.account, one.contact)


def target(binding: Binding) -> str:
    """Return the URI to call a binding at: the place that it registered from, or over its Path.

    Raises:
        CallError: its contact cannot be called.
    """
    if binding.path:
        return f"{as_request(binding.contact)}?Route={quote(','.join(binding.path), safe='')}"
    return reached_at(binding.contact, binding.source, binding.transport)


def _order(message: Message) -> tuple[str, int]:
    """Return the Call-ID, and the number of CSeq."""
    call_id = headers.call_id(next(iter(message.texts("Call-ID")), ""))
    number = next(iter(message.texts("CSeq")), "").partition(" ")[0]
    if not call_id or not number.isdecimal():
        raise _Refused(_BAD)
    return call_id, int(number)


def _check_order(before: Binding, call_id: str, cseq: int) -> None:
    """Refuse what was sent before the request that made a binding (RFC 3261, section 10.3)."""
    if before.call_id == call_id and cseq <= before.cseq:
        raise _Refused(_BAD)


def _asked(message: Message) -> int | None:
    text = next(iter(message.texts("Expires")), "")
    return int(text) if text.isdecimal() else None


def _seconds(contact: Contact, message: Message) -> int:
    asked = contact.expires if contact.expires is not None else _asked(message)
    if asked is None:
        return USUAL
    if 0 < asked < SHORTEST:
        raise _Refused(_BRIEF, ("Min-Expires", str(SHORTEST)))
    return min(asked, LONGEST)


def _instance(contact: Contact) -> str:
    """Return the device that a contact belongs to, and which of its ways it is (RFC 5626, 4.2)."""
    device = contact.parameters.get("+sip.instance", "")
    way = contact.parameters.get("reg-id", "")
    return f"{device};reg-id={way}" if device and way.isdecimal() else device


def _check_contact(contact: Contact, request: Request) -> None:
    """Refuse a contact that could not be called, or that no answer could name."""
    texts = (contact.uri, _instance(contact))
    if any(len(one) > _LONGEST_TEXT or not one.isprintable() for one in texts):
        raise _Refused(_BAD)
    try:
        reached_at(contact.uri, request.source, request.transport)
    except CallError:
        raise _Refused(_BAD) from None


def _path(request: Request) -> Sequence[str]:
    """Return the way through proxies (RFC 3327); the first of them has sent the request."""
    hops = request.message.addresses("Path")
    if not hops:
        return ()
    if len(hops) > _MOST_HOPS or any(hop.scheme != "sip" for hop in hops):
        raise _Refused(_BAD)
    if not request.came_over(hops[0]):
        raise _Refused(_BAD)
    return tuple(request.message.texts("Path"))
