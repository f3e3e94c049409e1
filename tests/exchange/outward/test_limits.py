"""What a user may still call today."""

import pytest

from sipagent.config import ExchangeSection
from sipagent.exchange.model import Tariff, User
from sipagent.exchange.outward.limits import (
    Cap,
    Limits,
    Live,
    Used,
    limits_of,
    refused,
    seconds_left,
)

pytestmark = pytest.mark.unit

ANNA = User(name="Anna", number="101")
TARIFF = Tariff(prefix="+48", name="Poland", per_minute=60, connection=100)


def test_what_a_user_has_of_their_own_counts_more_than_what_is_usual() -> None:
    usual = ExchangeSection(daily_minutes=100, calls_at_once=3)
    assert limits_of(ANNA, usual) == Limits(100, 60, None, 3)
    own = ANNA.model_copy(update={"daily_minutes": 0, "daily_amount": 500})
    assert limits_of(own, usual) == Limits(0, 60, 500, 3)


@pytest.mark.parametrize(
    ("limits", "used", "live", "abroad", "cap"),
    [
        (Limits(), Used(10**9, 10**9, 10**9), 99, True, None),
        (Limits(calls=2), Used(), 1, False, None),
        (Limits(calls=2), Used(), 2, False, Cap.CALLS),
        (Limits(minutes=1), Used(59_000), 0, False, None),
        (Limits(minutes=1), Used(60_000), 0, False, Cap.MINUTES),
        (Limits(international=1), Used(60_000, 60_000), 0, False, None),
        (Limits(international=1), Used(60_000, 60_000), 0, True, Cap.INTERNATIONAL),
        (Limits(amount=100), Used(0, 0, 100), 0, False, Cap.AMOUNT),
        (Limits(amount=0), Used(), 0, False, Cap.AMOUNT),
        (Limits(amount=100), Used(), 0, False, Cap.AMOUNT),  # to begin costs all of it
        (Limits(amount=101), Used(), 0, False, None),
    ],
)
def test_another_call(limits: Limits, used: Used, live: int, abroad: bool, cap: Cap | None) -> None:
    assert refused(limits, used, live, abroad, TARIFF) == cap


@pytest.mark.parametrize(
    ("limits", "used", "live", "seconds"),
    [
        (Limits(), Used(), Live(), None),
        (Limits(minutes=2), Used(60_000), Live(), 60),
        (Limits(minutes=2), Used(60_000), Live(2, 1), 30),
        (Limits(minutes=2, international=1), Used(30_000, 30_000), Live(), 30),
        (Limits(international=1), Used(30_000, 30_000), Live(2, 1), 30),
        (Limits(amount=160), Used(0, 0, 100), Live(), 60),  # what it has cost to begin is paid
        (Limits(amount=100), Used(0, 0, 130), Live(), 0),
    ],
)
def test_how_long_a_call_may_go_on(
    limits: Limits, used: Used, live: Live, seconds: float | None
) -> None:
    assert seconds_left(limits, used, live, True, TARIFF) == seconds


def test_without_a_tariff_money_counts_for_nothing() -> None:
    assert seconds_left(Limits(amount=1), Used(), Live(1, 0), False, None) is None
    assert refused(Limits(amount=1), Used(), 0, False, None) is None
    assert refused(Limits(amount=1), Used(0, 0, 1), 0, False, None) == Cap.AMOUNT
