"""Ordering calls by text: what is read as an order, and what is written back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.config import Config, LoginSection
from sipagent.domain import Handler
from sipagent.exchange import editing
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.ordered.answers import TEXTS
from sipagent.exchange.ordered.by_text import TextOrders
from sipagent.exchange.ordered.conducting import Conducting
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.exchange.ordered.pins import OrderPins
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.reading import Stored
from sipagent.exchange.schema import exchange
from sipagent.messages.templates import Templates
from sipagent.scenario.engine import Walk
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.party import Caller
from sipagent.texts.incoming import Incoming
from sipagent.texts.outgoing import Text
from tests.exchange.ordered.test_order_step import AUTHORISED, MOBILE, PIN, QUICK

pytestmark = pytest.mark.unit

TARGET = "+48221000300"
ORDER = f"{PIN} 221 000 300"


class Line:
    """Decides about orders as a test says, and ends their calls at once."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.why, self.outcome = "", "answered"

    def originate(self, handler: Handler, caller: Caller, called: str) -> "asyncio.Task[None]":
        assert isinstance(handler, Walk)
        (step,) = handler.scenario.steps.values()
        assert isinstance(step, Conducting)
        self.called.append(called)
        step._decided.set_result(self.why)
        step.outcome = self.why or self.outcome
        return asyncio.create_task(asyncio.sleep(0))


class Sent:
    """Remembers the texts that are sent, each key once."""

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}

    async def send(self, *texts: Text) -> None:
        for text in texts:
            self.texts.setdefault(text.key, text)

    @property
    def words(self) -> Sequence[str]:
        return [text.body for text in self.texts.values()]


class Phone:
    """One who sends texts, and gets answers."""

    def __init__(self, store: Store, line: Line) -> None:
        self.store, self.line, self.sent = store, line, Sent()
        self.snapshot = Snapshot.of(Stored(AUTHORISED))
        self.desk = OrderDesk(store, lambda: AUTHORISED)
        self.desk.opened(line)
        self.count = 0
        self.orders = TextOrders(
            lambda: self.snapshot,
            self.desk,
            OrderPins(store, LoginSection(), QUICK),
            self.sent,
            Config(),
            Templates((TEXTS,)),
            lambda: datetime(2026, 11, 26, 12, tzinfo=UTC),
        )
        self.desk.over = self.orders.over

    async def write(self, body: str, sender: str = MOBILE, *, again: bool = False) -> None:
        """Send a text, or have the last one read once more."""
        self.count += not again
        await self.orders.take(Incoming(f"k{self.count}", sender, body, id=self.count))

    async def kept(self) -> list[Order]:
        """Return what was ordered, once all of it is over."""
        await self.desk.stop()
        await asyncio.sleep(0)
        return await self.store.read(lambda db: Orders(db).listed(10))


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Phone]:
    path = tmp_path / "line.db"
    db = open_database(path, [exchange, ordered])
    editing.replace(db, AUTHORISED)
    db.close()
    async with Store(path, [exchange, ordered]) as store:
        yield Phone(store, Line())


@pytest.mark.parametrize(
    "body",
    [ORDER, f"  {PIN}\t0048 22 100-03-00 ", f"{PIN};+48221000300", f"{PIN}, (22) 100 03 00"],
)
async def test_pin_and_number_order_a_call_and_are_answered(phone: Phone, body: str) -> None:
    await phone.write(body)
    (order,) = await phone.kept()
    assert (order.way, order.user, order.person) == (Way.TEXT, "Jan Kowal", MOBILE)
    assert (order.target, order.shown) == (TARGET, "+48221000209")
    (words,) = phone.sent.words
    assert words.startswith("Zamówienie przyjęte.")
    assert PIN not in words


async def test_a_text_that_is_read_twice_orders_one_call(phone: Phone) -> None:
    """The same text-message webhook twice makes one call."""
    await phone.write(ORDER)
    await phone.write(ORDER, again=True)
    assert len(await phone.kept()) == 1
    assert phone.line.called == [TARGET]
    assert len(phone.sent.words) == 1


async def test_a_later_text_with_the_number_of_one_that_was_deleted_is_another_text(
    phone: Phone,
) -> None:
    """SQLite gives a number again once the row that had it is gone."""
    for key in ("a", "b"):
        await phone.orders.take(Incoming(key, MOBILE, ORDER, id=1))
    assert len(await phone.kept()) == 2
    assert len(phone.sent.words) == 2


@pytest.mark.parametrize("sender", ["+48600700700", "+48600100999"])
async def test_a_forged_sender_orders_nothing_and_troubles_nobody(
    phone: Phone, sender: str
) -> None:
    """A forged sender without PIN makes none: neither with a number that may order nothing, ..."""
    await phone.write(ORDER, sender)
    assert not await phone.kept()
    assert not phone.sent.words


async def test_a_forged_authorised_sender_needs_the_pin(phone: Phone) -> None:
    """... nor with an authorised one: whoever has that telephone learns of it."""
    for body in ("221000300", "000000 221000300"):
        await phone.write(body)
    assert not await phone.kept()
    assert phone.sent.words[0].startswith("Aby zamówić rozmowę, prosimy wysłać PIN")
    assert phone.sent.words[1].startswith("PIN jest nieprawidłowy.")


async def test_wrong_pins_lock_out_texts_and_calls(phone: Phone) -> None:
    for _ in range(12):
        await phone.write("111222 221000300")
    await phone.write(ORDER)
    assert not await phone.kept()
    assert "Zbyt wiele błędnych PIN-ów." in phone.sent.words[-1]
    by_call = OrderPins(phone.store, LoginSection(), QUICK)
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    guess = await by_call.check(MOBILE, PIN, now, asserted=True)
    assert not guess.right
    assert not guess.looked


@pytest.mark.parametrize("number", ["12", "+48 12", "221000204", "*97", "112", "999999999999999"])
async def test_what_is_no_number_is_told(phone: Phone, number: str) -> None:
    await phone.write(f"{PIN} {number}")
    assert not await phone.kept()
    (words,) = phone.sent.words
    assert words.startswith(f"Nie ma takiego numeru: {number}.")


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("exchange.not-allowed", "nie pozwalają na to uprawnienia"),
        ("order.closed", "O tej porze"),
        ("limit.calls", "zbyt wiele rozmów"),
        ("limit.minutes", "dzienny limit"),
    ],
)
async def test_why_a_call_is_not_made_is_told_once(phone: Phone, why: str, words: str) -> None:
    phone.line.why = why
    await phone.write(ORDER)
    assert [one.outcome for one in await phone.kept()] == [why]
    (told,) = phone.sent.words
    assert words in told


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("busy", "jest zajęty"),
        ("no-answer", "nie odpowiada"),
        ("unreachable", "Nie udało się połączyć"),
        ("absent", "nikt nie odebrał"),
    ],
)
async def test_how_a_call_went_that_came_to_nothing_is_told(
    phone: Phone, outcome: str, words: str
) -> None:
    phone.line.outcome = outcome
    await phone.write(ORDER)
    await phone.kept()
    assert len(phone.sent.words) == 2
    assert words in phone.sent.words[1]


async def test_each_is_answered_in_their_own_language(phone: Phone) -> None:
    users = tuple(one.model_copy(update={"language": "en"}) for one in AUTHORISED.users)
    phone.snapshot = Snapshot.of(Stored(AUTHORISED.model_copy(update={"users": users})))
    await phone.write("help")
    assert phone.sent.words == [
        "To order a call, please send the PIN, a blank and the number, such as: 123456 221234567"
    ]
