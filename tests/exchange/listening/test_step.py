"""Who may listen in: from a phone of the house or from outside, with a right and a PIN."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import sqlite_utils
from argon2 import PasswordHasher

from sipagent.config import LoginSection
from sipagent.errors import SetupError
from sipagent.exchange import editing
from sipagent.exchange.directory import Directory
from sipagent.exchange.domain import Exchange
from sipagent.exchange.listening.live import LiveCalls
from sipagent.exchange.listening.pins import UserPins
from sipagent.exchange.listening.post import ListeningPost
from sipagent.exchange.listening.uses import StoredUses
from sipagent.exchange.model import LineNumber
from sipagent.exchange.steps.listen import Listen, ListenSettings
from sipagent.scenario.engine import run
from sipagent.scenario.model import Scenario
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Leave
from tests.exchange.house import House
from tests.exchange.listening.ears import LISTENED, MARIA, Kept
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

PIN = "590318"
LINE = LISTENED.model_copy(
    update={"numbers": (LineNumber(number="+48221000200", leads_to="group:Biuro"),)}
)
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SETTINGS = LoginSection()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The firm on a database, where Maria has the right, and she and Jan have a PIN."""
    async with Store(tmp_path / "line.db", Exchange.migrations) as store:
        await store.write(lambda db: editing.replace(db, LINE))
        for user in (MARIA.name, "Jan Kowal"):
            await store.write(partial(_given_pin, user))
        directory = Directory(store, "PL")
        await directory.refresh()
        there = House(exchange=LINE)
        there.use(lambda: directory.now)
        there.services[UserPins] = UserPins(store, SETTINGS, HASHER)
        there.services[ListeningPost] = ListeningPost(LiveCalls(), StoredUses(store))
        yield there


def _given_pin(user: str, db: sqlite_utils.Database) -> None:
    editing.keep_pin(db, user, HASHER.hash(PIN), "users")


async def dialled(
    house: House, extension: str, keys: str, tones: Path, code: str = "*55"
) -> FakeLeg:
    caller = Caller(None, asserted=True, extension=extension)
    call = FakeLeg([keys, Leave()], caller=caller, called=code)
    await asyncio.wait_for(house.take(call, tones), PATIENCE)
    return call


async def from_outside(house: House, keys: str, tones: Path) -> FakeLeg:
    """A number of the trunk leads to a scenario of one step."""
    step = Listen("listen", ListenSettings())
    routes: dict[str, dict[str, str]] = {"listen": {}}
    scenario = Scenario(Path(), "supervisors", ("pl",), {}, "listen", {"listen": step}, routes)
    call = FakeLeg([keys], caller=Caller("+48600700700"), called="+48221000209", trunk="carrier")
    await asyncio.wait_for(run(scenario, call, house.talk(tones), longest=3600), PATIENCE)
    return call


def said(call: FakeLeg) -> list[str]:
    return [heard.key for heard in call.transcript]


def shown(call: FakeLeg) -> str:
    """Return the keys that are on record."""
    return "".join(
        str(event.details["digit"])
        for event in call.timeline
        if event.kind == "digit" and not event.details.get("secret")
    )


async def test_from_a_phone_with_right_and_pin(house: House, tmp_path: Path) -> None:
    call = await dialled(house, "110", f"{PIN}#", tmp_path)
    assert said(call)[:2] == ["listening.pin", "listening.choose"]
    assert shown(call) == ""


async def test_from_outside_the_own_number_is_typed_first(house: House, tmp_path: Path) -> None:
    call = await from_outside(house, f"110#{PIN}#", tmp_path)
    assert said(call)[:3] == ["listening.who", "listening.pin", "listening.choose"]
    assert shown(call) == "110#"


@pytest.mark.parametrize("number", ["199", "200", "*", ""])
async def test_a_number_of_no_user_sounds_like_a_wrong_pin(
    number: str, house: House, tmp_path: Path
) -> None:
    call = await from_outside(house, f"{number}#{PIN}#", tmp_path)
    assert "listening.pin-wrong" in said(call)
    assert "listening.choose" not in said(call)


@pytest.mark.parametrize("way", [dialled, from_outside])
async def test_who_has_no_right_may_not(way: object, house: House, tmp_path: Path) -> None:
    if way is dialled:
        call = await dialled(house, "102", f"{PIN}#", tmp_path)
    else:
        call = await from_outside(house, f"102#{PIN}#", tmp_path)
    assert said(call)[-1] == "listening.not-allowed"
    assert "listening.choose" not in said(call)


async def test_who_has_no_pin_may_not(house: House, tmp_path: Path) -> None:
    call = await dialled(house, "101", "123456#", tmp_path)
    assert "listening.pin-wrong" in said(call)


async def test_wrong_pins_lock_out_over_calls(house: House, tmp_path: Path) -> None:
    keys = "111222#" * 3
    while True:
        call = await dialled(house, "110", keys, tmp_path)
        if said(call)[-1].startswith("login.locked"):
            break
        assert said(call)[-1] == "listening.pin-help"
    call = await dialled(house, "110", f"{PIN}#", tmp_path)
    assert said(call)[-1].startswith("login.locked"), "not even the right one is looked at"


@pytest.mark.parametrize(("code", "first"), [("*55", ""), ("*55102", "102")])
async def test_a_number_behind_the_code_is_whom_to_listen_to(
    code: str, first: str, house: House, tmp_path: Path
) -> None:
    class Seen(ListeningPost):
        async def listened(self, *given: object) -> None:
            assert given[-1] == first
            call = given[1]
            assert isinstance(call, FakeLeg)
            call.note("seen")

    house.services[ListeningPost] = Seen(LiveCalls(), Kept())
    call = await dialled(house, "110", f"{PIN}#", tmp_path, code)
    assert [event for event in call.timeline if event.kind == "seen"]


async def test_where_nothing_can_be_kept_nobody_listens(house: House, tmp_path: Path) -> None:
    class Full(ListeningPost):
        async def listened(self, *_: object) -> None:
            raise SetupError("the disk is full, says the test")

    house.services[ListeningPost] = Full(LiveCalls(), Kept())
    call = await dialled(house, "110", f"{PIN}#", tmp_path)
    assert said(call)[-1] == "listening.trouble"
