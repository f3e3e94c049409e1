"""Calls over the trunks without a network: asked before, counted, warned, cut off, and priced."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from sipagent.exchange.leads import handler_of
from sipagent.exchange.model import Exchange, Tariff, User
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import FIRM, House
from tests.exchange.test_calls import from_outside, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

MOBILE, ABROAD = "+48600900900", "+4930123456"
TARIFFS = (
    Tariff(prefix="+48", name="Poland", per_minute=6),
    Tariff(prefix="+4860", name="Poland, mobile", per_minute=30, connection=10),
)
TALKS = Callee(after=2, talks=7200)
ANNA = FIRM.users[0]


def firm(user: User = ANNA, **limits: Any) -> Exchange:
    """The firm with prices, in which a user has limits."""
    limited = user.model_copy(update={"rights": ("internal", "mobile", "+49")} | limits)
    return FIRM.model_copy(update={"tariffs": TARIFFS}).put("users", limited)


def costs(call: FakeLeg) -> list[dict[str, Any]]:
    return [event.details for event in call.timeline if event.kind == "cost"]


async def calls(house: House, number: str, folder: Path, extension: str = "101") -> FakeLeg:
    """Let a phone call a number, to the end."""
    call = from_phone(extension, number)
    await house.take(call, folder)
    return call


async def handled(house: House, call: FakeLeg, folder: Path) -> None:
    """Have a call handled while others go on."""
    handler = handler_of(call, house.programme, house.board)
    assert handler is not None
    await handler.run(call, house.talk(folder), longest=9999.0, closing=asyncio.Event())


@simulated
async def test_a_call_has_its_cost_at_the_tariff_of_the_moment(tmp_path: Path) -> None:
    house = House({MOBILE: Callee(after=2, talks=90)}, exchange=firm())
    call = await calls(house, MOBILE, tmp_path)
    [told] = costs(call)
    cost = {"grosze": 55, "vat": 23, "tariff": "+4860"}
    assert told == {"sip_id": "fake-1-sip", **cost, "user": "Anna Nowak"}


@pytest.mark.parametrize("callee", [Callee(code=486), Callee(after=None)])
@simulated
async def test_what_was_not_answered_costs_nothing(callee: Callee, tmp_path: Path) -> None:
    house = House({MOBILE: callee}, exchange=firm())
    assert costs(await calls(house, MOBILE, tmp_path)) == []


@simulated
async def test_without_a_tariff_nobody_knows_the_cost(tmp_path: Path) -> None:
    house = House({ABROAD: Callee(after=2, talks=9)}, exchange=firm())
    assert costs(await calls(house, ABROAD, tmp_path)) == []


@simulated
async def test_a_mobile_that_rings_for_its_user_is_theirs_to_pay(tmp_path: Path) -> None:
    mobile = Callee(after=3, talks=120, script=["1"])
    jan = FIRM.users[2].model_copy(update={"daily_minutes": 1})
    house = House({"+48600100101": mobile}, contacts={}, exchange=firm(jan))
    call = from_outside("+48221000202")
    await house.take(call, tmp_path)
    [told] = costs(call)
    assert told["tariff"] == "+4860"
    assert asyncio.get_running_loop().time() < 70, "his minute is over"
    assert house.phones.legs[0].heard == ["limit.soon", "exchange.confirm"]
    again = from_outside("+48221000202")
    await house.take(again, tmp_path)
    assert len(house.phones.legs) == 1, "nobody calls it today any more"


@simulated
async def test_who_reaches_the_limit_is_warned_and_cut_off(tmp_path: Path) -> None:
    """A call that reaches the cap gets a spoken warning a minute before, and ends."""
    house = House({MOBILE: TALKS}, exchange=firm(daily_minutes=5))
    call = await calls(house, MOBILE, tmp_path)
    assert asyncio.get_running_loop().time() == pytest.approx(302, abs=1)
    assert call.heard == ["limit.soon"]
    assert not house.phones.legs[0].heard, "the phone of the house alone"
    assert house.phones.legs[0].ended == ("agent", "limit")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"daily_minutes": 5}, "Przepraszam, dzienny limit rozmów jest wyczerpany."),
        ({"daily_amount": 100}, "Przepraszam, dzienny limit kosztów jest wyczerpany."),
        ({"calls_at_once": 0}, "Przepraszam, z tego konta trwa już zbyt wiele rozmów."),
    ],
)
@simulated
async def test_the_next_call_hears_why_it_is_refused(
    limits: dict[str, Any], said: str, tmp_path: Path
) -> None:
    house = House({MOBILE: TALKS}, exchange=firm(**limits))
    if "calls_at_once" not in limits:
        await calls(house, MOBILE, tmp_path)
    dialled = len(house.phones.legs)
    call = await calls(house, MOBILE, tmp_path)
    assert call.words.startswith(said)
    assert len(house.phones.legs) == dialled


@simulated
async def test_a_limit_speaks_the_language_of_its_user(tmp_path: Path) -> None:
    ewa = FIRM.users[1].model_copy(update={"daily_minutes": 0, "rights": ("mobile",)})
    house = House(exchange=FIRM.put("users", ewa))
    call = await calls(house, MOBILE, tmp_path, "103")
    assert call.words.startswith("I am sorry, your calls for today are used up.")


@simulated
async def test_calls_abroad_have_a_limit_that_nobody_has_set(tmp_path: Path) -> None:
    """A fraud guard: a daily cap for international calls by default."""
    half = Callee(after=2, talks=31 * 60)
    house = House({ABROAD: half, MOBILE: Callee(after=1, talks=5)}, exchange=firm())
    await calls(house, ABROAD, tmp_path)
    await calls(house, ABROAD, tmp_path)
    assert asyncio.get_running_loop().time() == pytest.approx(3604, abs=2)
    call = await calls(house, ABROAD, tmp_path)
    assert call.words.startswith("Przepraszam, dzienny limit rozmów zagranicznych")
    assert costs(await calls(house, MOBILE, tmp_path)), "others are called as ever"


@simulated
async def test_two_calls_use_up_the_limit_together(tmp_path: Path) -> None:
    house = House({MOBILE: TALKS}, exchange=firm(daily_minutes=10))
    await asyncio.gather(*(handled(house, from_phone("101", MOBILE), tmp_path) for _ in "ab"))
    assert asyncio.get_running_loop().time() == pytest.approx(302, abs=2)


@simulated
async def test_so_many_calls_at_once_and_no_more(tmp_path: Path) -> None:
    house = House({MOBILE: TALKS}, exchange=firm(calls_at_once=1))
    first = asyncio.create_task(handled(house, from_phone("101", MOBILE), tmp_path))
    await asyncio.sleep(1)
    call = from_phone("101", MOBILE)
    await handled(house, call, tmp_path)
    assert call.words.startswith("Przepraszam, z tego konta trwa już zbyt wiele rozmów.")
    first.cancel()
    await asyncio.wait([first])


@simulated
async def test_the_longest_call_of_the_line_ends_calls_out_as_well(tmp_path: Path) -> None:
    """Calls through the exchange last at most as long as the line says, an hour by default."""
    house = House({MOBILE: TALKS}, exchange=firm())
    call = await calls(house, MOBILE, tmp_path)
    assert asyncio.get_running_loop().time() == pytest.approx(3602, abs=5)
    assert call.heard == ["line.too-long"]
    assert house.phones.legs[0].over


@pytest.mark.parametrize("number", ["112", "997", "998", "999"])
@simulated
async def test_help_is_called_whatever_is_used_up(number: str, tmp_path: Path) -> None:
    """An emergency number is never stopped by caps, rights or a full line."""
    nothing: dict[str, Any] = {
        "daily_minutes": 0,
        "daily_amount": 0,
        "calls_at_once": 0,
        "rights": (),
    }
    house = House({number: Callee(after=2, talks=600)}, exchange=firm(**nothing))
    call = await calls(house, number, tmp_path)
    assert [leg.called for leg in house.phones.legs] == [number]
    assert call.answered
    assert costs(call) == []


@simulated
async def test_at_midnight_a_day_begins_with_nothing_used(tmp_path: Path) -> None:
    house = House({MOBILE: TALKS}, exchange=firm(daily_minutes=5))
    with time_machine.travel(datetime(2026, 11, 26, 22, 0, tzinfo=UTC), tick=False) as clock:
        await calls(house, MOBILE, tmp_path)
        assert (await calls(house, MOBILE, tmp_path)).words.startswith("Przepraszam")
        clock.move_to(datetime(2026, 11, 26, 23, 1, tzinfo=UTC))  # an hour later in Warsaw
        assert costs(await calls(house, MOBILE, tmp_path))
