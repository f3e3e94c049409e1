"""What the lamps of phones show: who rings, who talks, and whose messages wait."""

from enum import StrEnum


class Lamp(StrEnum):
    """What somebody of the house, or a place in it, is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    #: In a call, also in one that has not been answered yet; of a parking place: somebody waits.
    TALKING = "talking"
