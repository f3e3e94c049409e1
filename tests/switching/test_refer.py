"""REFER of ours as a machine: it ends once, whatever the peer tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.switching.refer import Asking, Done, Listen, Listened, Refused, TimeUp, Told
from sipagent.telephony.outcome import Reached

pytestmark = pytest.mark.unit


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
