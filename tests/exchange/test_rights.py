"""Which numbers a user may call."""

import pytest

from sipagent.exchange.rights import kind_of, may_call
from sipagent.exchange.values import Right

pytestmark = pytest.mark.unit

USUAL = ("internal", "mobile", "national")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+48221000200", Right.NATIONAL),
        ("+48600100200", Right.MOBILE),
        ("+48800123456", Right.NATIONAL),
        ("+48701234567", Right.PREMIUM),
        ("+48801123456", Right.PREMIUM),
        ("+4930123456", Right.INTERNATIONAL),
        ("+4915123456789", Right.INTERNATIONAL),
        ("+4990012345678", Right.PREMIUM),
        ("+48999", Right.PREMIUM),
    ],
)
def test_kinds_of_numbers(number: str, kind: Right) -> None:
    assert kind_of(number, "PL") is kind


@pytest.mark.parametrize(
    ("number", "rights", "allowed"),
    [
        ("+48221000200", USUAL, True),
        ("+48600100200", USUAL, True),
        ("+4930123456", USUAL, False),
        ("+48701234567", USUAL, False),
        ("+48600100200", ("internal",), False),
        ("+4930123456", ("international",), True),
        ("+4930123456", ("+49",), True),
        ("+4930123456", ("+48",), False),
        ("+4990012345678", ("+49", "international"), False),
        ("+4990012345678", ("premium",), True),
        ("112", (), True),
        ("999", (), True),
    ],
)
def test_rights(number: str, rights: tuple[str, ...], allowed: bool) -> None:
    assert may_call(rights, number, "PL") is allowed
