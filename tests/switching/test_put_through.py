"""Putting one through, as a machine: they are with somebody at the end, or have hung up."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sipagent.switching.put_through import (
    Action,
    Answered,
    Call,
    Event,
    Failed,
    Fetched,
    HandOver,
    Nobody,
    Park,
    PutThrough,
    Recall,
    Release,
    Return,
    Stage,
    TakeOver,
    Tell,
    TimeUp,
    TransfereeLeft,
    TransferorLeft,
    Wait,
    Way,
)

pytestmark = pytest.mark.unit


def done(way: Way, *events: Event) -> list[Action]:
    """Return all that a request leads to."""
    request = PutThrough(way)
    actions = request.start()
    for event in events:
        actions += request.feed(event)
    return actions


def test_blind() -> None:
    assert done(Way.BLIND, Answered()) == [Tell(180), Call(), Tell(200), HandOver()]


def test_attended_calls_nobody() -> None:
    assert done(Way.ATTENDED, Answered()) == [TakeOver(), Tell(200), HandOver()]


def test_the_telephone_that_leaves_with_its_202_changes_nothing() -> None:
    """Caller and target are joined all the same."""
    assert done(Way.BLIND, TransferorLeft(), Answered())[2:] == [Tell(200), HandOver()]


@pytest.mark.parametrize("there", [True, False])
def test_a_busy_target_leads_back(there: bool) -> None:
    """To who has put through, or on in the house where they are gone."""
    left = [] if there else [TransferorLeft()]
    assert done(Way.BLIND, *left, Failed(486))[2:] == [Tell(486), Return(there)]


def test_what_may_not_be_called_is_not_called() -> None:
    request = PutThrough(Way.BLIND, refused=403)
    assert request.start() == [Tell(403), Return(transferor=True)]
    assert request.stage is Stage.OVER


def test_a_failure_without_a_code_is_told_as_no_answer() -> None:
    assert done(Way.BLIND, Failed(0))[2:] == [Tell(480), Return(transferor=True)]


def test_who_is_parked_is_fetched() -> None:
    parked = [Park(), Tell(200), Release(), Wait()]
    assert done(Way.PARK, Answered()) == parked
    assert done(Way.PARK, Answered(), Fetched()) == [*parked, HandOver()]


def test_whom_nobody_fetches_comes_back() -> None:
    """To who has parked them, then on in the house."""
    events = (Answered(), TimeUp())
    assert done(Way.PARK, *events)[4:] == [Recall()]
    assert done(Way.PARK, *events, Answered())[5:] == [HandOver()]
    assert done(Way.PARK, *events, Failed(480))[5:] == [Return(transferor=False)]


def test_a_place_that_is_taken() -> None:
    assert done(Way.PARK, Failed(486)) == [Park(), Tell(486), Return(transferor=True)]


EVENTS = [
    Answered(),
    Failed(486),
    Failed(0),
    Fetched(),
    TimeUp(),
    TransferorLeft(),
    TransfereeLeft(),
]
WAITS = (Call, TakeOver, Park, Wait, Recall)
ENDS = (HandOver, Return, Nobody)


class Requests(RuleBasedStateMachine):
    """A random history."""

    @initialize(way=st.sampled_from(Way), refused=st.sampled_from([0, 0, 0, 403]))
    def begins(self, way: Way, refused: int) -> None:
        self.request = PutThrough(way, refused)
        self.transferor = True
        self.final = 0
        self.waits_for: Action | None = None
        self.end: Action | None = None
        self.take(self.request.start())

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            assert self.end is None, "nothing is done after the end"
            if isinstance(action, Tell):
                assert not self.final, "nothing is told after the final code"
                self.final = action.code if action.code >= 200 else 0
            elif isinstance(action, WAITS):
                self.waits_for = action
            elif isinstance(action, ENDS):
                self.end = action
            if isinstance(action, Release):
                assert self.final == 200, "who is released has been told why"

    @rule(event=st.sampled_from(EVENTS))
    def happens(self, event: Event) -> None:
        if isinstance(event, TransferorLeft) and self.request.stage is Stage.CALLING:
            self.transferor = False
        self.take(self.request.feed(event))
        if isinstance(event, TransfereeLeft):
            assert self.end is not None, "nobody is called for one who is gone"

    @invariant()
    def somebody_has_the_caller(self) -> None:
        if not hasattr(self, "request"):
            return
        assert (self.request.stage is Stage.OVER) == (self.end is not None)
        if self.end is None:
            assert self.waits_for is not None, "the one who is put through waits for somebody"
            if self.request.stage is not Stage.CALLING:
                assert self.final == 200, "who has parked somebody knows"
        else:
            assert self.final, "the transferor is told"
            if isinstance(self.end, Return):
                there = self.transferor and self.final != 200
                assert self.end.transferor == there, "nobody is given back to who has left"

    def teardown(self) -> None:
        """Whatever was before: no answer, no time left, no answer again, and it is over."""
        if hasattr(self, "request"):
            for event in (Failed(408), TimeUp(), Failed(408)):
                self.take(self.request.feed(event))
            assert self.end is not None


TestRequests = Requests.TestCase
