"""A real call, as the asyncio loop sees it: its INVITE session lives in the PJSIP thread."""

import asyncio
import secrets
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path

from sipagent.errors import CallError, HungUp
from sipagent.sip import dictation, recording, referrals
from sipagent.sip.keys import Keys
from sipagent.sip.lifetime import Lifetime
from sipagent.sip.mixer import End, Link
from sipagent.sip.one_way import one_way
from sipagent.sip.saying import Saying
from sipagent.sip.session import Session
from sipagent.sip.stereo import StereoRecorder
from sipagent.sip.thread import PjThread
from sipagent.telephony.digits import DigitCollector
from sipagent.telephony.leg import (
    Conceal,
    Detail,
    Leg,
    NoTimeline,
    Prompt,
    Referral,
    Stop,
    Timeline,
)
from sipagent.telephony.outcome import Cause, Ended, Status
from sipagent.telephony.party import Caller
from sipagent.telephony.quality import Quality
from sipagent.telephony.recorder import Recorder

#: Seconds in which an offer of ours is answered.
_OFFERED = 2.0
#: Seconds between two looks at whether anything has come.
_LOOK = 0.1
#: Of SIP (RFC 3261, section 21.6.2).
_DECLINED = 603


def new_id() -> str:
    """Return a new call id: sortable by time, unique, short enough to read out."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(3)}"


class _Recorder:
    """A recorder of legs, as the asyncio loop sees it."""

    def __init__(self, thread: PjThread, recorder: StereoRecorder) -> None:
        self._thread = thread
        self._recorder = recorder

    def hear(self, left: Collection[Leg], right: Collection[Leg]) -> None:
        """Write these from now on; see ``telephony.recorder.Recorder``."""
        voices = [[leg._session for leg in one if isinstance(leg, SipLeg)] for one in (left, right)]
        self._thread.post(self._recorder.hear, *voices)


class SipLeg:
    """One leg on the wire; keeps the promises of ``sipagent.telephony.leg.Leg``."""

    def __init__(
        self,
        session: Session,
        caller: Caller,
        called: str,
        sip_id: str = "",
        *,
        trunk: str = "",
        refers: bool = True,
        codecs: Sequence[str] = (),
    ) -> None:
        self.id = new_id()
        #: Whether the far end says that it understands REFER.
        self.refers = refers
        self.caller = caller
        self.called = called
        #: Name of the trunk that it goes over; empty for a direct one.
        self.trunk = trunk
        #: Call-ID header, to find the call in a capture.
        self.sip_id = sip_id
        self.timeline: Timeline = NoTimeline()
        #: How it ended; None while it lasts.
        self.outcome: Ended | None = None
        #: Codecs that the far end takes, the preferred one first; or the one in use.
        self.codecs = codecs
        self._preferred: Sequence[str] = ()
        #: Whether whom we call was told to ring (18x).
        self.alerting = False
        #: Whether it was refused when it was to be answered.
        self.refused = False
        #: Seconds from the INVITE until 200 OK was sent, and from then to the end of the call.
        self.setup: float | None = None
        self.length: float | None = None
        #: How its audio arrived, once it is over.
        self.quality: Quality | None = None
        #: The URI that whom we called has sent us on to (3xx); empty: none.
        self.moved_to = ""
        self._statuses: asyncio.Queue[Status] = asyncio.Queue()
        self._began = time.monotonic()
        loop = session.thread.loop  # a call is born in the PJSIP thread
        self._session = session
        self._thread = session.thread
        self._confirmed: asyncio.Future[None] = loop.create_future()
        self._progressed: asyncio.Future[None] = loop.create_future()
        self._heard: asyncio.Future[None] = loop.create_future()
        self._lifetime = Lifetime(loop)
        self._keys = Keys(self._lifetime)
        self._saying = Saying(session, self._lifetime, self._keys, self.note)
        #: Whether this end has hung up.
        self._leaving = False
        #: Whoever waits for a REFER of the far end.
        self._referral: asyncio.Future[Referral] = loop.create_future()
        self._referral.cancel()
        session.events = self
        session.name = self.id

    # What a step does

    async def answer(self) -> None:
        """Send 200 OK and return when ACK is there and audio flows, unless it does already."""
        self._lifetime.check()
        if self._confirmed.done():
            return
        await self._thread.run(self._session.accept, self._preferred)
        self.setup = time.monotonic() - self._began
        await self.connected()
        self.note("answer")

    def prefer(self, codecs: Sequence[str]) -> None:
        """Answer with the first of these that the far end has offered, if it has any of them."""
        self._preferred = codecs

    async def ring(self) -> None:
        """Tell the far end that it rings here (180)."""
        self._lifetime.check()
        await self._thread.run(self._session.ring)

    async def connected(self) -> None:
        """Return when the call is confirmed and audio flows, whoever answered it."""
        await self._lifetime.come(self._confirmed)

    async def progressed(self) -> None:
        """Return when the far end has answered the INVITE in any way, 100 included."""
        await self._lifetime.come(self._progressed)

    async def audible(self) -> None:
        """Return when the far end is heard, even before it has answered (early media)."""
        await self._lifetime.come(self._heard)

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Play a prompt to its end, or to the first digit where ``interruptible``."""
        await self._saying.say(prompt, interruptible=interruptible)

    async def play(self, path: Path, seconds: float, *, interruptible: bool = False) -> bool:
        """Play a WAV file of that length; return whether a key cut it."""
        return await self._saying.play(path, seconds, interruptible=interruptible)

    @asynccontextmanager
    async def playing(self, prompt: Prompt) -> AsyncIterator[None]:
        """Let the far end hear a prompt again and again, without gaps, while a block lasts.

        It begins as soon as the prompt's audio is there. All who hear the same one at a time
        share a player, so that it may begin in the middle.
        """
        async with self._saying.repeated(prompt):
            yield

    @asynccontextmanager
    async def joined(self, other: Leg) -> AsyncIterator[None]:
        """Let the two far ends hear each other while a block lasts, as long as both are there.

        Each hears what the other one sends while it holds, such as music.
        """
        if not isinstance(other, SipLeg):
            raise TypeError("a leg on the wire is joined with its like only")
        self._lifetime.check()
        here, there = self._session, other._session
        links = [Link(*pair, through_hold=True) for pair in ((here, there), (there, here))]
        try:
            await self._thread.run(here.mixer.declare, *links)
            yield
        finally:
            self._thread.post(here.mixer.withdraw, *links)

    @asynccontextmanager
    async def hearing(self, other: Leg) -> AsyncIterator[None]:
        """Let this far end hear another one, and not the other way round, while a block lasts."""
        self._lifetime.check()
        async with one_way(self._thread, self._session.mixer, other, self.end):
            yield

    @asynccontextmanager
    async def recorder(self, path: Path) -> AsyncIterator[Recorder]:
        """Write two voices while a block lasts; see ``telephony.leg.Leg``."""
        self._lifetime.check()
        recorder = StereoRecorder(self._session.mixer, str(path))
        try:
            await self._thread.run(recorder.start)
            yield _Recorder(self._thread, recorder)
        finally:
            self._thread.post(recorder.stop)
            await recording.completed(path)

    async def ask(
        self,
        prompt: Prompt | None,
        *,
        digits: int = 1,
        end: str = "",
        commands: str = "",
        first: float = 5.0,
        between: float = 3.0,
    ) -> str:
        """Play a prompt, collect digits and return them."""
        collector = DigitCollector(digits, end, commands)
        if prompt is not None:
            await self.say(prompt)
        while True:
            try:
                key = await self.next_key(first if collector.empty else between)
            except TimeoutError:
                return collector.expire()
            result = collector.feed(key)
            if result is not None:
                return result

    async def next_key(self, seconds: float | None = None) -> str:
        """Return the next key that the far end presses.

        Raises:
            TimeoutError: none came in time.
        """
        return await self._keys.next(seconds)

    async def pause(self, seconds: float) -> None:
        """Stay silent, and listen; a digit does not end it."""
        self._lifetime.check()
        await self._lifetime.unless_over(asyncio.ensure_future(asyncio.sleep(seconds)))

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        """Write what the caller says to a WAV file, which is complete whatever ends it.

        Raises:
            SetupError: the disk is full; what could be written is there.
        """
        self._lifetime.check()
        self._keys.drop()
        return await dictation.taken(
            self, path, longest=longest, silence=silence, first=first, end=end
        )

    def conceal(self, keys: Conceal) -> None:
        """Keep the keys that come from now on out of records and logs, or no longer."""
        self._keys.conceal = keys

    async def hangup(self, reason: str = "normal", cause: Cause | None = None) -> None:
        """End the call; safe to call twice."""
        if self.over or self._leaving:
            return
        self._leaving = True
        self.note("hangup", reason=reason)
        await self._thread.run(self._session.end, cause)

    async def refuse(self, code: int, retry_after: int | None = None) -> None:
        """Answer an INVITE with a failure code."""
        await self._thread.run(self._session.refuse, code, retry_after)

    def note(self, kind: str, **details: Detail) -> None:
        """Write an event into the call's timeline."""
        self.timeline.note(kind, details)

    # What a calling party does besides

    async def press(self, digit: str) -> None:
        """Send one key as telephone-event; PJSIP takes 200 ms for it."""
        self._lifetime.check()
        await self._thread.run(self._session.press, digit)

    async def start_recording(self, path: Path) -> None:
        """Write what the far end says to a WAV file until that is stopped, or the call ends.

        Raises:
            CallError: the file cannot be made.
        """
        await self._thread.run(self._session.start_recording, str(path))

    async def stop_recording(self) -> None:
        """Close that file."""
        await self._thread.run(self._session.stop_recording)

    def clock(self) -> float:
        """Return seconds that go on only while the far end does not hold."""
        return self._lifetime.hold.clock()

    def refer(self, uri: str) -> AsyncGenerator[Status, None]:
        """Ask the far end to call somebody else, and yield how it goes."""
        return self._asked(self._session.refer, uri)

    def put_through(self, other: "SipLeg") -> AsyncGenerator[Status, None]:
        """Ask the far end to talk to that of another call of ours, and yield how it goes."""
        return self._asked(self._session.put_through, other._session)

    async def _asked(
        self, command: Callable[..., None], *args: object
    ) -> AsyncGenerator[Status, None]:
        self._lifetime.check()
        statuses = self._statuses = asyncio.Queue()
        await self._thread.run(command, *args)
        while True:
            told = asyncio.ensure_future(statuses.get())
            try:
                status = await self._lifetime.unless_over(told)
            except HungUp:  # what it has told before it went counts
                if told.done() and not told.cancelled():
                    yield told.result()
                while not statuses.empty():
                    yield statuses.get_nowait()
                raise
            yield status

    async def let_wait(self) -> None:
        """Hold the far end, to talk to somebody else."""
        await self._offer(self._session.let_wait)

    async def be_back(self) -> None:
        """Hold it no longer."""
        await self._offer(self._session.be_back)

    async def _offer(self, command: Callable[[], None]) -> None:
        """Make another offer, as soon as the one before is answered (RFC 3264, section 4)."""
        until = time.monotonic() + _OFFERED
        while True:
            self._lifetime.check()
            try:
                return await self._thread.run(command)
            except CallError:
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_LOOK)

    async def next_referral(self) -> Referral:
        """Return what the far end asks next by REFER; others are declined."""
        self._lifetime.check()
        came: asyncio.Future[Referral] = asyncio.get_running_loop().create_future()
        self._referral = came
        self._thread.post(self._session.wait_for_referral, True)
        try:
            return await self._lifetime.unless_over(came)
        except HungUp:
            if came.done() and not came.cancelled():  # it has hung up right after its 202
                return came.result()
            raise
        except asyncio.CancelledError:
            if came.done() and not came.cancelled():
                self.tell(came.result(), _DECLINED)
            raise
        finally:
            self._thread.post(self._session.wait_for_referral, False)

    def tell(self, referral: Referral, code: int) -> None:
        """Tell the far end how it goes with what it has asked by REFER."""
        self._thread.post(referrals.tell, referral.number, code)

    @property
    def holds(self) -> bool:
        """Whether the far end holds."""
        return self._lifetime.hold.on

    async def hold_turned(self) -> None:
        """Return when it holds, or no longer."""
        await self._lifetime.unless_over(asyncio.shield(self._lifetime.hold.turned))

    async def sends(self, within: float) -> bool:
        """Whether any audio comes from the far end in that time; one that holds need not send."""
        clock = asyncio.get_running_loop().time
        until = clock() + within
        known = await self._thread.run(self._session.received)
        while not self._lifetime.hold.on and clock() < until:
            await self.pause(_LOOK)
            if await self._thread.run(self._session.received) != known:
                return True
        return self._lifetime.hold.on

    async def level(self) -> int:
        """Return the level of what the far end sends just now, 0 (silence) to 100."""
        return await self._thread.run(self._session.level)

    async def wait_over(self) -> None:
        """Return when the call is over."""
        await self._lifetime.wait_over()

    @property
    def end(self) -> End:
        """What it is to the mixer."""
        return self._session

    @property
    def over(self) -> bool:
        """Whether the call is over."""
        return self._lifetime.over

    @property
    def answered(self) -> bool:
        """Whether the call is confirmed, or was."""
        return self._confirmed.done()

    @property
    def first_words(self) -> float | None:
        """Seconds from the INVITE until the first prompt began; None: none has."""
        began = self._saying.began
        return None if began is None else began - self._began

    # What the session tells

    def confirmed(self) -> None:
        """See SessionEvents."""
        self.progress(alerting=False)
        self.early()
        if not self._confirmed.done():
            self._confirmed.set_result(None)

    def key(self, digit: str) -> None:
        """See SessionEvents."""
        secret = self._keys.put(digit)
        self.note("digit", digit=digit, **({"secret": True} if secret else {}))

    def progress(self, alerting: bool) -> None:
        """See SessionEvents."""
        self.alerting = self.alerting or alerting
        if not self._progressed.done():
            self._progressed.set_result(None)

    def talks(self, codec: str) -> None:
        """See SessionEvents."""
        self.codecs = (codec,)

    def early(self) -> None:
        """See SessionEvents."""
        if not self._heard.done():
            self._heard.set_result(None)

    def held(self, on: bool) -> None:
        """See SessionEvents."""
        self._lifetime.hold.turn(on=on)
        self.note("hold" if on else "resume")

    def moved(self, uri: str) -> None:
        """See SessionEvents."""
        self.moved_to = uri

    def referred(self, code: int, reason: str) -> None:
        """See SessionEvents."""
        self._statuses.put_nowait(Status(code, reason))

    def asked(self, referral: Referral) -> None:
        """See SessionEvents."""
        if self._referral.done():  # whoever waited for it has just gone
            self.tell(referral, _DECLINED)
        else:
            self._referral.set_result(referral)

    def played(self, token: int, cut: bool) -> None:
        """See SessionEvents."""
        self._saying.played(token, cut)

    def ended(
        self, by_far_end: bool, code: int, reason: str, quality: Quality | None = None
    ) -> None:
        """See SessionEvents."""
        self.quality = quality
        self.outcome = Ended("caller" if by_far_end else "agent", code, reason)
        if self.setup is not None:
            self.length = time.monotonic() - self._began - self.setup
        self.refused = not (by_far_end or self._confirmed.done()) and code >= 300
        if by_far_end:
            self.note("hung-up", code=code, reason=reason)
        elif self.refused:
            self.note("refused", code=code, reason=reason)
        self._lifetime.end()
