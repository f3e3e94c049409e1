"""Keeping the SIP messages of calls, and of nothing else."""

from collections import OrderedDict
from datetime import datetime
from typing import Protocol

from sipagent import times
from sipagent.records.masking import without_secrets
from sipagent.store.store import Store

#: Messages that are kept of one call, and characters of each.
_MOST = 200
_LONGEST = 8192
#: INVITEs whose calls are not known yet, and messages of each: scanners send many.
_UNKNOWN = 500
_FIRST = 20
#: Calls whose messages are awaited; a call stays among them after its end, for what comes late.
_FOLLOWED = 4096


class Message(Protocol):
    """A SIP message; ``sipagent.telephony.leg.SipMessage`` fits."""

    @property
    def at(self) -> datetime:
        """When it was on the wire."""

    @property
    def sent(self) -> bool:
        """Whether this line has sent it."""

    @property
    def peer(self) -> str:
        """The other side, ``host:port``."""

    @property
    def transport(self) -> str:
        """Such as UDP."""

    @property
    def text(self) -> str:
        """All of it."""

    @property
    def sip_id(self) -> str:
        """Its Call-ID."""


class Trace:
    """Writes messages of the calls that have a record.

    The first messages of a call come before its record; they wait in memory, and are forgotten
    where none follows, because the call was refused.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: OrderedDict[str, list[Message]] = OrderedDict()
        #: Call-ID → messages written.
        self._followed: OrderedDict[str, int] = OrderedDict()

    def take(self, message: Message) -> None:
        """Keep a message if it belongs to a call; never blocks."""
        if message.sip_id in self._followed:
            self._write(message)
        elif message.sip_id in self._waiting or message.text.startswith("INVITE "):
            self._wait(message)

    def follow(self, sip_id: str) -> None:
        """Keep what was said and will be said under that Call-ID."""
        self._followed.setdefault(sip_id, 0)
        self._followed.move_to_end(sip_id)
        if len(self._followed) > _FOLLOWED:
            self._followed.popitem(last=False)
        for message in self._waiting.pop(sip_id, ()):
            self._write(message)

    def _wait(self, message: Message) -> None:
        messages = self._waiting.setdefault(message.sip_id, [])
        if len(messages) < _FIRST:
            messages.append(message)
        if len(self._waiting) > _UNKNOWN:
            self._waiting.popitem(last=False)

    def _write(self, message: Message) -> None:
        self._followed[message.sip_id] += 1
        if self._followed[message.sip_id] > _MOST:
            return
        self._store.post(
            "INSERT INTO sip_messages (sip_id, at, sent, peer, transport, text) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                message.sip_id,
                times.stored(message.at),
                int(message.sent),
                message.peer,
                message.transport,
                without_secrets(message.text)[:_LONGEST],
            ),
            droppable=True,
        )
