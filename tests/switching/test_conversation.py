"""A conversation as a machine: nobody is joined twice, and nobody is left with music for ever."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sipagent.switching.codes import Codes
from sipagent.switching.conversation import (
    Action,
    Ask,
    Await,
    Command,
    Conversation,
    Entertain,
    Event,
    Hold,
    Join,
    Key,
    Left,
    Order,
    Part,
    Parted,
    Paused,
    Phase,
    Press,
    Quiet,
    Request,
    Resume,
    Side,
    Take,
)
from sipagent.telephony.leg import Referral

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


def test_both_hold() -> None:
    assert done(Hold(CALLEE), Resume(CALLER)) == []
    assert done(Hold(CALLEE), Hold(CALLER)) == [Entertain(CALLEE)]
    assert done(Hold(CALLEE), Hold(CALLER), Resume(CALLEE)) == [Quiet(CALLER)]
    held: list[Event] = [Hold(CALLEE), Hold(CALLER), Resume(CALLEE)]
    assert done(*held, Resume(CALLER)) == [Quiet(CALLEE), Join()]


def test_a_side_is_handed_over_from_a_hold() -> None:
    """An attended transfer: the one who waited goes on with somebody else."""
    assert done(Hold(CALLEE), Take(CALLER)) == [Quiet(CALLER), Parted(CALLER, taken=True)]


def test_a_telephone_asks_by_refer() -> None:
    referral = Referral(1, "103")
    parted = Parted(CALLEE, request=Request("103", referral))
    assert done(Hold(CALLEE), Ask(CALLEE, referral)) == [Quiet(CALLER), parted]


def test_somebody_else_has_one_put_through() -> None:
    parted = Parted(CALLEE, request=Request("103"))
    assert done(Order(CALLEE, "103")) == [Part(), parted]
    assert done(Hold(CALLEE), Order(CALLEE, "103")) == [Quiet(CALLER), parted]


def test_keys_of_the_house_are_held_back_while_they_may_be_a_code() -> None:
    talk = Conversation({CALLEE: Codes()})
    talk.start()
    assert talk.feed(Key(CALLEE, "*")) == [Await(CALLEE)]
    assert talk.feed(Key(CALLER, "*")) == [Press(CALLEE, "*")]
    assert talk.feed(Key(CALLEE, "1")) == [Press(CALLER, "*"), Press(CALLER, "1")]
    for key in "*2103":
        assert talk.feed(Key(CALLEE, key)) == [Await(CALLEE)]
    assert talk.feed(Paused(CALLEE)) == [Part(), Parted(CALLEE, request=Request("103", code="*2"))]


def test_a_command_is_told_and_the_two_talk_on() -> None:
    talk = Conversation({CALLEE: Codes({"*4"})})
    talk.start()
    talk.feed(Key(CALLEE, "*"))
    assert talk.feed(Key(CALLEE, "4")) == [Command(CALLEE, "*4")]
    assert talk.phase is Phase.TALKING
    assert talk.feed(Key(CALLER, "4")) == [Press(CALLEE, "4")]


def test_the_other_side_is_back_when_one_is_taken() -> None:
    assert done(Take(CALLEE)) == [Part(), Parted(CALLEE, taken=True)]


def test_a_hold_breaks_a_code_off() -> None:
    """Half a number is no number."""
    talk = Conversation({CALLEE: Codes()})
    talk.start()
    for key in "*21":
        talk.feed(Key(CALLEE, key))
    talk.feed(Hold(CALLEE))
    assert talk.feed(Key(CALLEE, "0")) == []
    assert talk.feed(Paused(CALLEE)) == []
    talk.feed(Resume(CALLEE))
    assert talk.feed(Key(CALLEE, "3")) == [Press(CALLER, "3")]


class Conversations(RuleBasedStateMachine):
    """A random history; what the two hear is followed as their telephones would."""

    @initialize(typing=st.sets(st.sampled_from(Side)))
    def meet(self, typing: set[Side]) -> None:
        self.talk = Conversation({side: Codes() for side in typing})
        self.typing = typing
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
                    assert side not in self.music
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

    @rule(side=st.sampled_from(Side))
    def pauses(self, side: Side) -> None:
        if side in self.typing:
            self.take(self.talk.feed(Paused(side)))

    @rule(side=st.sampled_from(Side))
    def refers(self, side: Side) -> None:
        self.take(self.talk.feed(Ask(side, Referral(1, "103"))))
        assert self.end is not None

    @rule(side=st.sampled_from(Side))
    def is_ordered(self, side: Side) -> None:
        self.take(self.talk.feed(Order(side, "103")))
        assert self.end is not None

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
            assert self.music == {side.other for side in self.talk.holding}


TestConversations = Conversations.TestCase
