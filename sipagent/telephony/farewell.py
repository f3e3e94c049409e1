"""What ends a call whose program has died: who keeps it over a restart."""

from collections.abc import Mapping
from typing import Protocol


class Farewells(Protocol):
    """Keeps the SIP message that would end each call that goes on, by its Call-ID."""

    async def load(self) -> Mapping[str, str]:
        """Return those of an earlier run."""

    def put(self, sip_id: str, text: str) -> None:
        """Keep one soon, in place of the one with its Call-ID."""

    def drop(self, sip_id: str) -> None:
        """Forget one soon; nothing happens where there is none."""
