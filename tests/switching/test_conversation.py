"""A conversation as a machine: nobody is joined twice, and nobody is left with music for ever."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sipagent.switching.conversation import (
    Action,
    Conversation,
    Entertain,
    Event,
    Hold,
    Join,
    Key,
    Left,
    Part,
    Parted,
    Phase,
    Press,
    Quiet,
    Resume,
    Side,
    Take,
)

pytestmark = pytest.mark.unit

CALLER, CALLEE = Side.CALLER, Side.CALLEE


def done(*events: Event) -> list[Action]:
    """Start a conversation and feed it; return what the last event leads to."""
    talk = Conversation()
    actions = talk.start()
    for event in events:
        actions = talk.feed(event)
    return actions


def test_two_meet_and_one_leaves() -> None:
    assert done() == [Join()]
    assert done(Left(CALLEE)) == [Part(), Parted(CALLEE)]
    assert done(Left(CALLEE), Left(CALLER)) == []


def test_keys_reach_the_other_one() -> None:
    assert done(Key(CALLER, "7")) == [Press(CALLEE, "7")]
    assert done(Key(CALLEE, "#")) == [Press(CALLER, "#")]


def test_who_waits_hears_music_and_no_keys() -> None:
    assert done(Hold(CALLEE)) == [Part(), Entertain(CALLER)]
    assert done(Hold(CALLEE), Key(CALLEE, "7")) == []
    assert done(Hold(CALLEE), Resume(CALLEE)) == [Quiet(CALLER), Join()]


def test_only_who_holds_resumes() -> None:
    assert done(Hold(CALLEE), Resume(CALLER)) == []
    assert done(Hold(CALLEE), Hold(CALLER)) == []


def test_a_side_is_handed_over_from_a_hold() -> None:
    """An attended transfer: the one who waited goes on with somebody else."""
    assert done(Hold(CALLEE), Take(CALLER)) == [Quiet(CALLER), Parted(CALLER, taken=True)]


def test_the_other_side_is_back_when_one_is_taken() -> None:
    assert done(Take(CALLEE)) == [Part(), Parted(CALLEE, taken=True)]


class Conversations(RuleBasedStateMachine):
    """A random history; what the two hear is followed as their telephones would."""

    @initialize()
    def meet(self) -> None:
        self.talk = Conversation()
        self.joined = False
        self.music: set[Side] = set()
        self.end: Parted | None = None
        self.take(self.talk.start())

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            assert self.end is None, "nothing is done after the end"
            match action:
                case Join():
                    assert not self.joined, "nobody is joined twice"
                    assert not self.music, "nobody talks into music"
                    self.joined = True
                case Part():
                    assert self.joined
                    self.joined = False
                case Entertain(side):
                    assert not self.joined
                    assert not self.music
                    self.music.add(side)
                case Quiet(side):
                    self.music.remove(side)
                case Press(side):
                    assert self.joined, "keys go only to who is talked to"
                case Parted():
                    self.end = action

    @rule(kind=st.sampled_from([Left, Hold, Resume, Take]), side=st.sampled_from(Side))
    def happens(self, kind: type[Left | Hold | Resume | Take], side: Side) -> None:
        first = self.end is None and kind in (Left, Take)
        self.take(self.talk.feed(kind(side)))
        if first:
            assert self.end == Parted(side, taken=kind is Take), "the first to go ends it"

    @rule(side=st.sampled_from(Side), digit=st.sampled_from("0123456789*#"))
    def presses(self, side: Side, digit: str) -> None:
        self.take(self.talk.feed(Key(side, digit)))

    @invariant()
    def they_hear_one_thing(self) -> None:
        if not hasattr(self, "talk"):
            return
        if self.end:
            assert not self.joined, "nothing is left behind"
            assert not self.music
            assert self.talk.phase is Phase.OVER
        else:
            assert self.joined != bool(self.music), "each hears somebody, or music"
            assert self.music == ({self.talk.waiting} if self.talk.waiting else set())


TestConversations = Conversations.TestCase
