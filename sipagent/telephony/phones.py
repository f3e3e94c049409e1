"""Calling somebody: what the house asks of whoever can make a call."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose behalf a call is made.

    Args:
        shown: the number (E.164) that the called sees as the caller's; None: there is none.
        line: the number, or user of a SIP URI, of the line that sends the call on (RFC 5806).
        called: what the caller has called: to call that would lead back here.
        name: of the caller, which a softphone shows beside the number.
        codecs: that the caller takes, the preferred one first: the called are offered them first.
        hidden: whether nobody but the carrier is to know ``shown`` (CLIR).
    """

    shown: str | None = None
    line: str = ""
    called: str = ""
    name: str = ""
    codecs: tuple[str, ...] = ()
    hidden: bool = False


#: Nobody's: the called sees what the trunk or the endpoint shows by itself.
UNKNOWN = Origin()


@dataclass(frozen=True, slots=True)
class Route:
    """What to call for a party: a SIP URI, and the trunk to call it over (empty: none)."""

    uri: str
    trunk: str = ""

    @property
    def place(self) -> str:
        """Its host, with the port where there is one."""
        return self.uri.rpartition("@")[2].partition(";")[0]


class Phones(Protocol):
    """Calls parties. The real one is ``sipagent.sip.phones``; ``telephony.fake`` has another."""

    def routes(self, party: Party, origin: Origin = UNKNOWN) -> Sequence[Route]:
        """Return the ways on which a party would be called now, the first one preferred.

        Raises:
            TargetRefused: it may not be called, and why.
        """

    def moved(self, party: Party, uri: str) -> Party:
        """Return whom to call in place of a party that has sent us on (``Leg.moved_to``).

        Raises:
            TargetRefused: nobody can be called there.
        """

    def dialling(
        self, party: Party, origin: Origin = UNKNOWN, route: Route | None = None
    ) -> AbstractAsyncContextManager[Leg]:
        """Call a party, for the length of the block: its leg is not connected yet.

        It goes on the first of its routes, or on the one that is given.

        Whoever leaves the block, however and in whichever moment, leaves no leg behind: one that
        still rings is cancelled (CANCEL), one that has answered is ended (BYE), and its end is
        waited for a moment, also by who is cancelled again meanwhile. A body that ends the leg
        itself decides what the called are told (``Leg.hangup``).

        Raises:
            TargetRefused: the party may not be called.
            CallError: the call cannot be made.
        """
