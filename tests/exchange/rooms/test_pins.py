"""PINs of rooms: which are taken, whose they are, and what becomes of those who guess."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.pins import Role, RoomPins, set_pin
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.party import Caller

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
STRANGER = Caller("+48600700700", asserted=True)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with contextlib.closing(open_database(tmp_path / "line.db", [exchange])) as database:
        editing.replace(database, Exchange(rooms=(Room(name="Narada", number="*1234"),)))
        set_pin(database, "Narada", Role.GUEST, "4711")
        set_pin(database, "*1234", Role.MODERATOR, "83920157")
        yield database


@pytest.fixture
async def pins(db: sqlite_utils.Database, tmp_path: Path) -> AsyncIterator[RoomPins]:
    async with Store(tmp_path / "line.db", [exchange]) as store:
        yield RoomPins(store, LoginSection())


async def test_a_pin_tells_as_what_somebody_comes_in(pins: RoomPins) -> None:
    for pin, role in (("4711", Role.GUEST), ("83920157", Role.MODERATOR), ("4712", None)):
        found, _ = await pins.check("Narada", pin, STRANGER, NOW)
        assert found is role


async def test_wrong_pins_lock_out_across_calls(pins: RoomPins) -> None:
    """Wrong PINs lock out across calls: the right one does not help, from any number."""
    wait = None
    for _ in range(20):
        _, guess = await pins.check("Narada", "9999", STRANGER, NOW)
        wait = guess.wait
        if wait is not None:
            break
    assert wait is not None
    for caller in (STRANGER, Caller("+48600800800", asserted=True)):
        found, guess = await pins.check("Narada", "4711", caller, NOW)
        assert (found, guess.looked) == (None, False)
    found, _ = await pins.check("Narada", "4711", STRANGER, NOW + wait + timedelta(seconds=1))
    assert found is Role.GUEST


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("123", "a PIN has 4 to 8 digits"),
        ("123456789", "a PIN has 4 to 8 digits"),
        ("4567", "its digits follow each other"),
        ("1234", "its digits follow each other"),
        ("83920157", "guests and moderators need different PINs"),
    ],
)
def test_what_is_no_pin_is_refused(db: sqlite_utils.Database, pin: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        set_pin(db, "Narada", Role.GUEST, pin)


async def test_a_room_keeps_its_pins_under_another_name(
    db: sqlite_utils.Database, pins: RoomPins
) -> None:
    editing.edit(db, "rooms", "Narada", {"name": "Zarząd"})
    found, _ = await pins.check("Zarząd", "4711", STRANGER, NOW)
    assert found is Role.GUEST
    set_pin(db, "Zarząd", Role.GUEST, "")
    found, _ = await pins.check("Zarząd", "4711", STRANGER, NOW)
    assert found is None
