"""Recordings in memory: who was heard on which channel, and when."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sipagent.exchange.model import Exchange
from sipagent.exchange.recording.following import Following, Running
from sipagent.exchange.recording.policy import Rule
from sipagent.exchange.recording.seats import Seats, names
from sipagent.scenario.talk import Talk
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from tests.exchange.house import House


@dataclass
class MemoryTape:
    """Keeps what is heard as text: ``left | right``, empty where it is silent."""

    number: int
    call: str
    rule: Rule
    heard: list[tuple[float, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._seats = Seats()
        self._began = asyncio.get_running_loop().time()

    def hear(self, members: Sequence[Member]) -> None:
        left, right = self._seats.seated(members)
        text = f"{names(left)} | {names(right)}" if members else ""
        self.heard.append((asyncio.get_running_loop().time() - self._began, text))

    def note(self, kind: str, details: str = "") -> None:
        self.notes.append((kind, details))

    async def close(self) -> None:
        self.closed = True

    @property
    def pieces(self) -> list[str]:
        """Who was heard, one after the other, without what repeats itself and the last silence."""
        texts = [text for _, text in self.heard]
        while texts and not texts[-1]:
            texts.pop()
        return [one for one, before in zip(texts, ["", *texts], strict=False) if one != before]


class MemoryDeck:
    """Follows the conversations of a house.

    Args:
        house: whose they are.
        error: what comes of each recording; None: it is made.
        longest_pause: in seconds.
    """

    def __init__(
        self, house: House, error: Exception | None = None, longest_pause: float = 60.0
    ) -> None:
        self._house = house
        self._error = error
        self.longest_pause = longest_pause
        self.tapes: list[MemoryTape] = []
        self._running: list[Running] = []
        self._following: list[Following] = []
        house.board.attendance.subscribe(self.attends)

    def attends(self, record: Leg, talk: Talk) -> Following:
        self._following.append(Following(record, talk, self))
        return self._following[-1]

    @property
    def exchange(self) -> Exchange:
        return self._house.snapshot.exchange

    async def begin(
        self, record: Leg, talk: Talk, rule: Rule, members: Sequence[Member]
    ) -> MemoryTape:
        if self._error is not None:
            raise self._error
        self.tapes.append(MemoryTape(len(self.tapes) + 1, record.called, rule))
        return self.tapes[-1]

    def found(self, members: Sequence[Member]) -> Running | None:
        legs = [one.leg for one in members]
        return next(
            (r for r in self._running if any(one is leg for one in r.legs for leg in legs)), None
        )

    def running(self, running: Running, on: bool) -> None:
        (self._running.append if on else self._running.remove)(running)

    async def over(self) -> None:
        """Return once all is kept."""
        await asyncio.gather(*(one.done for one in self._following))
        assert all(tape.closed for tape in self.tapes)
