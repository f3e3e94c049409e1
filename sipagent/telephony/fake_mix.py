"""A mix without a network: who is seated, who is muted, and what is played."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from sipagent.errors import HungUp
from sipagent.telephony.leg import Clip, Leg
from sipagent.telephony.mix import Mix, Seat


class FakeSeat:
    """The place of one leg; a test says whether it speaks."""

    def __init__(self, leg: Leg, muted: bool) -> None:
        self.leg = leg
        self.muted = muted
        self.silence: float | None = None

    async def mute(self, *, on: bool) -> None:
        """Remember it."""
        self.muted = on

    async def quiet(self) -> float | None:
        """Return what the test says."""
        return self.silence


class FakeMix:
    """Remembers who is seated, and what was played; keeps the promises of ``telephony.mix.Mix``."""

    def __init__(self) -> None:
        self.seats: list[FakeSeat] = []
        self.played: list[Path] = []
        #: The files that are being written.
        self.records: list[Path] = []

    def hears(self, leg: Leg) -> list[Leg]:
        """Return whom a leg hears."""
        if leg not in [one.leg for one in self.seats]:
            return []
        return [one.leg for one in self.seats if one.leg is not leg and not one.muted]

    @contextlib.asynccontextmanager
    async def seated(self, leg: Leg, *, muted: bool = False) -> AsyncIterator[Seat]:
        """Seat a leg for the length of the block."""
        if leg.over:
            raise HungUp("the call is over")
        seat = FakeSeat(leg, muted)
        self.seats.append(seat)
        try:
            yield seat
        finally:
            self.seats.remove(seat)

    async def play(self, clip: Clip) -> None:
        """Remember it."""
        self.played.append(clip.path)

    @contextlib.asynccontextmanager
    async def recorded(self, path: Path) -> AsyncIterator[None]:
        """Write a file without sound for the length of the block."""
        path.touch()
        self.records.append(path)
        try:
            yield
        finally:
            self.records.remove(path)


class FakeMixes:
    """Makes them, and remembers those that there are."""

    def __init__(self) -> None:
        self.mixes: list[FakeMix] = []

    @contextlib.asynccontextmanager
    async def mixing(self) -> AsyncIterator[Mix]:
        """Make one for the length of the block."""
        mix = FakeMix()
        self.mixes.append(mix)
        try:
            yield mix
        finally:
            assert not mix.seats, "somebody was left in a room that has gone"
            self.mixes.remove(mix)
