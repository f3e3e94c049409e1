"""Keys during a call: what is a code is kept, and everything else goes on as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.switching.codes import BackCode, Codes, Typed

pytestmark = pytest.mark.unit


def typed(keys: str, *, pause: bool = False) -> Typed:
    """Return all that is relayed, and the last number that was dialled."""
    codes = Codes()
    relayed = dialled = code = ""
    for key in keys:
        now = codes.feed(key)
        relayed, dialled = relayed + now.relayed, now.dialled or dialled
        code = now.code or code
    if pause:
        now = codes.time_up()
        relayed, dialled = relayed + now.relayed, now.dialled or dialled
        code = now.code or code
        assert not codes.waiting
    return Typed(relayed, dialled, code)


@pytest.mark.parametrize(
    ("keys", "number"),
    [("*2103#", "103"), ("*2*022#", "*022"), ("*3*70#", "*70"), ("**3103#", "103")],
)
def test_a_number_behind_the_code(keys: str, number: str) -> None:
    relayed = "*" if keys.startswith("**") else ""
    assert typed(keys) == Typed(relayed, number, "*" + keys.lstrip("*")[0])


def test_a_pause_ends_the_number() -> None:
    assert typed("*2103") == Typed()
    assert typed("*2103", pause=True) == Typed(dialled="103", code="*2")


@pytest.mark.parametrize("keys", ["1", "12#", "*1", "*#", "1*5", "*2#", "*2" + "1" * 21])
def test_what_is_no_code_goes_on_at_once(keys: str) -> None:
    assert typed(keys) == Typed(relayed=keys)


def test_a_command_stands_for_itself_as_long_as_it_means_something() -> None:
    commands = {"*1"}
    codes = Codes(commands)
    assert [codes.feed(key) for key in "*1"] == [Typed(), Typed(code="*1")]
    assert not codes.waiting
    assert [codes.feed(key) for key in "*214#"][-1] == Typed(dialled="14", code="*2")
    commands.clear()
    assert [codes.feed(key) for key in "*1"][-1] == Typed(relayed="*1")


@pytest.mark.parametrize("keys", ["*", "*2", "7*", "**"])
def test_what_may_still_be_a_code_waits_for_a_pause(keys: str) -> None:
    assert len(typed(keys).relayed) < len(keys)
    assert typed(keys, pause=True) == Typed(relayed=keys)


@given(st.text("0123456789*#", max_size=40))
def test_no_key_is_lost_or_said_twice(keys: str) -> None:
    codes = Codes()
    seen = ""
    for key in keys:
        now = codes.feed(key)
        assert not (now.relayed and now.dialled)
        seen += now.relayed + (f"{now.code}{now.dialled}#" if now.dialled else "")
    now = codes.time_up()
    seen += now.relayed + (f"{now.code}{now.dialled}#" if now.dialled else "")
    assert seen.removesuffix("#") == keys.removesuffix("#")


def test_who_asks_somebody_else_comes_back_by_a_star() -> None:
    codes = BackCode()
    assert codes.feed("1") == Typed("1")
    assert codes.feed("*") == Typed(dialled="*", code="*")
    assert not codes.waiting
