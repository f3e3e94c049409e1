"""A firm with a room, and people who call it without a network."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sipagent.access.pins import Guess
from sipagent.exchange.about import About
from sipagent.exchange.recording.policy import Rule
from sipagent.exchange.recording.tape import Tape
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role, RoomPins
from sipagent.exchange.rooms.rooms import Rooms
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_mix import FakeMix, FakeMixes
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller
from tests.exchange.house import FIRM, House

ROOM = Room(name="Narada", number="*1234")
#: Virtual seconds in which everything is said that is to be said.
SOON = 30.0


class KnownPins(RoomPins):
    """Knows PINs without a database."""

    def __init__(self, pins: Mapping[str, Role]) -> None:
        self._known = pins

    async def check(
        self, room: str, pin: str, caller: Caller, now: datetime
    ) -> tuple[Role | None, Guess]:
        """Return whose PIN it is."""
        return self._known.get(pin), Guess(right=pin in self._known)


class FakeTape:
    """A recording that only knows who is heard."""

    number = 1

    def __init__(self, why: str, room: str) -> None:
        self.why, self.room = why, room
        self.heard: list[str] = []
        self.closed = False

    def hear(self, members: Sequence[Member]) -> None:
        """Remember them."""
        self.heard = [one.leg.id for one in members]

    def note(self, kind: str, details: str = "") -> None:
        """Forget it."""

    async def close(self) -> None:
        """End it."""
        self.closed = True


class Hall(House):
    """The firm, with a room as a test wants it."""

    def __init__(self, folder: Path, **fields: Any) -> None:
        room = ROOM.model_copy(update=fields)
        super().__init__(exchange=FIRM.model_copy(update={"rooms": (room,)}))
        self.folder = folder
        self.mixes = FakeMixes()
        self.tapes: list[FakeTape] = []
        self.rooms = Rooms(lambda: self.snapshot, self.record)
        network = Network(self.phones, self.at, self.mixes)
        pins = KnownPins({"4711": Role.GUEST, "83920157": Role.MODERATOR})
        self.services = {Rooms: self.rooms, Network: network, RoomPins: pins}
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

    async def record(self, record: Leg, talk: Talk, rule: Rule, members: Sequence[Member]) -> Tape:
        """Begin a recording."""
        self.tapes.append(FakeTape(rule.why, talk.facts[About].room))
        return self.tapes[-1]

    def _call(self, leg: FakeLeg) -> FakeLeg:
        self.calls[leg.id] = asyncio.create_task(self.walk(leg, self.folder))
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
        assert not self.rooms.live
        await self.rooms.stop()
        assert not self.mixes.mixes
        assert not self.board.busy()
