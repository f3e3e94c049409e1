"""Texts of phones: to whom they may go, and where they do."""

import asyncio

import pytest

from sipagent.config import Config
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.reading import Stored
from sipagent.exchange.texting import HouseTexting
from sipagent.telephony.party import Caller
from sipagent.telephony.texting import PhoneText
from sipagent.texts.incoming import Incoming
from sipagent.texts.outgoing import Text
from tests.exchange.house import FIRM
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

ANNA, EWA = (Caller(None, asserted=True, extension=number) for number in ("101", "103"))
GATEWAY = {"texts": {"url": "https://sms.example.com/"}}


class Texts:
    """Remembers what is sent, and what is kept."""

    def __init__(self) -> None:
        self.sent: list[Text] = []
        self.kept: list[Incoming] = []
        self.inbox = self

    async def send(self, *texts: Text) -> None:
        self.sent += texts

    async def put(self, text: Incoming) -> bool:
        self.kept.append(text)
        return True


class Phones:
    """Takes what goes to phones."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str, str]] = []

    async def send(self, account: str, sender: str, name: str, body: str) -> bool:
        self.got.append((account, sender, name, body))
        return True


class World:
    """A firm whose phones write."""

    def __init__(self, **settings: object) -> None:
        self.texts, self.phones = Texts(), Phones()
        config = Config.model_validate({**GATEWAY, **settings})
        snapshot = Snapshot.of(Stored(FIRM))
        self.house = HouseTexting(lambda: snapshot, self.texts, config)  # type: ignore[arg-type]
        self.house.reach(self.phones.send)

    async def write(self, caller: Caller, called: str, trunk: str = "") -> None:
        self.house.take(PhoneText("k", caller, called, "Cześć", trunk))
        await self.house.stop()


@pytest.mark.parametrize(
    ("caller", "called", "code"),
    [
        (ANNA, "102", 202),
        (ANNA, "600700700", 202),
        (ANNA, "*022", 202),
        (ANNA, "200", 404),
        (ANNA, "999", 404),
        (ANNA, "112", 404),
        (ANNA, "infolinia", 404),
        (ANNA, "+4930123456", 403),
        (ANNA, "701234567", 403),
        (EWA, "600700700", 403),
        (EWA, "101", 202),
        (Caller(None, extension="109"), "101", 403),
        (Caller("+48600700700"), "101", 403),
    ],
)
def test_who_may_call_may_write(caller: Caller, called: str, code: int) -> None:
    assert World().house.judge(caller, called, "") == code


def test_without_a_gateway_nothing_goes_outside() -> None:
    world = World(texts={})
    assert world.house.judge(ANNA, "600700700", "") == 503
    assert world.house.judge(ANNA, "102", "") == 202


def test_a_trunk_says_who_writes() -> None:
    judge = World().house.judge
    assert judge(Caller("+48600100101"), "221000209", "carrier") == 202
    assert judge(Caller(None), "221000209", "carrier") == 403


async def test_a_colleague_gets_it_at_the_phones() -> None:
    world = World()
    await world.write(ANNA, "102")
    assert world.phones.got == [("102-1", "101", "Anna Nowak", "Cześć")]
    assert not world.texts.sent


async def test_a_number_outside_gets_it_by_the_gateway() -> None:
    world = World()
    await world.write(ANNA, "600700700")
    (text,) = world.texts.sent
    assert (text.to, text.body, text.owner) == ("+48600700700", "Cześć", "Anna Nowak")


async def test_a_text_of_a_trunk_is_one_that_came() -> None:
    world = World()
    await world.write(Caller("+48600100101"), "221000209", "carrier")
    assert world.texts.kept == [Incoming("k", "+48600100101", "Cześć", "221000209")]


async def test_a_line_that_stops_waits_for_no_phone_that_says_nothing() -> None:
    world = World()

    async def silent(account: str, sender: str, name: str, body: str) -> bool:
        await asyncio.Event().wait()
        return True

    world.house.reach(silent)
    world.house.take(PhoneText("k", ANNA, "102", "Cześć"))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await world.house.stop()
