"""What lamps show: who has which number, whose messages wait, and what is kept over a restart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.directory import Directory, Snapshot
from sipagent.exchange.domain import Exchange as ExchangeDomain
from sipagent.exchange.lamps import HouseLamps
from sipagent.exchange.messages_waiting import Waiting
from sipagent.exchange.model import Box, Exchange
from sipagent.exchange.presence import Presence
from sipagent.exchange.reading import Stored
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.watches import StoredWatches
from sipagent.store.store import Store
from sipagent.telephony.lamps import Lamp, Lamps, Messages, Watch, Watches
from tests.exchange.exchanges import firm
from tests.exchange.house import FIRM

pytestmark = pytest.mark.unit

ANNA = Ref(Kind.USER, "Anna Nowak")
BOXES = Exchange(
    **{kind: getattr(FIRM, kind) for kind in ("users", "phones", "groups")},
    boxes=(
        Box(name="Anna", owner="user:Anna Nowak"),
        Box(name="Biuro", owner="group:Biuro"),
        Box(name="Jan", owner="user:Jan Kowal"),
    ),
)


class Boxes:
    """What the boxes hold, and how often that was asked."""

    def __init__(self) -> None:
        self.counts = {"Anna": (1, 2), "Biuro": (3, 0), "Jan": (0, 0)}
        self.asked: list[str] = []
        self.waiting = Waiting(lambda: Snapshot.of(Stored(BOXES)), self.count)
        self.told: list[str] = []
        self.waiting.subscribe(self.told.append)

    def count(self, box: str) -> tuple[int, int]:
        self.asked.append(box)
        return self.counts[box]


def test_a_user_has_the_messages_of_the_own_box_and_of_the_groups() -> None:
    boxes = Boxes()
    boxes.waiting.refresh()
    assert boxes.waiting.of("101-1") == Messages(4, 2)
    assert boxes.waiting.of("103-1") == Messages(3, 0), "Ewa is in the group, and has no box"
    assert boxes.waiting.of("102-1") == Messages(0, 0)
    assert boxes.waiting.of("nobody") == Messages(0, 0)
    assert boxes.told == ["101-1", "103-1"]
    assert sorted(boxes.asked) == ["Anna", "Biuro", "Jan"], "each once"


def test_only_those_are_told_whose_messages_are_others() -> None:
    boxes = Boxes()
    boxes.waiting.refresh()
    boxes.told.clear()
    boxes.waiting.changed("Biuro")
    assert boxes.told == []
    boxes.counts["Biuro"] = (2, 1)
    boxes.waiting.changed("Biuro")
    assert boxes.told == ["101-1", "103-1"]
    assert boxes.waiting.of("101-1") == Messages(3, 3)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """The database of a line that runs, with the firm in it."""
    async with Store(tmp_path / "line.db", ExchangeDomain.migrations) as opened:
        await opened.write(lambda db: editing.replace(db, firm()))
        yield opened


class Follower:
    """The lamps of a firm, and whom they tell of."""

    def __init__(self, directory: Directory) -> None:
        self.presence = Presence()
        waiting = Waiting(lambda: directory.now, lambda box: (0, 0))
        self.lamps: Lamps = HouseLamps(directory, self.presence, waiting)
        self.told: list[tuple[str, Lamp | None]] = []
        self.lamps.follow(lambda number: self.told.append((number, self.of(number))), print)

    def of(self, number: str) -> Lamp | None:
        return self.lamps.lamp(number)


async def test_lamps_are_of_users_and_parking_places(store: Store) -> None:
    directory = Directory(store, "PL")
    await directory.refresh()
    follower = Follower(directory)
    assert follower.of("101") is follower.of("*70") is follower.of("*79") is Lamp.IDLE
    assert [follower.of(one) for one in ("200", "109", "*7", "*700", "*69", "")] == [None] * 6
    with follower.presence.ringing(ANNA), follower.presence.talking("*71"):
        assert (follower.of("101"), follower.of("*71")) == (Lamp.RINGING, Lamp.TALKING)
    assert follower.told == [
        ("101", Lamp.RINGING),
        ("*71", Lamp.TALKING),
        ("*71", Lamp.IDLE),
        ("101", Lamp.IDLE),
    ]


async def test_who_gets_another_number_takes_the_lamp_along(store: Store) -> None:
    directory = Directory(store, "PL")
    await directory.refresh()
    follower = Follower(directory)
    with follower.presence.talking(ANNA):
        follower.told.clear()
        await store.write(lambda db: editing.edit(db, "users", "101", {"number": "110"}))
        await directory.refresh()
        assert sorted(follower.told) == [("101", None), ("110", Lamp.TALKING)]


WATCH = Watch(
    tag="0123456789abcdef",
    account="101-1",
    package="dialog",
    whom="102",
    event="dialog;id=7",
    entity="sip:102@firma.example",
    dialog=(("From", '"Łucja \\"L\\"" <sip:102@firma.example>;tag=0123'), ("Call-ID", "x")),
    contact="<sip:102@192.0.2.1:5060>",
    target="sip:101-1@198.51.100.7:5066;transport=udp",
    source="198.51.100.7:5066",
    transport="udp",
    cseq=7,
    expires=datetime(2026, 11, 26, 7, tzinfo=UTC),
)


async def test_what_phones_watch_outlives_the_daemon(tmp_path: Path, store: Store) -> None:
    kept: Watches = StoredWatches(store)
    kept.put(WATCH)
    await store.written()
    await store.close()
    async with Store(tmp_path / "line.db", ExchangeDomain.migrations) as again:
        assert await StoredWatches(again).load() == [WATCH]


async def test_a_watch_is_replaced_dropped_and_goes_with_its_phone(store: Store) -> None:
    kept = StoredWatches(store)
    kept.put(WATCH)
    later = replace(WATCH, cseq=8)
    kept.put(later)
    await store.written()
    assert await kept.load() == [later]
    kept.drop("another")
    kept.drop(WATCH.tag)
    await store.written()
    assert await kept.load() == []
    kept.put(WATCH)
    await store.written()
    await store.write(lambda db: editing.remove(db, "phones", "101-1"))
    kept.put(WATCH)
    await store.written()
    assert await kept.load() == []
