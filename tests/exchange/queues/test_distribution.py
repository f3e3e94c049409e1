"""Who is rung for whom: the machine by itself, event by event, and in any history at all."""

import math
import random
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from sipagent.exchange.queues.distribution import Distribution
from sipagent.exchange.queues.events import (
    Came,
    Changed,
    Claimed,
    Decision,
    Doing,
    Due,
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
from sipagent.exchange.queues.model import Queue, Strategy
from sipagent.exchange.values import Kind, Ref
from tests.examples import examples

pytestmark = pytest.mark.unit

A, B, C, D = (Ref(Kind.USER, name) for name in "ABCD")
TOLD = (Offer, Withdraw, Won, Late, Ended, Pause)


def queue(name: str = "one", members: Sequence[Any] = (A, B), **fields: Any) -> Queue:
    listed = [one if isinstance(one, dict) else {"who": str(one)} for one in members]
    number = str(1000 + len(name))
    usual = {"name": name, "number": number, "members": listed, "strategy": "in-order"}
    return Queue.model_validate({**usual, **fields})


def there(*queues: Queue, out: Collection[Ref] = (), **fields: Any) -> Changed:
    """All members of queues are logged in but those who are out."""
    logged = {
        one.name: [ref for member in one.members if (ref := Ref.of(member.who)) not in out]
        for one in queues
    }
    return Changed(Presences({one.name: one for one in queues}, logged, **fields))


class Told:
    """A machine, and what it decides; ``at`` is the time."""

    def __init__(self, *queues: Queue, **fields: Any) -> None:
        self.machine = Distribution(random.Random(1))
        self.at = 0.0
        self(there(*queues, **fields))

    def __call__(self, event: Event, at: float | None = None) -> list[Decision]:
        self.at = self.at if at is None else at
        return [one for one in self.machine.feed(event, self.at) if isinstance(one, TOLD)]


def test_the_first_of_the_order_is_rung_and_the_next_after_a_miss() -> None:
    told = Told(queue())
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A)]
    assert told(Failed(1, A, Missed.MISSED), 20) == [Offer(1, B)]
    assert told(Failed(1, B, Missed.REFUSED), 25) == [Offer(1, A)]


def test_a_member_who_becomes_free_rings_before_one_who_was_rung_in_vain() -> None:
    told = Told(queue(members=(A, B, C)))
    told(Engaged(C, True))
    told(Came(Waiter(1, "one", 0.0)))
    told(Failed(1, A, Missed.MISSED), 20)
    told(Engaged(C, False))
    assert told(Failed(1, B, Missed.MISSED), 40) == [Offer(1, C)]


def test_each_caller_is_rung_for_by_another_member() -> None:
    told = Told(queue())
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A)]
    assert told(Came(Waiter(2, "one", 1.0))) == [Offer(2, B)]
    assert told(Came(Waiter(3, "one", 2.0))) == []
    assert told(Claimed(2, B)) == [Won(2, B)]
    assert told(Finished(B)) == [Offer(3, B)]


def test_all_ring_and_the_others_are_told_that_it_is_taken() -> None:
    told = Told(queue(strategy="all"))
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A), Offer(1, B)]
    assert told(Claimed(1, B)) == [Withdraw(1, A, elsewhere=True), Won(1, B)]
    assert told(Claimed(1, A)) == [Late(1, A)], "both have answered"
    assert told(Failed(1, A, Missed.ELSEWHERE)) == []
    assert told.machine.agents[A].doing is Doing.IDLE


def test_one_who_becomes_free_rings_with_the_others() -> None:
    told = Told(queue(strategy="all"))
    told(Engaged(B, True))
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A)]
    assert told(Engaged(B, False)) == [Offer(1, B)]


def test_the_one_who_has_been_idle_for_longest() -> None:
    told = Told(queue(strategy="longest-idle", members=(A, B)))
    for id, at in ((1, 0.0), (2, 10.0)):
        (offer,) = told(Came(Waiter(id, "one", at)), at)
        assert isinstance(offer, Offer)
        told(Claimed(id, offer.member))
        told(Finished(offer.member), at + 5)
    assert told(Came(Waiter(3, "one", 20.0)), 20) == [Offer(3, A)]


def test_the_one_who_has_had_the_fewest_calls() -> None:
    told = Told(queue(strategy="fewest-calls"))
    for id in (1, 2, 3):
        told(Came(Waiter(id, "one", float(id))), id)
        member = A if id != 2 else B
        assert told(Claimed(id, member)) == [Won(id, member)]
        told(Finished(member), id + 0.5)
    assert told(Came(Waiter(4, "one", 4.0)), 4) == [Offer(4, B)]


def test_chance_rings_everybody_at_last() -> None:
    told, rung = Told(queue(strategy="random", members=(A, B, C))), set()
    for id in range(50):
        (offer,) = told(Came(Waiter(id, "one", float(id))))
        assert isinstance(offer, Offer)
        rung.add(offer.member)
        told(Left(id))
        told(Failed(id, offer.member, Missed.WITHDRAWN))
    assert rung == {A, B, C}


def test_a_tier_rings_only_while_nobody_of_an_earlier_one_is_free() -> None:
    listed = [{"who": str(A), "tier": 2}, {"who": str(B), "tier": 1}, {"who": str(C), "tier": 1}]
    told = Told(queue(members=listed, strategy="all"))
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, B), Offer(1, C)]
    assert told(Failed(1, B, Missed.REFUSED)) == [], "another one of the tier rings"
    assert told(Failed(1, C, Missed.REFUSED)) == [Offer(1, A)]


def test_a_skill_is_asked_of_members_as_long_as_one_has_it() -> None:
    listed = [{"who": str(A)}, {"who": str(B), "skills": ["english"]}]
    told = Told(queue(members=listed))
    assert told(Came(Waiter(1, "one", 0.0, skill="english"))) == [Offer(1, B)]
    assert told(Came(Waiter(2, "one", 1.0, skill="english"))) == []
    assert told(Came(Waiter(3, "one", 2.0, skill="welsh"))) == [Offer(3, A)]


def test_who_has_a_higher_priority_is_first_and_stalls_nobody() -> None:
    """A caller inserted at position 1 stalls no queue."""
    told = Told(queue())
    told(Engaged(B, True))
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A)]
    assert told(Came(Waiter(2, "one", 1.0))) == []
    assert told(Came(Waiter(3, "one", 2.0, priority=5))) == []
    assert [one.id for one in told.machine.waiting("one")] == [3, 1, 2]
    assert told(Claimed(1, A)) == [Won(1, A)], "who rings already rings on"
    assert told(Engaged(B, False)) == [Offer(3, B)]
    told(Claimed(3, B))
    assert told(Finished(A), 60) == [Offer(2, A)]


def test_a_member_of_two_queues_is_rung_by_one_at_a_time() -> None:
    """A member of two queues is rung by one at a time."""
    told = Told(queue("one", [A]), queue("twos", [A]))
    assert told(Came(Waiter(1, "one", 0.0))) == [Offer(1, A)]
    assert told(Came(Waiter(2, "twos", 1.0))) == []
    assert told(Left(1)) == [Withdraw(1, A, elsewhere=False)]
    assert told(Due()) == [], "the telephone still rings"
    assert told(Failed(1, A, Missed.WITHDRAWN)) == [Offer(2, A)]


def test_wrap_up_is_in_all_queues_and_begins_when_the_member_has_left() -> None:
    """Wrap-up counts from the member's own end of talk, in all queues, after transfers too."""
    told = Told(queue("one", [A], wrap_up=30), queue("twos", [A]))
    told(Came(Waiter(1, "one", 0.0)))
    told(Claimed(1, A), 5)
    told(Came(Waiter(2, "twos", 6.0)), 6)
    assert told(Finished(A), 100) == [], "the caller may talk on to somebody else"
    assert told.machine.due == 130
    assert told(Due(), 129.9) == []
    assert told(Due(), 130) == [Offer(2, A)]


def test_wrap_up_ends_by_a_key() -> None:
    told = Told(queue(members=[A], wrap_up=30))
    told(Came(Waiter(1, "one", 0.0)))
    told(Claimed(1, A))
    told(Came(Waiter(2, "one", 1.0)))
    told(Finished(A), 10)
    assert told(Ready(A), 12) == [Offer(2, A)]
    assert told(Ready(A), 13) == [], "it means nothing at another time"


def test_a_private_call_makes_a_member_busy() -> None:
    """A member's private call makes it busy for queues."""
    told = Told(queue(members=[A]))
    told(Engaged(A, True))
    assert told(Came(Waiter(1, "one", 0.0))) == []
    assert told(Engaged(A, False)) == [Offer(1, A)]


def test_three_misses_pause_a_member() -> None:
    """A dead phone costs 2 s, not 32; three misses pause it and tell somebody."""
    told = Told(queue(members=[A], misses=3))
    told(Came(Waiter(1, "one", 0.0)))
    told(Failed(1, A, Missed.DEAD), 2)
    assert told(Due(), 12) == [Offer(1, A)]
    told(Failed(1, A, Missed.MISSED), 32)
    assert told(Due(), 34) == [Offer(1, A)]
    assert told(Failed(1, A, Missed.DEAD), 36) == [Pause(A, "one")]
    assert told(Due(), 100) == [], "it is not rung until the pause is written"


def test_a_refusal_and_a_private_call_are_no_miss() -> None:
    told = Told(queue(members=[A], misses=1))
    told(Came(Waiter(1, "one", 0.0)))
    assert told(Failed(1, A, Missed.REFUSED), 1) == []
    told(Due(), 11)
    told(Engaged(A, True))
    assert told(Failed(1, A, Missed.MISSED), 31) == []


def test_nobody_logged_in_and_too_many_and_too_long() -> None:
    one = queue(members=[A], most=1, longest=60)
    told = Told(one)
    told(Engaged(A, True))
    assert told(Came(Waiter(1, "one", 0.0))) == []
    assert told(Came(Waiter(2, "one", 1.0))) == [Ended(2, End.TOO_MANY)]
    assert told(Came(Waiter(2, "one", 1.0, back=True))) == [], "who comes back has a place"
    told(Left(2))
    assert told(Due(), 59.9) == []
    assert told.machine.due == 60
    assert told(Due(), 60) == [Ended(1, End.TOO_LONG)]
    told(there(one, out=[A]))
    assert told(Came(Waiter(3, "one", 61.0)), 61) == [Ended(3, End.NOBODY)]


def test_the_last_one_logs_out_while_a_telephone_rings() -> None:
    one = queue(members=[A])
    told = Told(one)
    told(Came(Waiter(1, "one", 0.0)))
    withdrawn = told(there(one, out=[A]))
    assert withdrawn == [Withdraw(1, A, elsewhere=False), Ended(1, End.NOBODY)]


def test_a_pause_keeps_callers_and_missed_calls_do_not() -> None:
    one = queue(members=[A])
    told = Told(one, paused=[A])
    assert told(Came(Waiter(1, "one", 0.0))) == [], "pauses are short"
    assert told(there(one, paused=[A], away=[A])) == [Ended(1, End.NOBODY)]


def test_one_who_is_called_back_keeps_the_place_and_starves_nobody() -> None:
    """A callback keeps its arrival time, dials only with a member reserved, never starves live
    callers.
    """
    told = Told(queue(members=[A]))
    told(Engaged(A, True))
    for id in (1, 2):
        told(Came(Waiter(id, "one", float(id), absent=True)))
    told(Came(Waiter(3, "one", 3.0)))
    assert told(Engaged(A, False)) == [Offer(1, A)], "in its turn"
    told(Claimed(1, A))
    assert told(Finished(A), 50) == [Offer(3, A)], "and then one who is on the line"
    told(Claimed(3, A))
    assert told(Finished(A), 90) == [Offer(2, A)]


def test_a_member_who_was_broken_off_before_the_two_met_is_free_again() -> None:
    told = Told(queue(members=[A], wrap_up=30))
    told(Came(Waiter(1, "one", 0.0)))
    assert told(Claimed(1, A)) == [Won(1, A)]
    assert told(Failed(1, A, Missed.WITHDRAWN)) == [], "the caller has gone"
    assert told(Came(Waiter(2, "one", 1.0, absent=True))) == [Offer(2, A)]
    assert told(Claimed(2, A)) == [Won(2, A)]
    assert told(Failed(2, A, Missed.WITHDRAWN)) == [Offer(2, A)]


def test_one_who_is_called_back_is_not_before_the_time() -> None:
    told = Told(queue(members=[A]))
    assert told(Came(Waiter(1, "one", 0.0, absent=True, not_before=600.0))) == []
    assert told.machine.due == 600
    assert told(Due(), 600) == [Offer(1, A)]
    one = there(queue(members=[A]), out=[A])
    assert told(one) == [Withdraw(1, A, elsewhere=False)], "and waits for whoever comes"


class AnyHistory(RuleBasedStateMachine):
    """Two queues with members in common; callers and members do whatever they can."""

    waiters = Bundle("waiters")

    def __init__(self) -> None:
        super().__init__()
        self.machine = Distribution(random.Random(0))
        self.at, self.count = 0.0, 0
        #: Who waits, who rings for whom, who talks to whom, who went on, each by the decisions.
        self.waits: dict[int, Waiter] = {}
        self.rings: dict[Ref, int] = {}
        self.called_off: set[Ref] = set()
        self.talks: dict[Ref, int] = {}
        self.over: set[int] = set()
        #: Who is just taken out.
        self.taken_out = 0
        self.out: set[Ref] = set()
        self.paused: set[Ref] = set()
        self.busy: set[Ref] = set()
        self.queues = (
            queue("one", [A, B, C], strategy=Strategy.ALL, longest=60, wrap_up=5, most=4),
            queue("twos", [{"who": str(D), "tier": 2}, B, C], strategy=Strategy.FEWEST_CALLS),
        )
        self.change()

    def feed(self, event: Event) -> None:
        for decision in self.machine.feed(event, self.at):
            self.take(decision)

    def take(self, decision: Decision) -> None:
        match decision:
            case Offer(id, member):
                assert id in self.waits, "only for one who waits"
                assert member not in self.rings, "one at a time"
                assert member not in self.talks
                assert member not in self.paused | self.busy
                assert self.machine.is_there(self.waits[id].queue, member)
                self.rings[member] = id
            case Withdraw(id, member, _):
                assert self.rings[member] == id
                assert member not in self.called_off, "once"
                self.called_off.add(member)
            case Won(id, member):
                assert id in self.waits, "nobody is joined twice"
                assert self.rings.pop(member) == id
                del self.waits[id]
                self.talks[member] = id
            case Late(id, member):
                assert self.rings[member] == id
                assert id not in self.waits or member in self.called_off
            case Ended(id, why):
                self.over.add(id)
                del self.waits[id]
                assert (why is End.LEFT) is (id == self.taken_out), "as somebody wants"
                if why is End.TOO_MANY:
                    assert self.queues[0].most

    def change(self) -> None:
        away = {one for one in self.paused if one is D}
        self.feed(there(*self.queues, out=self.out, paused=self.paused, away=away))

    @rule(
        target=waiters,
        name=st.sampled_from(["one", "twos"]),
        priority=st.integers(0, 1),
        absent=st.booleans(),
        wait=st.sampled_from([0.0, 30.0]),
    )
    def comes(self, name: str, priority: int, absent: bool, wait: float) -> int:
        self.count += 1
        before = self.at + wait if absent else -math.inf
        waiter = Waiter(self.count, name, self.at, priority, absent=absent, not_before=before)
        self.waits[self.count] = waiter
        self.feed(Came(waiter))
        return self.count

    @rule(id=waiters)
    def leaves(self, id: int) -> None:
        self.waits.pop(id, None)
        self.feed(Left(id))

    @rule(id=waiters)
    def is_taken_out(self, id: int) -> None:
        self.taken_out = id
        self.feed(TakenOut(id))
        self.taken_out = 0
        assert id not in self.waits

    @precondition(lambda self: self.rings)
    @rule(data=st.data(), how=st.sampled_from(Missed))
    def fails(self, data: st.DataObject, how: Missed) -> None:
        member = data.draw(st.sampled_from(sorted(self.rings)))
        id = self.rings.pop(member)
        self.called_off.discard(member)
        self.feed(Failed(id, member, how))

    @precondition(lambda self: self.rings)
    @rule(data=st.data())
    def answers(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.rings)))
        id = self.rings[member]
        wanted = id in self.waits and member not in self.called_off
        self.feed(Claimed(id, member))
        assert (self.talks.get(member) == id) is wanted, "the first has the caller"

    @precondition(lambda self: self.talks)
    @rule(data=st.data())
    def parts(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.talks)))
        del self.talks[member]
        self.feed(Finished(member))

    @rule(member=st.sampled_from([A, B, C, D]))
    def is_ready(self, member: Ref) -> None:
        self.feed(Ready(member))

    @rule(member=st.sampled_from([A, B, C, D]), busy=st.booleans())
    def calls(self, member: Ref, busy: bool) -> None:
        (self.busy.add if busy else self.busy.discard)(member)
        self.feed(Engaged(member, busy))

    @rule(member=st.sampled_from([A, B, C, D]), there=st.booleans())
    def logs(self, member: Ref, there: bool) -> None:
        (self.out.discard if there else self.out.add)(member)
        self.change()

    @rule(member=st.sampled_from([A, B, C, D]), paused=st.booleans())
    def pauses(self, member: Ref, paused: bool) -> None:
        (self.paused.add if paused else self.paused.discard)(member)
        self.change()

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        end = self.at + seconds
        while (due := self.machine.due) <= end:
            assert due > self.at, "what is due has been done"
            self.at = due
            self.feed(Due())
        self.at = end

    @invariant()
    def nobody_is_lost(self) -> None:
        """The machine knows of just those who wait, in the order of their turns."""
        for one in self.queues:
            waiting = self.machine.waiting(one.name)
            assert waiting == sorted(waiting, key=lambda waiter: waiter.turn), "order kept"
            mine = {id for id, waiter in self.waits.items() if waiter.queue == one.name}
            assert {waiter.id for waiter in waiting} == mine

    @invariant()
    def nobody_rings_for_nobody(self) -> None:
        """Whoever rings does so for one who waits, or has been called off: no zombie."""
        for member, id in self.rings.items():
            assert id in self.waits or member in self.called_off
            assert self.machine.agents[member].doing is Doing.RING
        doing = {ref for ref, agent in self.machine.agents.items() if agent.doing is Doing.RING}
        assert doing == self.rings.keys()

    @invariant()
    def nobody_waits_beside_a_free_member(self) -> None:
        """As long as somebody is free, nobody waits without a telephone that rings for them."""
        for waiter in self.waits.values():
            if waiter.not_before > self.at or self.machine.rung(waiter.id):
                continue
            for member, agent in self.machine.agents.items():
                free = agent.doing is Doing.IDLE and agent.until <= self.at
                there = self.machine.is_there(waiter.queue, member)
                assert not (free and there and member not in self.busy | self.paused)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = examples(300, stateful_step_count=40)
