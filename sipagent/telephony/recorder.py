"""What writes two voices into one file, whoever they belong to by now."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sipagent.telephony.leg import Leg


class Recorder(Protocol):
    """Writes two channels, which stay in step whatever becomes of those who are heard on them."""

    def hear(self, left: "Collection[Leg]", right: "Collection[Leg]") -> None:
        """Write the voices of these from now on; several on a channel are mixed.

        Nobody is silence, and so is who holds, or has gone.
        """
