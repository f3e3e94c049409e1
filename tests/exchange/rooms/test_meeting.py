"""A meeting as a machine: whatever happens in whatever order, everybody is where they should be."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sipagent.exchange.rooms.meeting import (
    Action,
    Admit,
    Announce,
    Come,
    Dismiss,
    End,
    Event,
    Herald,
    Hush,
    Leave,
    Lock,
    Meeting,
    Mute,
    MuteAll,
    Place,
    Put,
    Ready,
    Record,
    Refuse,
    Remove,
    Rules,
    Tell,
    Why,
    Word,
    Write,
)
from tests.examples import examples

pytestmark = pytest.mark.unit

WHO = st.integers(1, 12)
KNOWN = st.sampled_from(["101", "102", "103", "+48600700700"])


def fed(meeting: Meeting, *events: Event) -> list[Action]:
    """Feed several; return what the last one has come to."""
    found: list[Action] = []
    for event in events:
        found = meeting.feed(event)
    return found


def entered(meeting: Meeting, who: int, *, moderator: bool = False) -> list[Action]:
    return fed(meeting, Come(who, str(who), moderator), Ready(who))


def test_who_comes_is_told_how_many_are_there_and_heralded_once_they_are_ready() -> None:
    """The join tone comes when somebody is ready, and not while they type or listen."""
    meeting = Meeting(Rules())
    assert meeting.feed(Come(1, "101")) == [Admit(1, 0, False)]
    assert meeting.feed(Ready(1)) == [Put(1, Place.ALONE), Tell(1, Word.ALONE)]
    assert meeting.feed(Come(2, "102")) == [Admit(2, 1, False)]
    assert meeting.feed(Ready(2)) == [
        Herald(2, comes=True),
        Put(1, Place.TALKING),
        Put(2, Place.TALKING),
    ]
    assert meeting.feed(Leave(2)) == [Put(2, None), Put(1, Place.ALONE)]


def test_it_is_full_but_for_moderators() -> None:
    """The 16th hears "full"; the moderator always gets in."""
    meeting = Meeting(Rules(people=15))
    for who in range(15):
        entered(meeting, who)
    assert meeting.feed(Come(16, "16")) == [Refuse(16, Why.FULL)]
    assert meeting.feed(Come(17, "17", moderator=True)) == [Admit(17, 15, False)]
    fed(meeting, Leave(17), Leave(0))
    assert meeting.feed(Come(18, "18")) == [Admit(18, 14, False)]


def test_who_was_removed_stays_out() -> None:
    """Who was removed stays out, whatever PIN they type now; others go on."""
    meeting = Meeting(Rules())
    for who in (1, 2, 3):
        entered(meeting, who)
    assert meeting.feed(Remove(3)) == [
        Put(3, None),
        Herald(3, comes=False),
        Dismiss(3, Why.REMOVED),
    ]
    assert meeting.feed(Come(4, "3", moderator=True)) == [Refuse(4, Why.REMOVED)]
    assert meeting.feed(Leave(3)) == []
    assert meeting.feed(Come(5, "3")) == [Refuse(5, Why.REMOVED)]


def test_all_wait_for_the_moderator_and_talk_on_without_one() -> None:
    meeting = Meeting(Rules(wait=True))
    assert entered(meeting, 1) == [Put(1, Place.WAITING), Tell(1, Word.WAIT)]
    entered(meeting, 2)
    assert entered(meeting, 3, moderator=True) == [
        Herald(3, comes=True),
        Put(1, Place.TALKING),
        Put(2, Place.TALKING),
        Put(3, Place.TALKING),
    ]
    assert meeting.feed(Leave(3)) == [Put(3, None), Herald(3, comes=False)]


def test_a_locked_room_takes_moderators_only() -> None:
    meeting = Meeting(Rules())
    entered(meeting, 1)
    assert meeting.feed(Lock(True)) == [Announce(Word.LOCKED)]
    assert meeting.feed(Lock(True)) == []
    assert meeting.feed(Come(2, "2")) == [Refuse(2, Why.LOCKED)]
    assert meeting.feed(Come(3, "3", moderator=True)) == [Admit(3, 1, False)]


def test_who_leads_mutes_and_only_who_leads_lets_them_speak_again() -> None:
    meeting = Meeting(Rules())
    entered(meeting, 1, moderator=True)
    entered(meeting, 2)
    assert meeting.feed(Mute(2, on=True, leading=True)) == [
        Hush(2, on=True),
        Tell(2, Word.KEPT_MUTED),
    ]
    assert meeting.feed(Mute(2, on=False)) == [Tell(2, Word.KEPT_MUTED)]
    assert meeting.feed(Mute(2, on=False, leading=True)) == [
        Hush(2, on=False),
        Tell(2, Word.HEARD),
    ]
    assert meeting.feed(MuteAll(True)) == [Hush(2, on=True), Announce(Word.ALL_MUTED)]
    assert entered(meeting, 3)[-1] == Tell(3, Word.KEPT_MUTED), "also who comes later"
    assert meeting.guests[3].silent


def test_recording_begins_when_two_talk_and_ends_with_the_last() -> None:
    meeting = Meeting(Rules(record=True))
    assert meeting.feed(Come(1, "1")) == [Admit(1, 0, recorded=True)]
    assert Write(True) not in meeting.feed(Ready(1))
    assert entered(meeting, 2)[-1] == Write(True)
    assert Write(False) not in meeting.feed(Leave(2))
    assert meeting.feed(Leave(1))[-1] == Write(False)


def test_an_end_sends_everybody_away_once() -> None:
    meeting = Meeting(Rules())
    entered(meeting, 1, moderator=True)
    entered(meeting, 2)
    ended = meeting.feed(End())
    assert [one for one in ended if isinstance(one, Dismiss)] == [
        Dismiss(1, Why.ENDED),
        Dismiss(2, Why.ENDED),
    ]
    assert Herald(2, comes=False) not in ended
    assert meeting.feed(End()) == []


class Histories(RuleBasedStateMachine):
    """Whatever happens: nobody is lost, nobody is twice anywhere, nobody stays who has gone."""

    @initialize(people=st.integers(2, 4), wait=st.booleans(), record=st.booleans())
    def begin(self, people: int, wait: bool, record: bool) -> None:
        self.room = Rules(people, wait, record)
        self.meeting = Meeting(self.room)
        self.asked: set[int] = set()
        self.there: dict[int, Come] = {}
        self.ready: set[int] = set()
        self.dismissed: set[int] = set()
        self.removed: set[str] = set()
        #: As the actions say.
        self.places: dict[int, Place] = {}
        self.hushed: set[int] = set()
        self.writing = False
        self.lead_came = False

    def feed(self, event: Event) -> list[Action]:
        actions = self.meeting.feed(event)
        for action in actions:
            self.follow(action)
        return actions

    def follow(self, action: Action) -> None:
        match action:
            case Put(who, None):
                assert who in self.places, "somebody is taken from where nobody is"
                del self.places[who]
                self.hushed.discard(who)
            case Put(who, place):
                assert who in self.there
                assert place is not None
                assert self.places.get(who) is not place, "put where they are already"
                self.places[who] = place
                self.hushed.discard(who)
                if place is Place.TALKING and self.meeting.guests[who].silent:
                    self.hushed.add(who)  # who is seated is seated as they are
            case Hush(who, on):
                assert self.places.get(who) is Place.TALKING
                assert (who in self.hushed) != on, "hushed twice"
                (self.hushed.add if on else self.hushed.discard)(who)
            case Tell(who, _):
                assert who in self.there
            case Dismiss(who, _):
                assert who not in self.dismissed, "sent away twice"
                self.dismissed.add(who)
            case Write(on):
                assert on != self.writing
                self.writing = on

    @rule(who=WHO, known=KNOWN, moderator=st.booleans())
    def come(self, who: int, known: str, moderator: bool) -> None:
        if who in self.asked:
            return
        self.asked.add(who)
        before = dict(self.there)
        self.there[who] = Come(who, known, moderator)
        (answer,) = self.feed(self.there[who])
        if isinstance(answer, Refuse):
            del self.there[who]
            assert answer.why is not Why.FULL or len(before) >= self.room.people
            assert not moderator or answer.why is Why.REMOVED
        else:
            assert isinstance(answer, Admit)
            assert answer.others == len(before)
            assert known not in self.removed
            assert moderator or len(before) < self.room.people

    @rule(who=WHO)
    def tell_ready(self, who: int) -> None:
        first = who in self.there and who not in self.ready | self.dismissed
        actions = self.feed(Ready(who))
        assert first or not actions
        if first:
            self.ready.add(who)
            self.lead_came |= self.there[who].moderator

    @rule(who=WHO)
    def leave(self, who: int) -> None:
        self.feed(Leave(who))
        for group in (self.ready, self.dismissed):
            group.discard(who)
        self.there.pop(who, None)

    @rule(who=WHO)
    def remove(self, who: int) -> None:
        if who in self.there:
            self.removed.add(self.there[who].known)
        self.feed(Remove(who))

    @rule(who=WHO, on=st.booleans(), leading=st.booleans())
    def mute(self, who: int, on: bool, leading: bool) -> None:
        self.feed(Mute(who, on, leading))

    @rule(on=st.booleans(), event=st.sampled_from([MuteAll, Lock, Record]))
    def switch(self, on: bool, event: type[MuteAll | Lock | Record]) -> None:
        self.feed(event(on))

    @rule()
    def end(self) -> None:
        self.feed(End())
        assert self.dismissed == set(self.there)

    @invariant()
    def everybody_is_where_they_should_be(self) -> None:
        if not hasattr(self, "meeting"):
            return
        settled = self.ready - self.dismissed
        talking = not self.room.wait or self.lead_came
        if not talking:
            expected = Place.WAITING
        else:
            expected = Place.TALKING if len(settled) > 1 else Place.ALONE
        assert self.places == dict.fromkeys(settled, expected)
        assert set(self.meeting.guests) == set(self.there)
        silent = {who for who, one in self.meeting.guests.items() if one.silent}
        heard = {who for who, place in self.places.items() if place is Place.TALKING}
        assert self.hushed == silent & heard
        assert self.writing == self.meeting.recording
        assert not (self.writing and not settled), "nobody is recorded for ever"


TestHistories = Histories.TestCase
TestHistories.settings = examples(300, stateful_step_count=40)
