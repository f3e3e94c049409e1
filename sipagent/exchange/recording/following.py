"""Recording one conversation, as policy and keys say: whoever is in it by now is heard."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Protocol

import structlog

from sipagent import tasks
from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.about import About
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.recording import telling
from sipagent.exchange.recording.policy import BY_KEY, Rule, rule_of
from sipagent.exchange.recording.tape import Tape
from sipagent.exchange.values import Right
from sipagent.scenario.talk import Talk
from sipagent.switching.codes import PAUSE_RECORDING, RECORD
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg

log = structlog.get_logger(__name__)


class Deck(Protocol):
    """Where recordings are made, and which of them go on."""

    @property
    def exchange(self) -> Exchange:
        """The exchange as it is now."""

    @property
    def longest_pause(self) -> float:
        """Seconds after which a pause ends by itself."""

    async def begin(self, record: Leg, talk: Talk, rule: Rule, members: Sequence[Member]) -> Tape:
        """Begin a recording of a conversation.

        Raises:
            SipAgentError, OSError: it cannot be.
        """

    def found(self, members: Sequence[Member]) -> "Running | None":
        """Return the recording of a conversation from which one of these was lent."""

    def running(self, running: "Running", on: bool) -> None:
        """Know of a recording that goes on, or no longer."""


class Running:
    """A recording that goes on, with who is heard, and whether it is paused.

    Args:
        tape: what it is written to.
        rule: by what.
    """

    def __init__(self, tape: Tape, rule: Rule) -> None:
        self.tape = tape
        self.rule = rule
        #: The legs that it follows, whoever connects them.
        self.legs: list[Leg] = []
        self._members: Sequence[Member] = ()
        self._resume: asyncio.TimerHandle | None = None

    @property
    def paused(self) -> bool:
        """Whether it is silent, for card data are being told."""
        return self._resume is not None

    def follow(self, members: Sequence[Member]) -> None:
        """Hear these, or nobody; whom it follows is known even then."""
        self._members = members
        self.legs = [one.leg for one in members] or self.legs
        if not self.paused:
            self.tape.hear(members)

    def pause(self, who: str, seconds: float, ended: Callable[[], None]) -> None:
        """Be silent until ``resume``, or for so many seconds; that is told then."""
        self.tape.hear(())
        self.tape.note("paused", who)
        self._resume = asyncio.get_running_loop().call_later(seconds, ended)

    def resume(self, who: str) -> None:
        """Hear again who talks now."""
        if self._resume is not None:
            self._resume.cancel()
            self._resume = None
            self.tape.note("resumed", who)
            self.tape.hear(self._members)

    async def close(self) -> None:
        """End it."""
        if self._resume is not None:
            self._resume.cancel()
        await self.tape.close()


class Following:
    """Records a conversation where it is to be; fits ``switching.attending.Attending``.

    What it is told is done in its turn, by a task of its own: it keeps nobody waiting.

    Args:
        record: the leg whose record tells of the conversation.
        talk: of that call.
        deck: where recordings are made.
    """

    def __init__(self, record: Leg, talk: Talk, deck: Deck) -> None:
        self._record = record
        self._talk = talk
        self._deck = deck
        #: Its own recording, and the one by which those who talk now are heard.
        self._own: Running | None = None
        self._now: Running | None = None
        self._members: Sequence[Member] = ()
        self._saying: set[asyncio.Task[None]] = set()
        self._to_do: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue()
        #: Is done once the last recording is kept.
        self.done = tasks.begin(self._work(), f"recording-of-{record.id}")

    # What it is told

    def joined(self, members: Sequence[Member]) -> None:
        """Follow who talks."""
        self._tell(lambda: self._joined(members))

    def held(self, holding: Collection[Member]) -> None:
        """Be silent while somebody holds."""
        self._tell(lambda: self._held(bool(holding)))

    def parted(self) -> None:
        """Hear nobody, until there are two again."""
        self._tell(self._parted)

    def over(self) -> None:
        """Keep what there is."""
        self._to_do.put_nowait(None)

    def _tell(self, work: Callable[[], Awaitable[None]]) -> None:
        self._to_do.put_nowait(work)

    # What it does

    async def _work(self) -> None:
        try:
            while (work := await self._to_do.get()) is not None:
                try:
                    await work()
                except HungUp:
                    pass  # that is told in its turn
                except (SipAgentError, OSError) as error:
                    self._failed(error)
                self._know_keys()
        finally:
            await tasks.to_the_end(self._end(), f"recorded-{self._record.id}")
            await tasks.cancelled(*self._saying)

    async def _joined(self, members: Sequence[Member]) -> None:
        self._members = members
        self._now = self._of(members)
        if self._now is None:
            users = [one.user for one in members if one.user]
            about = self._talk.facts.get(About) or About()
            if (rule := rule_of(self._deck.exchange, about, users)) is not None:
                await self._begin(rule)
        elif await self._all_know(self._now.rule, members):
            self._now.follow(members)

    async def _all_know(self, rule: Rule, members: Sequence[Member]) -> bool:
        """Tell those who have come later, and are not of the house, where that is to be."""
        strangers = [one.leg for one in members if not one.user]
        return not rule.announced or await telling.tell(self._talk, strangers)

    def _of(self, members: Sequence[Member]) -> Running | None:
        """Return the recording by which these are heard, where there is one already.

        Who is lent, and is not of the house, brings along that of their own call.
        """
        guests = [one for one in members if one.lent]
        strangers = [one for one in guests if not one.user]
        return self._deck.found(strangers) or self._own or self._deck.found(guests)

    async def _held(self, holds: bool) -> None:
        if self._now is not None:
            self._now.follow(() if holds else self._members)

    async def _parted(self) -> None:
        for member in self._members:
            member.commands.clear()
        self._members = ()
        if self._now is not None:
            self._now.follow(())

    async def _begin(self, rule: Rule) -> None:
        legs = [one.leg for one in self._members]
        if not legs or (rule.announced and not await telling.tell(self._talk, legs)):
            return
        tape = await self._deck.begin(self._record, self._talk, rule, self._members)
        self._record.note("recording", recording=tape.number, why=rule.why)
        self._own = self._now = Running(tape, rule)
        self._deck.running(self._own, on=True)
        self._own.follow(self._members)

    async def _turn(self, member: Member) -> None:
        """Begin to record, or end what was begun by a key; what policy has begun goes on."""
        if self._now is None:
            await self._begin(BY_KEY)
        elif self._now is self._own and self._own.rule is BY_KEY:
            self._own.tape.note("stopped", member.name)
            await self._end()
            self._say(member, telling.STOPPED)

    async def _pause(self, member: Member) -> None:
        """Be silent on both channels, or no longer; only who has typed it is told."""
        running = self._now
        if running is None:
            return
        if running.paused:
            self._resume(running, member, member.name)
            return
        self._record.note("recording-paused", recording=running.tape.number, by=member.name)
        running.pause(
            member.name,
            self._deck.longest_pause,
            lambda: self._resume(running, member, "time"),
        )
        self._say(member, telling.PAUSED)

    def _resume(self, running: Running, member: Member, by: str) -> None:
        """Go on; the member who has paused it, or ends that, is told."""
        self._record.note("recording-resumed", recording=running.tape.number, by=by)
        running.resume(by)
        self._say(member, telling.RESUMED)

    async def _end(self) -> None:
        own, self._own = self._own, None
        if own is None:
            return
        self._now = None if self._now is own else self._now
        self._deck.running(own, on=False)
        try:
            await own.close()
        except (SipAgentError, OSError) as error:
            self._failed(error)
        self._record.note("recording-end", recording=own.tape.number)

    def _say(self, member: Member, key: str) -> None:
        """Tell a member something while the others talk on."""
        saying = tasks.begin(telling.said(member.leg, self._talk, key), f"say-{key}")
        self._saying.add(saying)
        saying.add_done_callback(self._saying.discard)

    def _failed(self, error: Exception) -> None:
        """Say that a conversation is not recorded; it goes on all the same."""
        log.error("a conversation is not recorded", call_id=self._record.id, reason=str(error))
        self._record.note("recording-failed", reason=str(error))

    def _know_keys(self) -> None:
        """Let those of the house type what means something now."""
        for member in self._members:
            member.commands.clear()
            if member.user and self._now is not None:
                member.commands[PAUSE_RECORDING] = partial(self._typed, self._pause, member)
            if member.user and self._may_record(member):
                member.commands[RECORD] = partial(self._typed, self._turn, member)

    def _typed(self, work: Callable[[Member], Awaitable[None]], member: Member) -> None:
        self._tell(partial(work, member))

    def _may_record(self, member: Member) -> bool:
        user = self._deck.exchange.find("users", member.user)
        return isinstance(user, User) and Right.RECORD in user.rights
