"""What writes two voices into one file, whoever they belong to by now."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sipagent.telephony.leg import Leg


class Recorder(Protocol):
    """Writes a channel for each of two parties, which stay in step whatever becomes of them."""

    def hear(self, left: "Leg | None", right: "Leg | None") -> None:
        """Write these from now on; a channel of nobody is silent.

        So is that of a party that holds, or has gone.
        """
