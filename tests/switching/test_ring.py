"""Ringing as a machine: in whatever order things happen, one wins at most and none rings on."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sipagent.switching.ring import (
    Abandoned,
    Action,
    Answered,
    Ask,
    Called,
    Cancel,
    Confirmed,
    Dial,
    Early,
    Event,
    Failed,
    Gone,
    Hear,
    Limit,
    Lost,
    Order,
    PickedUp,
    Plan,
    Ring,
    SetTimer,
    Silent,
    Stage,
    Timer,
    TimeUp,
    Won,
)
from sipagent.telephony.outcome import Reached
from sipagent.telephony.party import Party

pytestmark = pytest.mark.unit


def plan(count: int, *, confirm: bool = False, **settings: object) -> Plan:
    parties = [Called(Party(extension=str(100 + n)), confirm) for n in range(count)]
    return Plan(parties, **settings)  # type: ignore[arg-type]


def done(ring: Ring, *events: Event) -> list[Action]:
    """Feed events; return what the last of them leads to."""
    actions: list[Action] = []
    for event in events:
        actions = ring.feed(event)
    return actions


def test_all_ring_at_once_and_the_first_wins() -> None:
    ring = Ring(plan(3))
    assert ring.start() == [SetTimer(Timer(Limit.ALL), 30.0), Hear(None), Dial(0), Dial(1), Dial(2)]
    assert done(ring, Answered(1)) == [Cancel(0, elsewhere=True), Cancel(2, elsewhere=True), Won(1)]
    assert done(ring, Answered(0)) == []


def test_however_many_ring_at_once() -> None:
    """A group may be larger than the interpreter's stack is deep."""
    ring = Ring(plan(2000))
    assert ring.start()[2:] == [Dial(party) for party in range(2000)]
    assert len(done(ring, Answered(1999))) == 2000


def test_one_after_another() -> None:
    ring = Ring(plan(2, order=Order.IN_TURN, each=10))
    assert ring.start()[2:] == [Dial(0), SetTimer(Timer(Limit.EACH, 0), 10)]
    assert done(ring, TimeUp(Timer(Limit.EACH, 0)))[:2] == [Cancel(0), Dial(1)]
    assert done(ring, Failed(1, 486, "Busy Here")) == [
        Lost(Reached.NO_ANSWER, 0, "nobody answered in time")
    ]


def test_who_picks_it_up_has_the_call_and_all_others_are_told_so() -> None:
    ring = Ring(plan(3, confirm=True))
    ring.start()
    assert done(ring, Answered(1)) == [Ask(1)]
    assert done(ring, PickedUp()) == [
        Cancel(0, elsewhere=True),
        Cancel(1, elsewhere=True),
        Cancel(2, elsewhere=True),
        Gone(),
    ]
    assert done(ring, Confirmed(1), PickedUp()) == []


def phones_first(**settings: object) -> Plan:
    """Somebody whose mobile is called ten seconds after the phone, and a colleague."""
    phone, mobile, other = (Party(extension=one) for one in ("100", "101", "102"))
    parties = [Called(phone, seconds=10), Called(mobile, beside=True, after=10), Called(other)]
    return Plan(parties, **settings)  # type: ignore[arg-type]


def test_a_mobile_follows_the_phone_while_others_ring_on() -> None:
    ring = Ring(phones_first())
    mobiles, phones = Timer(Limit.STAGGER, 1), Timer(Limit.EACH, 0)
    assert ring.start()[2:] == [Dial(0), SetTimer(phones, 10), SetTimer(mobiles, 10), Dial(2)]
    assert done(ring, TimeUp(phones)) == [Cancel(0)]
    assert done(ring, TimeUp(mobiles)) == [Dial(1)]
    assert done(ring, Answered(1)) == [Cancel(2, elsewhere=True), Won(1)]


def test_a_mobile_is_called_at_once_where_the_phone_does_not_ring() -> None:
    ring = Ring(phones_first(order=Order.IN_TURN, each=20))
    ring.start()
    assert done(ring, Failed(0, 486, "")) == [Dial(1), SetTimer(Timer(Limit.EACH, 1), 20)]
    assert done(ring, TimeUp(Timer(Limit.STAGGER, 1))) == []
    assert done(ring, TimeUp(Timer(Limit.EACH, 1)))[:2] == [Cancel(1), Dial(2)]


def beside(*beside: bool, **settings: object) -> Plan:
    """A plan in which some ring together with the one before them."""
    parties = [Called(Party(extension=str(100 + n)), beside=one) for n, one in enumerate(beside)]
    return Plan(parties, **settings)  # type: ignore[arg-type]


def test_the_telephones_of_one_person_ring_together_in_their_turn() -> None:
    ring = Ring(beside(False, True, False, True, order=Order.IN_TURN))
    assert ring.start()[2:] == [Dial(0), Dial(1)]
    assert done(ring, Failed(0, 480, "")) == []
    assert done(ring, Failed(1, 486, "")) == [Dial(2), Dial(3)]
    assert done(ring, Answered(3)) == [Cancel(2, elsewhere=True), Won(3)]


def test_the_time_of_one_turn_is_that_of_all_its_telephones() -> None:
    ring = Ring(beside(False, True, False, order=Order.IN_TURN, each=10))
    each = [SetTimer(Timer(Limit.EACH, n), 10) for n in range(3)]
    assert ring.start()[2:] == [Dial(0), each[0], Dial(1), each[1]]
    assert done(ring, TimeUp(Timer(Limit.EACH, 0))) == [Cancel(0)]
    assert done(ring, TimeUp(Timer(Limit.EACH, 1))) == [Cancel(1), Dial(2), each[2]]


def test_the_telephones_of_one_person_do_not_wait_for_a_stagger() -> None:
    ring = Ring(beside(False, True, False, stagger=5))
    later = SetTimer(Timer(Limit.STAGGER, 2), 5)
    assert ring.start()[2:] == [Dial(0), Dial(1), later]
    assert done(ring, TimeUp(Timer(Limit.STAGGER, 2))) == [Dial(2)]


def test_the_next_rings_a_little_later() -> None:
    ring = Ring(plan(3, stagger=5))
    later = [SetTimer(Timer(Limit.STAGGER, n), 5) for n in (1, 2)]
    assert ring.start()[2:] == [Dial(0), later[0]]
    assert done(ring, TimeUp(Timer(Limit.STAGGER, 1))) == [Dial(1), later[1]]
    assert done(ring, Answered(0)) == [Cancel(1, elsewhere=True), Won(0)]


def test_nobody_waits_for_the_next_while_none_rings() -> None:
    ring = Ring(plan(3, stagger=5))
    ring.start()
    assert done(ring, Failed(0, 486, ""))[0] == Dial(1)
    assert done(ring, TimeUp(Timer(Limit.STAGGER, 1))) == []


def test_busy_everywhere() -> None:
    ring = Ring(plan(2))
    ring.start()
    assert done(ring, Failed(0, 486, "Busy Here"), Failed(1, 600, "Busy Everywhere")) == [
        Lost(Reached.BUSY, 486, "Busy Here")
    ]


def test_who_rang_counts_more_than_who_was_busy() -> None:
    ring = Ring(plan(3))
    ring.start()
    end = done(ring, Failed(0, 404, "Not Found"), Failed(1, 486, "Busy"), Failed(2, 480, "Away"))
    assert end == [Lost(Reached.NO_ANSWER, 480, "Away")]


def test_nobody_to_call() -> None:
    assert Ring(plan(0)).start() == [Lost(Reached.FAILED, 0, "there is nobody to call")]


def test_a_voicemail_that_presses_nothing_does_not_win() -> None:
    ring = Ring(plan(1, confirm=True))
    ring.start()
    assert done(ring, Answered(0)) == [Ask(0)]
    assert done(ring, Silent(0)) == [
        Cancel(0),
        Lost(Reached.NO_ANSWER, 0, "nobody pressed the key"),
    ]


def test_who_hangs_up_in_place_of_the_key_has_not_taken_the_call() -> None:
    ring = Ring(plan(1, confirm=True))
    ring.start()
    assert done(ring, Answered(0), Failed(0, 200, "OK")) == [Lost(Reached.NO_ANSWER, 200, "OK")]


def test_who_answers_and_leaves_before_anybody_hears_of_it_has_failed() -> None:
    ring = Ring(plan(1))
    ring.start()
    assert done(ring, Failed(0, 200, "OK")) == [Lost(Reached.FAILED, 200, "OK")]


def test_the_key_comes_after_somebody_else_has_won() -> None:
    ring = Ring(
        Plan([Called(Party(extension="100"), confirm=True), Called(Party(extension="101"))])
    )
    ring.start()
    assert done(ring, Answered(0), Answered(1)) == [Cancel(0, elsewhere=True), Won(1)]
    assert done(ring, Confirmed(0)) == []


def test_who_is_being_asked_when_the_time_is_up_may_still_take_the_call() -> None:
    ring = Ring(plan(2, confirm=True))
    ring.start()
    assert done(ring, Answered(0), TimeUp(Timer(Limit.ALL))) == [Cancel(1)]
    assert done(ring, Confirmed(0)) == [Won(0)]


def test_the_only_one_who_rings_is_heard() -> None:
    ring = Ring(plan(2))
    ring.start()
    assert done(ring, Early(0)) == []
    assert done(ring, Failed(1, 486, "")) == [Hear(0)]
    assert done(ring, Failed(0, 480, ""))[0] == Lost(Reached.NO_ANSWER, 480, "")


def test_what_is_said_to_who_has_to_confirm_is_not_for_the_caller() -> None:
    ring = Ring(plan(1, confirm=True))
    ring.start()
    assert done(ring, Early(0), Answered(0)) == [Ask(0)]


class Rings(RuleBasedStateMachine):
    """A random history of one attempt, and what must hold in each of its moments."""

    @initialize(
        how=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=6),
        order=st.sampled_from(Order),
        each=st.none() | st.just(10.0),
        stagger=st.sampled_from([0.0, 3.0]),
    )
    def begin(
        self, how: list[tuple[bool, bool]], order: Order, each: float | None, stagger: float
    ) -> None:
        called = [Called(Party(extension=str(100 + n)), *one) for n, one in enumerate(how)]
        self.ring = Ring(Plan(called, order, each=each, stagger=stagger))
        self.confirm = [one.confirm for one in called]
        #: Of each party the first one of those whom it rings beside.
        self.turns = [
            max((n for n in range(at + 1) if not called[n].beside), default=0)
            for at, _ in enumerate(called)
        ]
        self.in_turn = order is Order.IN_TURN
        #: As the telephones see it.
        self.ringing: set[int] = set()
        self.asked: set[int] = set()
        self.dialled: set[int] = set()
        self.told: set[int] = set()
        self.dropped: set[int] = set()
        self.gone: set[int] = set()
        self.timers: list[Timer] = []
        self.ends: list[Won | Lost] = []
        self.abandoned = False
        self.take(self.ring.start())

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            assert not self.ends, "nothing is done after the end"
            match action:
                case Dial(party):
                    assert party not in self.dialled, "nobody is called twice"
                    self.dialled.add(party)
                    self.ringing.add(party)
                case Ask(party):
                    assert party in self.ringing
                    assert self.confirm[party]
                    self.asked.add(party)
                case Cancel(party, elsewhere):
                    assert party in self.ringing, "who is gone is not cancelled"
                    self.ringing.discard(party)
                    (self.told if elsewhere else self.dropped).add(party)
                case Hear(party):
                    assert party is None or self.ringing == {party}
                    assert party is None or not self.confirm[party]
                case SetTimer(timer):
                    self.timers.append(timer)
                case Won(party):
                    assert party in self.ringing, "who has left does not win"
                    assert not self.confirm[party] or party in self.asked
                    assert self.ringing == {party}, "the others were cancelled"
                    losers = self.dialled - self.gone - self.dropped - {party}
                    assert self.told == losers, "each who still rang is told"
                    self.ends.append(action)
                case Lost():
                    assert not self.ringing, "nobody rings on"
                    self.ends.append(action)

    def feed(self, event: Event) -> None:
        self.take(self.ring.feed(event))

    @precondition(lambda self: self.dialled)
    @rule(data=st.data(), code=st.sampled_from([0, 200, 302, 404, 408, 480, 486, 487, 600, 603]))
    def refuses(self, data: st.DataObject, code: int) -> None:
        party = data.draw(st.sampled_from(sorted(self.dialled)))
        if not self.ends:
            if party in self.ringing:
                self.ringing.discard(party)
                self.gone.add(party)
            self.feed(Failed(party, code, ""))

    @precondition(lambda self: self.dialled)
    @rule(data=st.data(), kind=st.sampled_from([Answered, Early]))
    def is_heard(self, data: st.DataObject, kind: type[Answered | Early]) -> None:
        self.feed(kind(data.draw(st.sampled_from(sorted(self.dialled)))))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), kind=st.sampled_from([Confirmed, Silent]))
    def decides(self, data: st.DataObject, kind: type[Confirmed | Silent]) -> None:
        self.feed(kind(data.draw(st.sampled_from(sorted(self.asked)))))

    @precondition(lambda self: self.timers)
    @rule(data=st.data())
    def time_is_up(self, data: st.DataObject) -> None:
        self.feed(TimeUp(data.draw(st.sampled_from(self.timers))))

    @rule()
    def caller_leaves(self) -> None:
        self.feed(Abandoned())
        self.abandoned = True
        assert self.ends or not self.ringing

    @invariant()
    def it_ends_just_once(self) -> None:
        if not hasattr(self, "ring"):
            return
        assert len(self.ends) <= 1
        assert self.ring.over == bool(self.ends or self.abandoned)
        if not self.ring.over:
            assert self.ringing, "nobody waits for nobody"
            assert Timer(Limit.ALL) in self.timers
        assert self.ring.stages.count(Stage.WON) <= 1
        turns = {self.turns[party] for party in self.ringing}
        assert len(turns) <= 1 or not self.in_turn, "one turn at a time"
        begun = {self.turns[party] for party in self.dialled}
        whole = {party for party, turn in enumerate(self.turns) if turn in begun}
        assert self.dialled == whole, "the telephones of one person ring together"

    def teardown(self) -> None:
        """Whatever has happened: once the time is up and all who were asked are silent, it ends."""
        if not hasattr(self, "ring") or self.ring.over:
            return
        self.feed(TimeUp(Timer(Limit.ALL)))
        for party in sorted(self.asked):
            self.feed(Silent(party))
        assert self.ring.over
        assert not self.ringing


TestRings = Rings.TestCase
