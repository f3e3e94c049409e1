"""The commands of do-not-disturb, forwarding and follow-me, as an operator types them."""

import pytest

from sipagent.errors import DataError
from sipagent.exchange.reaching.changing import NotAllowed
from tests.exchange.test_commands import Operator, empty, operator

pytestmark = pytest.mark.unit

__all__ = ["empty", "operator"]

NOTHING = {"dnd": False, "forwards": {}, "follow": "together", "seconds": 20}


def test_a_forward_is_set_shown_and_taken_away(operator: Operator) -> None:
    told = operator.types("reaching", "forward", "101", "no-answer", "600100101", "--seconds", "15")
    assert told == "do not disturb: off\nno-answer: +48600100101 after 15 s\nmobile: together\n"
    operator.types("reaching", "forward", "Anna Nowak", "always", "102", "--in-groups")
    shown = operator.reads("reaching", "show", "101")["Anna Nowak"]
    assert shown["forwards"] == {
        "always": {"to": "user:Jan Kowal", "seconds": 20, "in_groups": True},
        "no-answer": {"to": "+48600100101", "seconds": 15, "in_groups": False},
    }
    assert "always: user:Jan Kowal, of groups too" in operator.types("reaching", "show")
    operator.types("reaching", "forward", "101", "always", "--off")
    operator.types("reaching", "forward", "101", "no-answer", "--off")
    assert operator.reads("reaching", "show", "101") == {"Anna Nowak": NOTHING}


def test_do_not_disturb_and_the_mobile(operator: Operator) -> None:
    assert "do not disturb: on" in operator.types("reaching", "dnd", "102")
    assert "in-turn after 12 s" in operator.types(
        "reaching", "follow", "102", "in-turn", "--seconds", "12"
    )
    operator.types("reaching", "dnd", "102", "--off")
    assert operator.reads("reaching", "show") == {
        "Jan Kowal": {**NOTHING, "follow": "in-turn", "seconds": 12}
    }


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("forward", "101", "always"), "say where calls go"),
        (("forward", "101", "always", "102", "--off"), "say where calls go"),
        (("forward", "999", "always", "102"), "there is no user '999'"),
        (("forward", "101", "always", "555"), "cannot be forwarded to '555'"),
        (("forward", "101", "always", "112"), "cannot be forwarded to '112'"),
        (("forward", "101", "always", "101"), "to themselves"),
        (("forward", "101", "always", "user:Nikt"), "there is no user:Nikt"),
        (("forward", "101", "always", "scenario:a"), "only to who takes calls"),
        (("forward", "101", "busy", "102", "--seconds", "3"), "phones ring for 5 to 120"),
        (("follow", "101", "never"), "Anna Nowak has no mobile"),
        (("dnd", "999"), "there is no user '999'"),
    ],
)
def test_what_does_not_fit_is_refused(operator: Operator, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(DataError, match=why):
        operator.types("reaching", *words)
    assert operator.reads("reaching", "show") == {}


def test_rights_are_those_of_the_user(operator: Operator) -> None:
    with pytest.raises(NotAllowed, match=r"Anna Nowak may not call \+4930123456"):
        operator.types("reaching", "forward", "101", "always", "+4930123456")
    operator.types("users", "edit", "101", "--rights", "internal,+49")
    operator.types("reaching", "forward", "101", "always", "+4930123456")


def test_it_goes_with_the_user_and_stays_when_a_file_is_applied(operator: Operator) -> None:
    operator.types("reaching", "forward", "101", "always", "102")
    operator.types("reaching", "forward", "102", "busy", "200")
    file = operator.place / "firm.toml"
    operator.types("exchange", "apply", str(file))
    operator.types("users", "edit", "102", "--name", "Jan Kowalski")
    assert set(operator.reads("reaching", "show")) == {"Anna Nowak", "Jan Kowalski"}
    assert "always: user:Jan Kowalski" in operator.types("reaching", "show", "101")
    operator.types("groups", "edit", "Biuro", "--member", "101")
    operator.types("users", "remove", "102", "--yes")
    assert operator.reads("reaching", "show") == {}, "nobody is left to forward to"
