"""Who is connected by whom just now: where a telephone names one of its own calls, it is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sipagent.switching.member import Loan
from sipagent.telephony.leg import Leg


class Lender(Protocol):
    """Connects two, and can let one of them go on elsewhere."""

    def lend(self, sip_id: str, user: str, to: str) -> Loan | None:
        """Ask for whom a leg of a user is connected with; None: they cannot be had now.

        Args:
            sip_id: the Call-ID of that leg.
            user: whose it has to be.
            to: the name of whom they are to be connected with.
        """


class Connections:
    """Those who are connected, and those who call and are not yet, by their Call-IDs."""

    def __init__(self) -> None:
        self._of: dict[str, Lender] = {}
        self._calling: dict[str, tuple[Leg, str]] = {}

    def put(self, sip_id: str, lender: Lender) -> None:
        """Know who is connected by whom."""
        self._of[sip_id] = lender

    def drop(self, sip_id: str, lender: Lender) -> None:
        """Forget that, unless it is another's by now."""
        if self._of.get(sip_id) is lender:
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
        """Ask for whom a leg of a user is connected with (see ``Lender``)."""
        lender = self._of.get(sip_id)
        return lender.lend(sip_id, user, to) if lender is not None and user else None

    def caller(self, sip_id: str, user: str) -> Leg | None:
        """Return the leg with which a user calls somebody who has not answered yet."""
        leg, whose = self._calling.get(sip_id, (None, ""))
        return leg if user and whose == user else None
