"""REFER as machines: the one who is put through is with somebody at the end, or has hung up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sipagent.switching.refer import (
    Answered,
    Asked,
    Asking,
    Call,
    Cancel,
    Done,
    Failed,
    HandOver,
    Listen,
    Listened,
    Nobody,
    Notify,
    Refused,
    Replace,
    Respond,
    Return,
    Ringing,
    Stage,
    Step,
    TimeUp,
    Told,
    TransfereeLeft,
    TransferorLeft,
)
from sipagent.telephony.outcome import Reached
from sipagent.telephony.party import Party

pytestmark = pytest.mark.unit

TARGET = Party(extension="102")

# ------------------------------------------------------------------------------------- ours


def asked(*events: Told | TimeUp | Listened) -> list[object]:
    """Return all that a REFER of ours leads to."""
    asking = Asking()
    return [action for event in events for action in asking.feed(event)]


def test_a_peer_that_puts_the_caller_through() -> None:
    assert asked(Told(100, "Trying"), Told(180, "Ringing"), Told(200, "OK")) == [
        Done(Reached.ANSWERED, 200, "OK")
    ]


@pytest.mark.parametrize("event", [Told(405, "Method Not Allowed"), Told(603, "Decline"), TimeUp()])
def test_a_peer_that_does_not(event: Told | TimeUp) -> None:
    assert asked(event, Told(200, "OK")) == [Refused()]


@pytest.mark.parametrize("alive", [True, False])
def test_a_target_that_is_busy(alive: bool) -> None:
    """Some peers take the caller away before they have tried."""
    assert asked(Told(100, "Trying"), Told(486, "Busy Here"), Listened(alive)) == [
        Listen(),
        Done(Reached.BUSY, 486, "Busy Here", taken_away=not alive),
    ]


def test_a_peer_that_accepts_and_then_says_nothing() -> None:
    assert asked(Told(100, "Accepted"), TimeUp(), Told(200, "late"), Listened(True)) == [
        Listen(),
        Done(Reached.NO_ANSWER),
    ]


EVENTS = st.one_of(
    st.builds(Told, st.sampled_from([100, 180, 200, 302, 404, 486, 503, 603]), st.just("")),
    st.just(TimeUp()),
    st.builds(Listened, st.booleans()),
)


@given(st.lists(EVENTS, max_size=12))
def test_it_ends_once_whatever_the_peer_tells(events: list[Told | TimeUp | Listened]) -> None:
    asking = Asking()
    done: list[object] = []
    for event in [*events, TimeUp(), Listened(True)]:
        done += asking.feed(event)
    assert asking.over
    assert len([one for one in done if not isinstance(one, Listen)]) == 1
    assert len(done) <= 2
    for one in done:
        if isinstance(one, Done) and one.taken_away:
            assert Listen() in done, "nobody is believed gone who was not listened to"


# ---------------------------------------------------------------------------- a telephone's


def steps(request: Asked, *events: object) -> list[Step]:
    """Return all that a request of a telephone leads to."""
    done = request.start()
    for event in events:
        done += request.feed(event)  # type: ignore[arg-type]
    return done


def test_a_blind_transfer() -> None:
    assert steps(Asked(TARGET), Ringing(), Answered()) == [
        Respond(202), Notify(100), Call(TARGET), Notify(180), Notify(200), HandOver(),
    ]  # fmt: skip


def test_an_attended_transfer_calls_nobody() -> None:
    assert steps(Asked(replaces="leg-7"), Answered()) == [
        Respond(202), Notify(100), Replace("leg-7"), Notify(200), HandOver(),
    ]  # fmt: skip


def test_the_telephone_leaves_as_soon_as_it_has_its_202() -> None:
    """Caller and target are joined all the same, and nobody is told any more."""
    assert steps(Asked(TARGET), TransferorLeft(), Ringing(), Answered())[3:] == [HandOver()]


@pytest.mark.parametrize("there", [True, False])
def test_a_busy_target_leads_back(there: bool) -> None:
    events = [Failed(486, "Busy Here")] if there else [TransferorLeft(), Failed(486, "Busy Here")]
    told = [Notify(486)] if there else []
    assert steps(Asked(TARGET), *events)[3:] == [*told, Return(transferor=there)]


def test_who_may_not_call_there_may_not_put_through_there() -> None:
    assert steps(Asked(TARGET, allowed=False), Answered()) == [Respond(403), Return(True)]


def test_a_refer_leads_to_one_place() -> None:
    with pytest.raises(ValueError, match="either"):
        Asked()
    with pytest.raises(ValueError, match="either"):
        Asked(TARGET, "leg-7")


class Requests(RuleBasedStateMachine):
    """A random history of a telephone's REFER."""

    @initialize(blind=st.booleans(), allowed=st.booleans())
    def asks(self, blind: bool, allowed: bool) -> None:
        target, replaces = (TARGET, None) if blind else (None, "leg-7")
        self.request = Asked(target, replaces, allowed=allowed)
        self.transferor = True
        self.calling = False
        self.final = 0
        self.ends: list[Step] = []
        self.take(self.request.start())

    def take(self, actions: list[Step]) -> None:
        for action in actions:
            assert not self.ends, "nothing is done after the end"
            match action:
                case Call() | Replace():
                    assert not self.calling, "nobody is called twice"
                    self.calling = True
                case Notify(code):
                    assert self.transferor, "nobody is told who is not there"
                    assert not self.final, "nothing is told after the final code"
                    self.final = code if code >= 200 else 0
                case Cancel():
                    assert self.calling
                    self.calling = False
                case HandOver() | Return() | Nobody():
                    self.ends.append(action)
                    if isinstance(action, Return):
                        assert action.transferor == self.transferor

    @rule(
        event=st.sampled_from(
            [
                Ringing(),
                Answered(),
                Failed(486, ""),
                Failed(0, ""),
                TransferorLeft(),
                TransfereeLeft(),
            ]
        )
    )
    def happens(self, event: Ringing | Answered | Failed | TransferorLeft | TransfereeLeft) -> None:
        if isinstance(event, TransferorLeft) and not self.ends:
            self.transferor = False
        self.take(self.request.feed(event))

    @invariant()
    def somebody_has_the_caller(self) -> None:
        if not hasattr(self, "request"):
            return
        assert len(self.ends) <= 1
        assert (self.request.stage is Stage.OVER) == bool(self.ends)
        if self.request.stage is Stage.CALLING:
            assert self.calling, "the one who is put through waits for somebody"

    def teardown(self) -> None:
        """Once the target answers or refuses, it ends, whatever was before."""
        if hasattr(self, "request"):
            self.take(self.request.feed(Failed(408, "")))
            assert len(self.ends) == 1


TestRequests = Requests.TestCase
