"""A firm with a room, and people who call it without a network."""

import asyncio
from pathlib import Path
from typing import Any

from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.rooms import Rooms
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_mix import FakeMix, FakeMixes
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller
from tests.exchange.house import FIRM, House

ROOM = Room(name="Narada", number="*1234")
#: Virtual seconds in which everything is said that is to be said.
SOON = 30.0


class Hall(House):
    """The firm, with a room as a test wants it."""

    def __init__(self, tones: Path, **fields: Any) -> None:
        room = ROOM.model_copy(update=fields)
        super().__init__(exchange=FIRM.model_copy(update={"rooms": (room,)}))
        self.tones = tones
        self.mixes = FakeMixes()
        self.rooms = Rooms(lambda: self.snapshot)
        network = Network(self.phones, self.at, self.mixes)
        self.services = {Rooms: self.rooms, Network: network}
        self.calls: dict[str, asyncio.Task[Any]] = {}

    def phone(self, extension: str, *script: Any, called: str = "*1234") -> FakeLeg:
        """Let a phone of the house call the room."""
        caller = Caller(None, asserted=True, extension=extension)
        return self._call(
            FakeLeg(script, id=extension, caller=caller, called=called, sleep=asyncio.sleep)
        )

    def outside(self, number: str | None, *script: Any, called: str) -> FakeLeg:
        """Let somebody call it over a trunk."""
        caller = Caller(number, asserted=True)
        name = number or "hidden"
        leg = FakeLeg(
            script, id=name, caller=caller, called=called, trunk="carrier", sleep=asyncio.sleep
        )
        return self._call(leg)

    def _call(self, leg: FakeLeg) -> FakeLeg:
        self.calls[leg.id] = asyncio.create_task(self.walk(leg, self.tones))
        return leg

    @property
    def mix(self) -> FakeMix:
        """The only meeting that goes on."""
        (mix,) = self.mixes.mixes
        return mix

    def hears(self, leg: FakeLeg) -> list[str]:
        """Return the names of those whom somebody hears."""
        return [one.id for one in self.mix.hears(leg)]

    async def empty(self) -> None:
        """See that the calls end well, and that nothing is left of the meeting."""
        await asyncio.gather(*self.calls.values())
        assert not self.mixes.mixes
        assert not self.rooms.live
        assert not self.board.busy()
