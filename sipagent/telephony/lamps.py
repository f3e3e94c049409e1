"""What the lamps of phones show: who rings, who talks, and whose messages wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class Lamp(StrEnum):
    """What somebody of the house, or a place in it, is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    #: In a call, also in one that has not been answered yet; of a parking place: somebody waits.
    TALKING = "talking"


class Messages(NamedTuple):
    """How many messages somebody has."""

    new: int = 0
    saved: int = 0


class Lamps(Protocol):
    """Knows what lamps show."""

    def lamp(self, dialled: str) -> Lamp | None:
        """Return what whoever has an internal number is doing; None: nobody has it.

        It is asked in the thread of PJSIP, for which all calls wait, as ``messages`` is: both
        answer from memory, and need no loop.

        Args:
            dialled: an internal number, or a parking place.
        """

    def messages(self, account: str) -> Messages:
        """Return the messages of whose phone has an account."""

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        """Have told, in the loop, which number and whose account has another state now."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A subscription of a phone (RFC 6665): what it watches, and how it is told.

    Args:
        tag: ours in its dialog, by which it is known.
        account: whose phone it is.
        package: the event package, ``dialog`` or ``message-summary``.
        whom: what is dialled for whom it watches; of messages, the account whose they are.
        event: the value of Event, as it came.
        entity: the SIP URI that was subscribed to.
        dialog: name and value of the header fields that all requests of the dialog have.
        contact: where the line is reached in it.
        target: the URI that is told.
        source: the address that it came from, ``192.0.2.7:5060``.
        transport: ``udp``, ``tcp`` or ``tls``.
        cseq: of the last SUBSCRIBE.
        expires: until when, with an offset.
    """

    tag: str
    account: str
    package: str
    whom: str
    event: str
    entity: str
    dialog: tuple[tuple[str, str], ...]
    contact: str
    target: str
    source: str
    transport: str
    cseq: int
    expires: datetime


class Watches(Protocol):
    """Keeps subscriptions over a restart."""

    async def load(self) -> Sequence[Watch]:
        """Return all that are kept, also those that are over."""

    def put(self, watch: Watch) -> None:
        """Keep one soon, in place of the one with its tag."""

    def drop(self, tag: str) -> None:
        """Forget one soon; nothing happens where there is none."""
