"""Ringing on real legs: carries out what ``switching.ring`` decides."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

import structlog

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.switching import ring
from sipagent.switching.ring import Plan, Ring
from sipagent.switching.ways import gives_up
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.outcome import ELSEWHERE, Ended, Reached
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import UNKNOWN, Origin, Phones, Route

#: So often a call is sent on by those who are called.
_MOST_MOVES = 3
#: The key with which an outside party takes the call, and the seconds in which it has to be
#: pressed once the question was asked.
_KEY, _PATIENCE = "1", 10.0
#: Seconds in which a phone of the house gives a sign of life; PJSIP gives up after 32 (RFC 3261,
#: section 17.1.1.2). And those in which a trunk does, where there is another one.
_ALIVE, _SILENCE = 2.0, 4.0
#: What networks that take no number of others answer with (RFC 3261, section 21.4.4), and those
#: that want to show one (RFC 5079).
_FORBIDDEN = frozenset({403, 433})
#: How a leg ended whose far end has not said so in time.
_UNKNOWN = Ended("agent", 0, "")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What those who are called may hear.

    Args:
        confirm: who has to press 1.
        taken: who has answered after somebody else; without it they are hung up at once.
    """

    confirm: Prompt | None = None
    taken: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Sounds:
    """What is heard while parties are called.

    Args:
        ringback: by the caller, until somebody answers; None: whoever rings lets the caller hear
            something else, and nobody who has not answered is heard.
        words: by those who are called.
        own: by a party that is to hear them in another language.
    """

    ringback: Prompt | None
    words: Words = Words()
    own: Mapping[Party, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rang:
    """How it went: the ``leg`` of the ``party`` that has taken the call, or why nobody has.

    ``code`` is that of SIP, 0 for none. ``picked_up`` is whether the party was not called, but has
    picked the call up; ``moved`` is whether it has sent the call on (3xx) to who has it. ``signs``
    says of the phones of the house that were called which of them are there; of some that is not
    known yet.
    """

    leg: Leg | None
    reached: Reached
    code: int = 0
    reason: str = ""
    party: Party | None = None
    picked_up: bool = False
    moved: bool = False
    signs: Mapping[Party, bool] = field(default_factory=dict)


class Pickup:
    """Where somebody who is not called takes a call that rings."""

    def __init__(self) -> None:
        self._claims: asyncio.Queue[_Claim | None] = asyncio.Queue()
        self._over = False

    async def take(self, leg: Leg, party: Party) -> bool:
        """Take the call; return whether it is theirs: somebody else may have been faster.

        Args:
            leg: of who takes it, connected.
            party: who that is.
        """
        if self._over:
            return False
        claim = _Claim(leg, party, asyncio.get_running_loop().create_future())
        self._claims.put_nowait(claim)
        return await claim.won

    def gone(self) -> None:
        """Tell those who are called that somebody has taken it who is no part of this ringing."""
        self._claims.put_nowait(None)

    async def claimed(self) -> "_Claim | None":
        """Return the next who wants to take it; None: it is gone."""
        return await self._claims.get()

    def close(self) -> None:
        """Tell whoever comes too late."""
        self._over = True
        while not self._claims.empty():
            if (claim := self._claims.get_nowait()) is not None:
                claim.settle(won=False)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Somebody who wants to take a call, and who is told whether it is theirs."""

    leg: Leg
    party: Party
    won: "asyncio.Future[bool]"

    def settle(self, *, won: bool) -> None:
        if not self.won.done():  # whoever waited for it may have gone
            self.won.set_result(won)


@contextlib.asynccontextmanager
async def ringing(
    phones: Phones,
    caller: Leg,
    plan: Plan,
    sounds: Sounds,
    origin: Origin = UNKNOWN,
    *,
    pickup: Pickup | None = None,
    record: Leg | None = None,
) -> AsyncIterator[Rang]:
    """Call the parties of a plan, and keep the leg of who takes the call for the block.

    The caller hears it ring meanwhile, or the only one who is called where they are heard. All
    other legs are ended, and that of the winner when the block is left; not that of who has picked
    it up (``pickup``), who is no part of the plan. A phone of the house (``Party.contact``) that
    gives no sign of life is not waited for. It is told of in the record of another leg than the
    caller's where there is one (``record``).

    Raises:
        HungUp: the caller is gone.
    """
    attempts = _Attempts(phones, caller, plan, sounds, origin, pickup or Pickup(), record or caller)
    try:
        yield await attempts.decided()
    finally:
        await tasks.to_the_end(attempts.close(), f"unring-{caller.id}")


class _Attempt:
    """One party that is being called."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.leg: Leg | None = None
        #: Whether it has answered.
        self.answered = False
        #: Whether it has taken the call, or somebody else has.
        self.won = self.elsewhere = False
        #: Whether it has sent the call on.
        self.moved = False
        #: Whether it has given a sign of life; None: that is not known.
        self.alive: bool | None = None
        #: Set once it is to be asked for the key.
        self.asked = asyncio.Event()


class _Attempts:
    """All parties that are being called for one caller."""

    def __init__(
        self,
        phones: Phones,
        caller: Leg,
        plan: Plan,
        sounds: Sounds,
        origin: Origin,
        pickup: Pickup,
        record: Leg,
    ) -> None:
        self._phones = phones
        self._caller = caller
        self._record = record
        self._plan = plan
        self._sounds = sounds
        self._origin = origin
        self._pickup = pickup
        #: Who wants to take the call, and is not called.
        self._claim: _Claim | None = None
        self._ring = Ring(plan)
        self._events: asyncio.Queue[ring.Event] = asyncio.Queue()
        self._attempts = [_Attempt() for _ in plan.parties]
        self._timers: list[asyncio.TimerHandle] = []
        self._watches: list[asyncio.Task[None]] = []
        #: What the caller hears.
        self._hearing = contextlib.AsyncExitStack()

    async def decided(self) -> Rang:
        """Call them until somebody has taken the call, or all have not."""
        self._watches = [
            tasks.begin(self._watch_caller(), f"caller-{self._caller.id}"),
            tasks.begin(self._watch_pickup(), f"pickup-{self._caller.id}"),
        ]
        try:
            actions = self._ring.start()
            while True:
                for action in actions:
                    if (rang := await self._do(action)) is not None:
                        return rang
                if self._ring.over:
                    raise HungUp("the caller is gone")
                actions = self._ring.feed(await self._events.get())
        finally:
            self._pickup.close()
            if self._claim is not None:  # unless it is theirs, and they know
                self._claim.settle(won=False)
            await self._hearing.aclose()

    async def close(self) -> None:
        """End every leg that is left."""
        for timer in self._timers:
            timer.cancel()
        called = (attempt.task for attempt in self._attempts)
        await tasks.cancelled(*self._watches, *(task for task in called if task is not None))

    async def _watch_caller(self) -> None:
        await self._caller.wait_over()
        self._events.put_nowait(ring.Abandoned())

    async def _watch_pickup(self) -> None:
        self._claim = await self._pickup.claimed()
        self._events.put_nowait(ring.PickedUp())

    # What is to be done

    async def _do(self, action: ring.Action) -> Rang | None:
        match action:
            case ring.SetTimer(timer, seconds):
                event = ring.TimeUp(timer)
                loop = asyncio.get_running_loop()
                self._timers.append(loop.call_later(seconds, self._events.put_nowait, event))
            case ring.Dial(party):
                work = self._attempt(party)
                name = f"ring-{self._caller.id}-{party}"
                self._attempts[party].task = tasks.begin(work, name)
            case ring.Ask(party):
                self._attempts[party].asked.set()
            case ring.Cancel(party, elsewhere):
                self._cancel(self._attempts[party], elsewhere=elsewhere)
            case ring.Hear(party):
                await self._hear(party)
            case ring.Won(party):
                winner = self._attempts[party]
                winner.won = True
                whom = self._plan.parties[party].party
                signs, moved = self._signs(), winner.moved
                return Rang(winner.leg, Reached.ANSWERED, 200, party=whom, moved=moved, signs=signs)
            case ring.Gone() if self._claim is not None:
                self._claim.settle(won=True)
                leg, whom = self._claim.leg, self._claim.party
                self._record.note("second-leg", sip_id=leg.sip_id, party=str(whom))
                return Rang(
                    leg, Reached.ANSWERED, 200, party=whom, picked_up=True, signs=self._signs()
                )
            case ring.Gone():
                return Rang(None, Reached.NO_ANSWER, reason=ELSEWHERE.text, signs=self._signs())
            case ring.Lost(reached, code, reason):
                return Rang(None, reached, code, reason, signs=self._signs())
        return None

    def _signs(self) -> dict[Party, bool]:
        both = zip(self._plan.parties, self._attempts, strict=True)
        return {
            called.party: attempt.alive for called, attempt in both if attempt.alive is not None
        }

    def _cancel(self, attempt: _Attempt, *, elsewhere: bool) -> None:
        attempt.elsewhere = elsewhere
        # Whoever is just being dialled rings already: their leg comes, and tells them.
        if attempt.task is not None and (attempt.leg is not None or not elsewhere):
            attempt.task.cancel()

    async def _hear(self, party: int | None) -> None:
        """Let the caller hear a party, or ringback; who is gone just now is told of elsewhere."""
        ringback = self._sounds.ringback
        if ringback is None:
            return
        await self._hearing.aclose()
        leg = None if party is None else self._attempts[party].leg
        with contextlib.suppress(HungUp):
            heard = self._caller.playing(ringback) if leg is None else self._caller.joined(leg)
            await self._hearing.enter_async_context(heard)

    # One party

    async def _attempt(self, party: int) -> None:
        """Call a party, and whom it sends us on to; tell how that went, whatever it was."""
        code, reason = 0, "a fault of this line"
        called = self._plan.parties[party]
        origin = called.origin or self._origin
        try:
            leg = await self._reached(party, called.party, origin)
            if called.fallback is not None and self._forbidden(party, leg):
                origin = called.fallback
                leg = await self._reached(party, called.party, origin)
            for _ in range(_MOST_MOVES):
                followed = self._followed(called.party, leg, origin)
                if followed is None or self._attempts[party].elsewhere:
                    break
                self._attempts[party].moved = True
                leg = await self._reached(party, followed, origin)
            _, code, reason = leg.outcome or _UNKNOWN
        except CallError as error:
            reason = str(error)
        finally:  # one who is asked for the key may take as long as he likes, and is waited for
            self._events.put_nowait(ring.Failed(party, code, reason))

    def _forbidden(self, party: int, leg: Leg) -> bool:
        """Whether the network does not take a call, while somebody still wants it."""
        wanted = not self._attempts[party].elsewhere
        return wanted and (leg.outcome or _UNKNOWN).code in _FORBIDDEN

    async def _reached(self, party: int, whom: Party, origin: Origin) -> Leg:
        """Call one on the first way that takes the call, and see it end; return its leg."""
        *others, last = self._phones.routes(whom, origin)
        for route in others:
            try:
                leg = await self._called(party, whom, origin, route, _SILENCE)
            except TargetRefused:
                raise
            except CallError as error:
                self._record.note("trunk-failed", trunk=route.trunk, reason=str(error))
                continue
            if self._attempts[party].elsewhere or not gives_up(leg, whom):
                return leg
            _, code, reason = leg.outcome or _UNKNOWN
            self._record.note("trunk-failed", trunk=route.trunk, code=code, reason=reason)
        return await self._called(party, whom, origin, last, None)

    async def _called(
        self, party: int, whom: Party, origin: Origin, route: Route, patience: float | None
    ) -> Leg:
        """Call one, and see it end; return its leg, which may be silent no longer than that."""
        attempt = self._attempts[party]
        origin = replace(origin, codecs=tuple(self._caller.codecs))
        try:
            async with self._phones.dialling(whom, origin, route) as leg:
                attempt.leg = leg
                self._record.note(
                    "second-leg", sip_id=leg.sip_id, party=str(whom), trunk=route.trunk
                )
                try:
                    if not attempt.elsewhere:
                        if patience is not None:
                            async with asyncio.timeout(patience):
                                await leg.progressed()
                        await self._talk_to(party, whom, attempt, leg)
                except (HungUp, TimeoutError):
                    pass
                finally:
                    if attempt.elsewhere:
                        await self._send_away(attempt, leg, self._words(party).taken)
        finally:
            self._note_end(attempt)
        return leg

    def _note_end(self, attempt: _Attempt) -> None:
        """Note how a leg ended, unless it has taken the call: its conversation tells of that."""
        leg, attempt.leg = attempt.leg, None
        if leg is not None and not attempt.won:
            _, code, reason = leg.outcome or _UNKNOWN
            reason = ELSEWHERE.text if attempt.elsewhere else reason
            self._record.note("second-leg-over", sip_id=leg.sip_id, code=code, reason=reason)

    async def _talk_to(self, party: int, whom: Party, attempt: _Attempt, leg: Leg) -> None:
        """Wait for the answer of a party, ask it where that is to be, and see it leave."""
        early = tasks.begin(self._listen(party, leg), f"early-{leg.id}")
        try:
            if whom.contact and not await self._lives(attempt, leg):
                self._events.put_nowait(ring.Failed(party, 0, "gives no sign of life"))
                return
            await leg.connected()
        finally:
            await tasks.cancelled(early)
        attempt.answered = True
        self._events.put_nowait(ring.Answered(party))
        if self._plan.parties[party].confirm:
            await attempt.asked.wait()
            confirmed = await self._confirmed(leg, self._words(party).confirm)
            self._events.put_nowait(ring.Confirmed(party) if confirmed else ring.Silent(party))
        await leg.wait_over()

    async def _lives(self, attempt: _Attempt, leg: Leg) -> bool:
        """Whether a phone of the house is there: one that is switched off says nothing at all."""
        try:
            async with asyncio.timeout(_ALIVE):
                await leg.progressed()
                attempt.alive = True
        except HungUp:  # by a refusal, unless this end has given up
            attempt.alive = True if (leg.outcome or _UNKNOWN).by == "caller" else None
            raise
        except TimeoutError:
            attempt.alive = False
        return bool(attempt.alive)

    async def _listen(self, party: int, leg: Leg) -> None:
        await leg.audible()
        self._events.put_nowait(ring.Early(party))

    def _words(self, party: int) -> Words:
        """Return what a party hears."""
        return self._sounds.own.get(self._plan.parties[party].party, self._sounds.words)

    async def _confirmed(self, leg: Leg, question: Prompt | None) -> bool:
        """Whether a party presses 1, and not just any key, in time."""
        if question is not None:
            await leg.say(question)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while await leg.next_key() != _KEY:
                    pass
                return True
        return False

    async def _send_away(self, attempt: _Attempt, leg: Leg, taken: Prompt | None) -> None:
        """Tell a party that somebody else has taken the call."""
        try:
            if attempt.answered and taken is not None:
                with contextlib.suppress(CallError):
                    await leg.say(taken, interruptible=False)
        finally:
            await tasks.to_the_end(leg.hangup("elsewhere", ELSEWHERE), f"elsewhere-{leg.id}")

    def _followed(self, party: Party, leg: Leg, origin: Origin) -> Party | None:
        """Return whom to call in place of a party that has moved (RFC 3261, section 21.3)."""
        uri = leg.moved_to
        if not uri:
            return None
        try:
            followed = self._phones.moved(party, uri)
            route = self._phones.routes(followed, origin)[0]
        except TargetRefused as error:
            log.warning("redirection refused", call_id=self._caller.id, uri=uri, reason=str(error))
            return None
        self._record.note("moved", sip_id=leg.sip_id, uri=route.uri, trunk=route.trunk)
        return followed
