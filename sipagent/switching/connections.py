"""Who is connected by whom just now: where a telephone names one of its own calls, it is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sipagent.switching.member import Loan
from sipagent.telephony.leg import Leg

#: Of SIP (RFC 3261, section 21.4.19): there is no such dialog.
NO_DIALOG = 481


class Connecting(Protocol):
    """Connects two, and can let one of them go on elsewhere, or with somebody else."""

    def lend(self, sip_id: str, user: str, to: str) -> Loan | None:
        """Ask for whom a leg of a user is connected with; None: they cannot be had now.

        Args:
            sip_id: the Call-ID of that leg.
            user: whose it has to be.
            to: the name of whom they are to be connected with.
        """

    def order(self, sip_id: str, dialled: str) -> int:
        """Put one of two who talk through, as if the other one had asked for it.

        Return why that cannot be, as a code of SIP; 0: it has begun.

        Args:
            sip_id: the Call-ID of the leg that goes on with somebody else.
            dialled: whom with, as a telephone dials it.
        """


class Connections:
    """Those who are connected, and those who call and are not yet, by their Call-IDs."""

    def __init__(self) -> None:
        self._of: dict[str, Connecting] = {}
        self._calling: dict[str, tuple[Leg, str]] = {}

    def put(self, sip_id: str, connecting: Connecting) -> None:
        """Know who is connected by whom."""
        self._of[sip_id] = connecting

    def drop(self, sip_id: str, connecting: Connecting) -> None:
        """Forget that, unless it is another's by now."""
        if self._of.get(sip_id) is connecting:
            del self._of[sip_id]

    @contextmanager
    def calling(self, leg: Leg, user: str) -> Iterator[None]:
        """Know for the block that a telephone of a user calls somebody."""
        self._calling[leg.sip_id] = leg, user
        try:
            yield
        finally:
            self._calling.pop(leg.sip_id, None)

    def lend(self, sip_id: str, user: str, to: str) -> Loan | None:
        """Ask for whom a leg of a user is connected with (see ``Connecting``)."""
        connecting = self._of.get(sip_id)
        return connecting.lend(sip_id, user, to) if connecting is not None and user else None

    def order(self, sip_id: str, dialled: str) -> int:
        """Put one of two who talk through (see ``Connecting``)."""
        connecting = self._of.get(sip_id)
        return NO_DIALOG if connecting is None else connecting.order(sip_id, dialled)

    def caller(self, sip_id: str, user: str) -> Leg | None:
        """Return the leg with which a user calls somebody who has not answered yet."""
        leg, whose = self._calling.get(sip_id, (None, ""))
        return leg if user and whose == user else None
