"""Who is rung for whom in all queues (ACD): a state machine without clock, network or tasks.

It is fed what happens and the time (seconds of any steady clock), and says what is to be done.
Members are shared by all queues: whoever is rung, talks or wraps up is so for each of them.
"""

import bisect
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sipagent.exchange.queues.events import (
    Came,
    Changed,
    Claimed,
    Decision,
    Does,
    Doing,
    End,
    Ended,
    Engaged,
    Event,
    Failed,
    Finished,
    Late,
    Left,
    Missed,
    Offer,
    Pause,
    Presences,
    Ready,
    TakenOut,
    Waiter,
    Withdraw,
    Won,
)
from sipagent.exchange.queues.model import Queue, QueueMember, Strategy
from sipagent.exchange.values import Ref

#: Seconds in which a member is not rung again.
_REST = {Missed.MISSED: 2.0, Missed.REFUSED: 10.0, Missed.BUSY: 5.0}
_REST |= {Missed.DEAD: 10.0, Missed.UNREACHABLE: 20.0}
#: What counts as a miss: a telephone that rings, or ought to, and nobody answers it.
_MISSES = frozenset({Missed.MISSED, Missed.DEAD})


@dataclass(eq=False, slots=True)
class _Waiting:
    """One who waits, and who is rung for them."""

    who: Waiter
    #: When they go on elsewhere.
    until: float
    rung: set[Ref] = field(default_factory=set)
    #: Who was rung in vain; once all who could be were, all are again.
    tried: set[Ref] = field(default_factory=set)


@dataclass(eq=False, slots=True)
class Agent:
    """A member, over all queues.

    ``queue`` is whose caller is offered to them, talks to them, or did; ``offer`` is that of whom
    they are rung for, ``got`` the last one that they have got; ``until`` is when wrap-up ends, or
    they may be rung again.
    """

    member: Ref
    doing: Doing = Doing.IDLE
    queue: str = ""
    offer: int | None = None
    got: Waiter | None = None
    withdrawn: bool = False
    busy: bool = False
    until: float = -math.inf
    idle_since: float = -math.inf
    misses: int = 0
    taken: Counter[str] = field(default_factory=Counter)


class Distribution:
    """The state of all queues.

    Args:
        chance: draws lots.
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._presences = Presences()
        self._waiting: dict[int, _Waiting] = {}
        #: In the order of their turns.
        self._line: list[_Waiting] = []
        #: The queues that have served one who is called back last.
        self._called_back: set[str] = set()
        self.agents: dict[Ref, Agent] = {}
        self._decisions: list[Decision] = []
        self._now = -math.inf

    # What is asked

    @property
    def due(self) -> float:
        """When ``Due`` is to be fed, if nothing else happens before; infinity: never."""
        times = [one.until for one in self._line]
        times += [one.who.not_before for one in self._line if one.who.not_before > self._now]
        times += [one.until for one in self.agents.values() if one.until > self._now]
        return min(times, default=math.inf)

    def waiting(self, queue: str) -> list[Waiter]:
        """Return who waits, in the order of their turns."""
        return [one.who for one in self._line if one.who.queue == queue]

    def waiter(self, id: int) -> Waiter | None:
        """Return one who waits; None: they do not."""
        return self._waiting[id].who if id in self._waiting else None

    def rung(self, id: int) -> frozenset[Ref]:
        """Return who is rung for somebody."""
        return frozenset(self._waiting[id].rung) if id in self._waiting else frozenset()

    def is_there(self, queue: str, member: Ref) -> bool:
        """Whether a member is logged in."""
        return member in self._presences.there.get(queue, ())

    def is_paused(self, member: Ref) -> bool:
        """Whether a member takes no calls for a while."""
        return member in self._presences.paused

    # What happens

    def feed(self, event: Event, now: float) -> list[Decision]:
        """Take what has happened at a time; return what is to be done, in order."""
        self._now = now
        match event:
            case Came(waiter):
                self._came(waiter)
            case Left(id):
                self._drop(id, elsewhere=False)
            case TakenOut(id) if id in self._waiting:
                self._end(self._waiting[id], End.LEFT)
            case Failed(id, member, how):
                self._failed(id, member, how)
            case Claimed(id, member):
                self._claimed(id, member)
            case Finished(member):
                self._finished(self._agent(member))
            case Ready(member):
                self._ready(self._agent(member))
            case Engaged(member, busy):
                self._agent(member).busy = busy
            case Changed(presences):
                self._changed(presences)
        self._let_go()
        self._distribute()
        decisions, self._decisions = self._decisions, []
        return decisions

    def _came(self, who: Waiter) -> None:
        queue = self._presences.queues.get(who.queue)
        if queue is None or not self._somebody(queue):
            self._decisions.append(Ended(who.id, End.NOBODY))
        elif queue.most and not (who.absent or who.back) and len(self._live(queue)) >= queue.most:
            self._decisions.append(Ended(who.id, End.TOO_MANY))
        else:
            until = math.inf if who.absent else self._now + queue.longest
            waiting = _Waiting(who, until)
            self._waiting[who.id] = waiting
            bisect.insort(self._line, waiting, key=lambda one: one.who.turn)

    def _live(self, queue: Queue) -> list[Waiter]:
        return [one for one in self.waiting(queue.name) if not one.absent]

    def _drop(self, id: int, *, elsewhere: bool) -> None:
        waiting = self._waiting.pop(id, None)
        if waiting is not None:
            self._line.remove(waiting)
            self._withdraw(waiting, elsewhere=elsewhere)

    def _withdraw(self, waiting: _Waiting, *, elsewhere: bool) -> None:
        for member in sorted(waiting.rung):
            self._call_off(waiting, member, elsewhere=elsewhere)

    def _call_off(self, waiting: _Waiting, member: Ref, *, elsewhere: bool) -> None:
        agent = self.agents[member]
        if not agent.withdrawn:
            agent.withdrawn = True
            self._decisions.append(Withdraw(waiting.who.id, member, elsewhere))
        waiting.rung.discard(member)

    def _failed(self, id: int, member: Ref, how: Missed) -> None:
        agent = self._agent(member)
        if agent.offer != id:
            self._never_met(agent, id)
            return
        waiting = self._waiting.get(id)
        if waiting is not None:
            waiting.rung.discard(member)
            waiting.tried.add(member)
        counts = not agent.withdrawn and not agent.busy
        agent.offer, agent.withdrawn = None, False
        agent.until = self._now + (_REST.get(how, 0.0) if counts else 0.0)
        self._does(agent, Doing.IDLE)
        if counts and how in _MISSES:
            agent.misses += 1
            queue = self._presences.queues.get(agent.queue)
            if queue is not None and queue.misses and agent.misses >= queue.misses:
                agent.misses = 0
                self._decisions.append(Pause(member, queue.name))
                agent.until = math.inf if self.is_there(queue.name, member) else agent.until

    def _claimed(self, id: int, member: Ref) -> None:
        agent, waiting = self._agent(member), self._waiting.get(id)
        if agent.offer != id or agent.withdrawn or waiting is None:
            self._decisions.append(Late(id, member))
            return
        waiting.rung.discard(member)
        agent.offer, agent.got, agent.misses = None, waiting.who, 0
        agent.taken[waiting.who.queue] += 1
        self._drop(id, elsewhere=True)
        self._decisions.append(Won(id, member))
        self._does(agent, Doing.TALK)

    def _never_met(self, agent: Agent, id: int) -> None:
        """Take that a member who has got a caller was broken off before the two met."""
        if agent.doing is not Doing.TALK or agent.got is None or agent.got.id != id:
            return
        self._does(agent, Doing.IDLE)
        if agent.got.absent:  # nobody waits for them but this line
            self._came(agent.got)

    def _finished(self, agent: Agent) -> None:
        if agent.doing is not Doing.TALK:
            return
        queue = self._presences.queues.get(agent.queue)
        agent.idle_since = self._now
        if queue is not None and queue.wrap_up:
            agent.until = self._now + queue.wrap_up
            self._does(agent, Doing.WRAP)
        else:
            self._does(agent, Doing.IDLE)

    def _ready(self, agent: Agent) -> None:
        if agent.doing is Doing.WRAP:
            agent.until = self._now
            self._does(agent, Doing.IDLE)

    def _changed(self, presences: Presences) -> None:
        before, self._presences = self._presences, presences
        known = {member for members in presences.there.values() for member in members}
        for member in known:
            self._agent(member)
        resumed = set(before.paused) - set(presences.paused)
        for agent in self.agents.values():
            if agent.member in resumed and agent.doing is Doing.IDLE:
                agent.until = self._now
        for waiting in list(self._line):
            there = presences.there.get(waiting.who.queue, ())
            for member in sorted(waiting.rung):
                if member not in there or self.is_paused(member):
                    self._call_off(waiting, member, elsewhere=False)
        gone = [one for one in self.agents.values() if one.member not in known]
        for agent in gone:
            if agent.doing is Doing.IDLE and not agent.busy:
                del self.agents[agent.member]

    # What follows

    def _let_go(self) -> None:
        """End wrap-ups that are over, and the waiting of who has waited too long, or for nobody."""
        for agent in self.agents.values():
            if agent.doing is Doing.WRAP and agent.until <= self._now:
                self._does(agent, Doing.IDLE)
        nobody = {
            name for name, queue in self._presences.queues.items() if not self._somebody(queue)
        }
        for waiting in list(self._line):
            queue = waiting.who.queue
            if queue not in self._presences.queues or (queue in nobody and not waiting.who.absent):
                self._end(waiting, End.NOBODY)
            elif waiting.until <= self._now:
                self._end(waiting, End.TOO_LONG)

    def _end(self, waiting: _Waiting, why: End) -> None:
        self._drop(waiting.who.id, elsewhere=False)
        self._decisions.append(Ended(waiting.who.id, why))

    def _somebody(self, queue: Queue) -> bool:
        """Whether somebody is logged in; a pause is short, unless the line has made it."""
        there = self._presences.there.get(queue.name, ())
        return any(one not in self._presences.away for one in there)

    def _distribute(self) -> None:
        """Ring free members for those who wait, the first one first."""
        free = {member for member, agent in self.agents.items() if self._is_free(agent)}
        for waiting in self._in_turn():
            if not free:
                return
            if waiting.who.not_before > self._now:
                continue
            queue = self._presences.queues[waiting.who.queue]
            for member in list(self._chosen(waiting, queue, free)):
                free.discard(member)
                waiting.rung.add(member)
                if waiting.who.absent:
                    self._called_back.add(queue.name)
                else:
                    self._called_back.discard(queue.name)
                agent = self.agents[member]
                agent.offer, agent.queue = waiting.who.id, queue.name
                self._decisions.append(Offer(waiting.who.id, member))
                self._does(agent, Doing.RING)

    def _in_turn(self) -> Iterator[_Waiting]:
        """Yield those who wait; between two who are called back comes one who is on the line."""
        later = []
        for waiting in self._line:
            if waiting.who.absent and waiting.who.queue in self._called_back:
                later.append(waiting)
            else:
                yield waiting
        yield from later

    def _is_free(self, agent: Agent) -> bool:
        return (
            agent.doing is Doing.IDLE
            and not agent.busy
            and agent.until <= self._now
            and not self.is_paused(agent.member)
        )

    def _chosen(self, waiting: _Waiting, queue: Queue, free: set[Ref]) -> Iterator[Ref]:
        """Yield who is to be rung now."""
        if waiting.rung and (waiting.who.absent or queue.strategy is not Strategy.ALL):
            return
        suited = self._suited(waiting.who, queue)
        found = [one for one in suited if one in free]
        if not found:
            return
        found = [one for one in found if one not in waiting.tried] or found
        if waiting.tried.issuperset(found):
            waiting.tried.clear()
        listed = {Ref.of(one.who): one for one in queue.members}
        tiers = {one: _tier(listed.get(one)) for one in suited}
        first = min(tiers[one] for one in (*found, *(waiting.rung & tiers.keys())))
        found = [one for one in found if tiers[one] == first]
        if queue.strategy is Strategy.ALL and not waiting.who.absent:
            yield from found
        else:
            yield self._best(queue, found)

    def _suited(self, who: Waiter, queue: Queue) -> list[Ref]:
        """Return who is logged in for one who waits, in their order."""
        there = list(self._presences.there.get(queue.name, ()))
        skilled = {Ref.of(one.who) for one in queue.members if who.skill in one.skills}
        return [one for one in there if one in skilled] or there if who.skill else there

    def _best(self, queue: Queue, found: list[Ref]) -> Ref:
        match queue.strategy:
            case Strategy.RANDOM:
                return self._chance.choice(found)
            case Strategy.LONGEST_IDLE:
                return min(found, key=lambda one: self.agents[one].idle_since)
            case Strategy.FEWEST_CALLS:
                return min(
                    found,
                    key=lambda one: (
                        self.agents[one].taken[queue.name],
                        self.agents[one].idle_since,
                    ),
                )
        return found[0]

    def _agent(self, member: Ref) -> Agent:
        return self.agents.setdefault(member, Agent(member))

    def _does(self, agent: Agent, what: Doing) -> None:
        agent.doing = what
        self._decisions.append(Does(agent.member, what, agent.queue))


def _tier(listed: QueueMember | None) -> int:
    """Return the tier of a member; who is a guest is in the first one."""
    return listed.tier if listed is not None else 1
