"""One who listens in: whom they follow, what their keys do, and who hears whom meanwhile."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from sipagent import tasks
from sipagent.errors import DataError, HungUp, SpeechError
from sipagent.exchange.listening.live import LiveCall, LiveCalls, Whom
from sipagent.exchange.listening.paths import Mode, paths
from sipagent.exchange.listening.uses import Use, Uses
from sipagent.exchange.model import User
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Right
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg

#: What keys do while somebody listens, besides those of the modes.
_NEXT, _CHOOSE = "*", "#"
_MODES = {"4": Mode.LISTEN, "5": Mode.WHISPER, "6": Mode.BARGE}
#: Of the events: the far end has hung up, or something has changed in the calls that go on.
_GONE, _CHANGED = "gone", "changed"
#: The longest internal number, and seconds for its first and its other digits.
_DIGITS, _FIRST, _BETWEEN = 6, 10.0, 4.0
#: How often nothing, or nobody's number, may be typed.
_ATTEMPTS = 3
_UNKNOWN = "reaching.unknown-number"
#: Is said where listening cannot be put on record.
TROUBLE = "listening.trouble"

log = structlog.get_logger(__name__)

#: Who is heard, and by whom.
_Path = tuple[Member, Member]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is listened to: a call, one of its members, and how."""

    call: LiveCall
    agent: Member
    mode: Mode

    @property
    def others(self) -> Sequence[Member]:
        """Who talks with that one."""
        return [one for one in self.call.members if one is not self.agent]


def lines() -> Iterable[Line]:
    """Return all that is said to who listens in."""
    yield line("listening.choose", keys=_CHOOSE + _NEXT)
    yield line("listening.keys", keys=[*_MODES, _NEXT, _CHOOSE])
    for key in (*Mode, "waits", "nobody", "goodbye"):
        yield line(f"listening.{key}")
    yield from (line(_UNKNOWN), line(TROUBLE))


class Listening:
    """Lets somebody listen in until they hang up, or choose nobody any more.

    Args:
        listener: who does.
        ear: their leg; it is answered.
        record: the leg whose record tells of it.
        talk: of the call.
        calls: those that go on.
        uses: keeps each use.
    """

    def __init__(
        self, listener: User, ear: Leg, record: Leg, talk: Talk, calls: LiveCalls, uses: Uses
    ) -> None:
        self._listener = listener
        self._member = Member(ear, f"{listener.name} <{listener.number}>", ear.caller)
        self._record = record
        self._talk = talk
        self._calls = calls
        self._uses = uses
        #: Who is followed, and how.
        self._whom: Whom | None = None
        self._mode = Mode.LISTEN
        #: The Call-IDs of those who talked with them when that was chosen.
        self._chose_with: frozenset[str] = frozenset()
        #: What is heard now, and what ends that for its record.
        self._heard: _Heard | None = None
        self._use = contextlib.AsyncExitStack()
        #: The paths of sound that there are, with what ends each.
        self._paths: dict[_Path, contextlib.AsyncExitStack] = {}
        #: Whether they were told what keys do.
        self._knows_keys = False
        #: The last call that was heard.
        self._last: LiveCall | None = None
        self._saying: asyncio.Task[None] | None = None

    async def run(self, first: Whom | str = "") -> None:
        """Let them listen: to somebody at once, or to who has a number, or to whom they choose.

        Raises:
            HungUp: they have gone.
            SipAgentError: what they do cannot be kept, or they have lost the right.
        """
        if isinstance(first, Whom):
            self._whom = first
        else:
            self._follow(first)
        while self._whom is not None or await self._chosen():
            await self._listen()
            self._whom = None
        await self._member.leg.say(self._talk("listening.goodbye"), interruptible=False)

    # Choosing

    async def _chosen(self) -> bool:
        """Let them choose whom to listen to; return whether they have."""
        ear = self._member.leg
        for _ in range(_ATTEMPTS):
            number = await ear.ask(
                self._talk("listening.choose"),
                digits=_DIGITS,
                end=_CHOOSE,
                commands=_NEXT,
                first=_FIRST,
                between=_BETWEEN,
            )
            if number == _NEXT:
                if self._next():
                    return True
                await ear.say(self._talk("listening.nobody"))
            elif number:
                if self._follow(number):
                    return True
                await ear.say(self._talk(_UNKNOWN))
        return False

    def _follow(self, number: str) -> bool:
        """Follow who has an internal number; return whether somebody else has it."""
        found = self._talk.service(Switchboard).now.extension(number)
        if found is None or found.kind is not Kind.USER or found.name == self._listener.name:
            return False
        self._whom = Whom(f"{found.name} <{number}>", user=found.name)
        return True

    def _next(self) -> bool:
        """Follow who talks in the next call; return whether there is one."""
        found = self._calls.after(self._last, without=self._listener.name)
        agent = None if found is None else found.agent
        if agent is None:
            return False
        self._last, self._whom, self._mode = found, Whom.of(agent), Mode.LISTEN
        return True

    # Listening

    async def _listen(self) -> None:
        """Let them listen, until they want to choose anew."""
        events: asyncio.Queue[str] = asyncio.Queue()
        events.put_nowait(_CHANGED)
        self._mode = Mode.LISTEN
        keys = tasks.begin(self._keys(events), f"keys-{self._record.id}")
        if self._now() is None:
            self._say("waits")
        elif not self._knows_keys:
            self._say("keys")
            self._knows_keys = True
        try:
            with self._calls.watched(lambda: events.put_nowait(_CHANGED)):
                while (event := await events.get()) != _CHOOSE:
                    if event == _GONE:
                        raise HungUp("who listens has gone")
                    self._do(event)
                    await self._settle()
        finally:
            await tasks.to_the_end(self._leave(keys), f"listened-{self._record.id}")

    async def _keys(self, events: "asyncio.Queue[str]") -> None:
        try:
            while True:
                events.put_nowait(await self._member.leg.next_key())
        except HungUp:
            events.put_nowait(_GONE)

    def _do(self, event: str) -> None:
        """Do what a key wants; anything else is looked at anyway."""
        if event in _MODES:
            self._mode = _MODES[event]
            self._chose_with = _ids(self._now())
            self._say(self._mode)
        elif event == _NEXT and not self._next():
            self._say("nobody")

    async def _settle(self) -> None:
        """Let them hear, and be heard by, whom they are to.

        What is not to be is undone first, and what is to be is on record before it is; who talks
        with whom may have changed while that was written.
        """
        while True:
            self._keep_quiet()
            heard = self._now()
            for path in self._paths.keys() - self._wanted(heard):
                await self._paths.pop(path).aclose()
            if heard == self._heard:
                break
            await self._change(heard)
        for path in self._wanted(heard) - self._paths.keys():
            await self._make(path)

    def _now(self) -> _Heard | None:
        """Return what is to be heard as things are; None: who is followed talks with nobody."""
        call = None if self._whom is None else self._calls.of(self._whom)
        agent = None if call is None or self._whom is None else call.member(self._whom)
        return None if call is None or agent is None else _Heard(call, agent, self._mode)

    def _keep_quiet(self) -> None:
        """Only listen where somebody has come who was not there when they chose to be heard by all.

        A whisper goes on: it never reaches anybody but the agent.
        """
        if self._mode is Mode.BARGE and not _ids(self._now()) <= self._chose_with:
            self._mode = Mode.LISTEN
            self._say(self._mode)

    def _wanted(self, heard: _Heard | None) -> frozenset[_Path]:
        if heard is None:
            return frozenset()
        held = bool(heard.call.holding)
        return paths(heard.mode, self._member, heard.agent, heard.others, held=held)

    async def _make(self, path: _Path) -> None:
        source, sink = path
        stack = contextlib.AsyncExitStack()
        try:
            await stack.enter_async_context(sink.leg.hearing(source.leg))
        except HungUp:  # whose leg it was is told in its turn
            return
        self._paths[path] = stack

    async def _change(self, heard: _Heard | None) -> None:
        """Put on record that something else is listened to; None: nothing."""
        if heard is None and self._heard is not None:
            self._say("waits")
        self._heard = None
        await self._use.aclose()
        if heard is not None:
            await self._begin(heard)
        self._heard = heard

    async def _begin(self, heard: _Heard) -> None:
        """Put on record what is listened to from now on, and tell the agent where that is set."""
        call, agent, by, mode = heard.call, heard.agent, self._member.name, heard.mode
        self._require_right()
        self._use.callback(self._uses.end, self._record.id)
        use = Use(self._listener.name, agent.name, call.record.id, self._record.id, mode)
        await self._uses.begin(use)
        self._last = call
        self._record.note("listening", whom=agent.name, call=call.record.id, mode=mode.value)
        call.record.note("heard-by", by=by, mode=mode.value)
        self._use.callback(call.record.note, "heard-no-more", by=by)
        call.listeners.append((by, mode.value))
        self._use.callback(call.listeners.remove, (by, mode.value))
        user = self._user(agent.user)
        if user is not None and user.listening_tone:
            with contextlib.suppress(HungUp):
                tone = self._talk.service(Tones).attended
                await self._use.enter_async_context(agent.leg.playing(tone))

    def _require_right(self) -> None:
        """See that they still may: whom they follow may have calls for hours.

        Raises:
            DataError: they may no longer.
        """
        user = self._user(self._listener.name)
        if user is None or Right.LISTEN not in user.rights:
            raise DataError(f"{self._listener.name} may not listen in any more")

    def _user(self, name: str) -> User | None:
        """Return a user as they are now."""
        found = self._talk.service(Switchboard).now.exchange.find("users", name)
        return found if isinstance(found, User) else None

    async def _leave(self, *watching: "asyncio.Task[None]") -> None:
        """Let them hear nobody, and nobody hear them."""
        for stack in self._paths.values():
            await stack.aclose()
        self._paths.clear()
        self._heard = None
        await self._use.aclose()
        saying, self._saying = self._saying, None
        await tasks.cancelled(*watching, *([saying] if saying is not None else []))

    # Telling how it goes

    def _say(self, key: str) -> None:
        """Begin to say something, in place of what is being said; the calls go on meanwhile."""
        before, self._saying = self._saying, None
        self._saying = tasks.begin(self._said(f"listening.{key}", before), f"say-{key}")

    async def _said(self, prompt: str, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await tasks.cancelled(before)
        try:
            await self._member.leg.say(self._talk(prompt), interruptible=False)
        except SpeechError as error:
            log.warning("not said", call_id=self._record.id, prompt=prompt, reason=str(error))


def _ids(heard: _Heard | None) -> frozenset[str]:
    """Return the Call-IDs of those who talk with whom is listened to."""
    return frozenset(one.leg.sip_id for one in heard.others) if heard is not None else frozenset()
