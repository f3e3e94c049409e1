"""Who hears whom while somebody listens in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.listening.paths import Mode, paths

pytestmark = pytest.mark.unit

OTHERS = st.lists(st.sampled_from(["caller", "third", "fourth"]), unique=True)


@pytest.mark.parametrize(
    ("mode", "heard_by"),
    [("listen", set()), ("whisper", {"agent"}), ("barge", {"agent", "caller"})],
)
def test_all_who_talk_are_heard_and_the_mode_says_who_hears(mode: str, heard_by: set[str]) -> None:
    found = paths(Mode(mode), "listener", "agent", ["caller"], held=False)
    assert {source for source, sink in found if sink == "listener"} == {"agent", "caller"}
    assert {sink for source, sink in found if source == "listener"} == heard_by


@given(mode=st.sampled_from(Mode), others=OTHERS, held=st.booleans())
def test_whatever_goes_on_nobody_hears_who_is_not_to(
    mode: Mode, others: list[str], held: bool
) -> None:
    """Only who listens hears and is heard; nobody but the agent hears a whisper; who waits hears
    music and nobody.
    """
    found = paths(mode, "listener", "agent", others, held=held)
    assert all("listener" in path for path in found)
    assert all(source != sink for source, sink in found)
    heard_by = {sink for source, sink in found if source == "listener"}
    if mode is Mode.LISTEN:
        assert not heard_by
    if mode is Mode.WHISPER or held:
        assert heard_by <= {"agent"}
    if held:
        assert {source for source, sink in found if sink == "listener"} == {"agent"}
