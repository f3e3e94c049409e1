"""A room while a meeting goes on in it: carries out what ``rooms.meeting`` decides, on real legs.

One task takes what happens in its order, so that no two of those who come, go, or lead the meeting
get in each other's way. Nothing that is said holds it up.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from sipagent import tasks
from sipagent.errors import CallError, HungUp, SipAgentError
from sipagent.exchange.recording.policy import Rule
from sipagent.exchange.rooms import meeting
from sipagent.exchange.rooms.meeting import Meeting, Place, Refuse, Rules, Why, Word
from sipagent.exchange.rooms.names import SpokenName
from sipagent.exchange.rooms.recording import Begin, RoomRecording
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.mix import Mix, Mixes, Seat

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Has to go, and why."""

    why: Why


@dataclass(frozen=True, slots=True)
class Key:
    """Has pressed a key."""

    digit: str


#: What a guest's own task hears of; None: the leg is over.
News = Word | Key | Dismissed | None


@dataclass(eq=False)
class Guest:
    """Somebody who is in a room, or wants to be.

    Args:
        member: the leg, and how lists show them.
        record: the leg whose record tells of it: the same one, but for who is called in.
        known: how they would be known again.
        since: when they have come.
        talk: of their call, which speaks their language.
        moderator: whether they lead the meeting.
        name: as they have said it themselves.
    """

    member: Member
    record: Leg
    known: str
    since: datetime
    talk: Talk
    moderator: bool = False
    name: SpokenName | None = None
    news: "asyncio.Queue[News]" = field(default_factory=asyncio.Queue)
    answer: "asyncio.Future[meeting.Admit | Refuse]" = field(init=False)
    seat: Seat | None = None
    #: What they hear now, and how that ends.
    heard: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def __post_init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()

    @property
    def leg(self) -> Leg:
        """The leg of this one."""
        return self.member.leg

    def say(self, word: Word) -> Prompt:
        """Return what is said for a word, in their language."""
        return self.talk(f"rooms.{word}")


class LiveRoom:
    """One meeting, from the first who comes until the last one has left.

    Args:
        name: of the room.
        rules: by which it goes.
        mixes: lets many hear each other.
        tones: for who waits, and for who comes and goes.
        heralds: whether a tone tells of that, and whether names do.
        record: begins a recording.
        over: is called once it is over, and takes nobody any more.
    """

    def __init__(
        self,
        name: str,
        rules: Rules,
        mixes: Mixes,
        tones: Tones,
        heralds: tuple[bool, bool],
        record: Begin,
        over: Callable[["LiveRoom"], None],
    ) -> None:
        self.name = name
        self.meeting = Meeting(rules)
        self._mixes = mixes
        self._tones = tones
        self._with_tone, self._with_name = heralds
        self._record = record
        self._recording: RoomRecording | None = None
        self._closing: list[asyncio.Task[None]] = []
        self._over = over
        self._numbers = itertools.count(1)
        self.guests: dict[int, Guest] = {}
        #: Of all who were there: who goes is still told of.
        self._names: list[SpokenName] = []
        self._events: asyncio.Queue[tuple[meeting.Event, asyncio.Future[None] | None]] = (
            asyncio.Queue()
        )
        self._announcements: asyncio.Queue[Prompt] = asyncio.Queue()
        self.task = tasks.begin(self._run(), f"room-{name}")

    def come(self, guest: Guest) -> int:
        """Take somebody who wants to come in; return their number, by which they leave again."""
        who = next(self._numbers)
        self.guests[who] = guest
        if guest.name is not None:
            self._names.append(guest.name)
        self.tell(meeting.Come(who, guest.known, guest.moderator))
        return who

    def tell(self, event: meeting.Event) -> None:
        """Have something taken in its turn."""
        self._events.put_nowait((event, None))

    async def done(self, event: meeting.Event) -> None:
        """Have something taken, and return once it is done, or the meeting is over."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._events.put_nowait((event, done))
        await asyncio.wait((done, self.task), return_when=asyncio.FIRST_COMPLETED)

    async def _run(self) -> None:
        try:
            async with self._mixes.mixing() as mix:
                announcing = tasks.begin(self._announce(mix), f"announce-{self.name}")
                try:
                    await self._meet(mix)
                finally:
                    await tasks.cancelled(announcing)
                    for guest in list(self.guests.values()):
                        await guest.heard.aclose()
        finally:
            self._over(self)
            for guest in self.guests.values():
                self._fail(guest)
            for name in self._names:
                name.close()
            self._write(on=False)
            await asyncio.gather(*self._closing)

    async def _meet(self, mix: Mix) -> None:
        while True:
            event, done = await self._events.get()
            for action in self.meeting.feed(event):
                await self._do(action, mix)
            self._hear()
            if isinstance(event, meeting.Leave):
                self.guests.pop(event.who, None)
            if done is not None and not done.done():
                done.set_result(None)
            if not self.guests and self._events.empty():
                self._over(self)  # before anything is waited for: who comes now has another one
                return

    async def _do(self, action: meeting.Action, mix: Mix) -> None:
        match action:
            case meeting.Admit(who) | Refuse(who):
                if not (answer := self.guests[who].answer).done():
                    answer.set_result(action)
            case meeting.Put(who, place):
                await self._put(who, place, mix)
            case meeting.Hush(who, on):
                if (seat := self.guests[who].seat) is not None:
                    await seat.mute(on=on)
            case meeting.Herald(who, comes):
                for sound in self._herald(self.guests[who], comes):
                    self._announcements.put_nowait(sound)
            case meeting.Tell(who, word):
                self.guests[who].news.put_nowait(word)
            case meeting.Announce(word):
                for guest in self._talking()[:1]:
                    self._announcements.put_nowait(guest.say(word))
            case meeting.Dismiss(who, why):
                self.guests[who].news.put_nowait(Dismissed(why))
            case meeting.Write(on):
                self._write(on=on)

    async def _put(self, who: int, place: Place | None, mix: Mix) -> None:
        """Let a guest hear what is heard at a place."""
        guest = self.guests[who]
        guest.seat = None
        await guest.heard.aclose()
        try:
            await self._let_hear(who, guest, place, mix)
        except HungUp:
            pass  # that they have gone is told in its turn
        except CallError as error:
            log.error("somebody cannot be in a room", room=self.name, reason=str(error))
            guest.news.put_nowait(Dismissed(Why.TROUBLE))

    async def _let_hear(self, who: int, guest: Guest, place: Place | None, mix: Mix) -> None:
        if place is Place.TALKING:
            muted = self.meeting.guests[who].silent
            guest.seat = await guest.heard.enter_async_context(mix.seated(guest.leg, muted=muted))
        elif place is not None:
            await guest.heard.enter_async_context(guest.leg.playing(self._tones.music))

    def _herald(self, guest: Guest, comes: bool) -> Iterator[Prompt]:
        if self._with_tone:
            yield self._tones.joins if comes else self._tones.leaves
        if self._with_name and guest.name is not None:
            yield guest.name

    def _hear(self) -> None:
        """Let the recording, if there is one, hear whoever is heard."""
        if self._recording is not None:
            self._recording.hear([one.member for one in self._talking(heard=True)])

    def _talking(self, *, heard: bool = False) -> list[Guest]:
        """Return those who talk, or only those of them who are heard."""
        return [
            self.guests[who]
            for who, one in self.meeting.guests.items()
            if one.place is Place.TALKING and not (heard and one.silent)
        ]

    def _write(self, *, on: bool) -> None:
        """Begin to record, or end it; nobody waits for that."""
        if self._recording is not None:
            recording, self._recording = self._recording, None
            self._closing.append(tasks.begin(recording.close(), f"close-{self.name}"))
        if on:
            first = next(iter(self.guests.values()))
            rule = Rule(f"room:{self.name}")
            begin = partial(self._record, first.record, first.talk, rule, [first.member])
            self._recording = RoomRecording(self.name, begin)

    async def _announce(self, mix: Mix) -> None:
        """Say to all who talk what is to be said, one after the other."""
        while True:
            prompt = await self._announcements.get()
            try:
                await mix.play(await prompt.clip())
            except SipAgentError as error:
                log.warning("not said in a room", room=self.name, reason=str(error))

    def _fail(self, guest: Guest) -> None:
        """Let somebody go whose meeting has ended without them."""
        if not guest.answer.done():
            guest.answer.set_result(Refuse(0, Why.TROUBLE))
        guest.news.put_nowait(Dismissed(Why.TROUBLE))
