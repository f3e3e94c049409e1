"""What the lamps of phones show: who rings, who talks, and whose messages wait."""

from collections.abc import Callable
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
