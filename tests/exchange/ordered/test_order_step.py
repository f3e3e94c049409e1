"""Calling in to order a call: PIN, number, a key; and what keeps somebody from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from sipagent.config import LoginSection
from sipagent.errors import HungUp
from sipagent.exchange import editing
from sipagent.exchange.model import Authorised
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.exchange.ordered.pins import OrderPins
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.schema import exchange
from sipagent.exchange.steps.order import OrderStep
from sipagent.scenario.step import Settings
from sipagent.speech.words import Digits, spoken
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Press
from tests.exchange.house import FIRM, House

pytestmark = pytest.mark.unit

MOBILE, PIN, TARGET = "+48600100101", "270318", "221000300"
#: As the real one, and fast.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
AUTHORISED = FIRM.model_copy(
    update={
        "authorised": (
            Authorised(number=MOBILE, user="Jan Kowal", shown="+48221000209", pin=QUICK.hash(PIN)),
            Authorised(number="+48600100999", user="Anna Nowak"),
        )
    }
)


class Place:
    """The firm, a database, and one who calls to order."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.house = House(exchange=AUTHORISED)
        self.desk = OrderDesk(store, lambda: AUTHORISED)
        self.pins = OrderPins(store, LoginSection(), QUICK)
        self.house.services = {OrderDesk: self.desk, OrderPins: self.pins}

    async def call(self, *script: Act, number: str | None = MOBILE) -> FakeLeg:
        """Have somebody call and press keys; what is not pressed is silence."""
        leg = FakeLeg(script, caller=Caller(number, asserted=True))
        step = OrderStep("order", Settings())
        await step.run(leg, self.house.talk(self.folder))
        await self.desk.stop()
        assert leg.over
        return leg

    async def orders(self) -> list[Order]:
        """Return what was ordered."""
        return await self.store.read(lambda db: Orders(db).listed(10))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    path = tmp_path / "line.db"
    db = open_database(path, [exchange, ordered])
    editing.replace(db, AUTHORISED)
    db.close()
    async with Store(path, [exchange, ordered]) as store:
        yield Place(store, tmp_path)


async def test_pin_number_and_a_key_order_a_call(place: Place) -> None:
    leg = await place.call(f"{PIN}#", f"{TARGET}#", "1")
    assert leg.heard[-1] == "order.ordered"
    assert f"Numer {spoken(Digits(TARGET), 'pl')}." in leg.words
    (order,) = await place.orders()
    assert order.target == f"+48{TARGET}"
    assert (order.way, order.user, order.person) == (Way.CALL, "Jan Kowal", MOBILE)
    assert order.shown == "+48221000209"
    digits = [e.details for e in leg.timeline if e.kind == "digit"]
    assert all(one.get("secret") for one in digits[: len(PIN)]), "no record shows the PIN"


async def test_a_pin_that_is_typed_into_the_prompt_before_it_is_in_no_record(place: Place) -> None:
    leg = await place.call("111222#", Press(f"{PIN}#", during="order.pin-wrong"), f"{TARGET}#", "1")
    assert leg.heard[-1] == "order.ordered"
    digits = [e.details for e in leg.timeline if e.kind == "digit"]
    assert all(one.get("secret") for one in digits[: 7 + len(PIN)])


async def test_a_number_that_is_read_back_can_be_typed_again(place: Place) -> None:
    await place.call(f"{PIN}#", "600700700#", "2", "101#", "1")
    assert [one.target for one in await place.orders()] == ["user:Anna Nowak"]


@pytest.mark.parametrize("number", [None, "+48600700700", "+48600100999"])
async def test_who_calls_from_another_number_or_without_a_pin_orders_nothing(
    place: Place, number: str | None
) -> None:
    leg = await place.call(f"{PIN}#", f"{TARGET}#", "1", number=number)
    assert leg.heard == ["order.not-authorised"]
    assert not await place.orders()


async def test_wrong_pins_lock_out_across_calls(place: Place) -> None:
    for _ in range(4):
        leg = await place.call("111222#", "111222#", "111222#")
    assert leg.heard[-1].startswith("login.locked-")
    leg = await place.call(f"{PIN}#", f"{TARGET}#", "1")
    assert leg.heard[-1].startswith("login.locked-"), "the right one does not help now"
    assert not await place.orders()


async def test_what_may_not_be_called_is_told_and_another_number_can_be_typed(
    place: Place,
) -> None:
    leg = await place.call(f"{PIN}#", "004930123456#", "1", f"{TARGET}#", "1")
    assert "exchange.not-allowed" in leg.heard
    assert leg.heard[-1] == "order.ordered"


@pytest.mark.parametrize("typed", ["9", "221000204", "", "*97", "112"])
async def test_what_is_no_number_is_told(place: Place, typed: str) -> None:
    leg = await place.call(f"{PIN}#", *[f"{typed}#"] * 3)
    assert leg.heard[-1] == "order.help"
    assert "order.no-number" in leg.heard
    assert not await place.orders()


async def test_who_hangs_up_once_it_is_ordered_is_called_all_the_same(place: Place) -> None:
    leg = FakeLeg([f"{PIN}#", f"{TARGET}#", "1"], caller=Caller(MOBILE))
    leg.watch = lambda event: leg.hangs_up() if event.kind == "order" else None
    with pytest.raises(HungUp):
        await OrderStep("order", Settings()).run(leg, place.house.talk(place.folder))
    await place.desk.stop()
    assert [one.target for one in await place.orders()] == [f"+48{TARGET}"]
