"""Who rings and who talks, for the lamps of phones: over the calls of a firm, without a network."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.leads import handler_of
from sipagent.exchange.presence import Presence
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.lamps import Lamp
from tests.cancelling import at_every_wait
from tests.exchange.house import ANNAS, EWAS, JANS, House
from tests.exchange.test_calls import RINGS, from_outside, from_phone
from tests.simulated import simulated

pytestmark = pytest.mark.unit

ANNA, EWA, JAN = (Ref(Kind.USER, name) for name in ("Anna Nowak", "Ewa Lis", "Jan Kowal"))
IDLE, RINGING, TALKING = Lamp.IDLE, Lamp.RINGING, Lamp.TALKING


class Watcher:
    """Writes down each change."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self.seen: list[tuple[Target, Lamp]] = []
        presence.subscribe(self.told)

    def told(self, whom: Target) -> None:
        self.seen.append((whom, self._presence.of(whom)))

    def of(self, whom: Target) -> list[Lamp]:
        return [lamp for one, lamp in self.seen if one == whom]


def test_who_talks_does_so_while_another_telephone_rings() -> None:
    presence = Presence()
    watcher = Watcher(presence)
    with presence.ringing(ANNA), presence.ringing(ANNA):
        with presence.talking(ANNA):
            assert presence.of(ANNA) is TALKING
            assert presence.busy() == {"Anna Nowak"}
        assert presence.of(ANNA) is RINGING
    assert watcher.of(ANNA) == [RINGING, TALKING, RINGING, IDLE]


def test_a_parking_place_has_a_lamp_and_makes_nobody_busy() -> None:
    presence = Presence()
    with presence.talking("*70"):
        assert presence.of("*70") is TALKING
        assert presence.of("*71") is IDLE
        assert presence.busy() == frozenset()
    assert presence.of("*70") is IDLE


def test_a_watcher_that_breaks_ends_no_call_and_hides_nothing_from_others() -> None:
    presence = Presence()

    def broken(whom: Target) -> None:
        raise ValueError(whom)

    presence.subscribe(broken)
    watcher = Watcher(presence)
    with presence.talking(ANNA):
        pass
    assert watcher.of(ANNA) == [TALKING, IDLE]


@simulated
async def test_a_busy_lamp_never_goes_busy_before_ringing(tmp_path: Path) -> None:
    """A busy lamp never goes busy before ringing, and never rings again as the call ends."""
    house = House({ANNAS: Callee(after=5, talks=60), EWAS: RINGS})
    watcher = Watcher(house.board.presence)
    await house.take(from_outside(), tmp_path)
    assert watcher.of(ANNA) == [RINGING, TALKING, IDLE]
    assert watcher.of(EWA) == [RINGING, IDLE]
    assert watcher.of(JAN) == []


@simulated
async def test_who_calls_is_busy_before_the_other_side_answers(tmp_path: Path) -> None:
    house = House({EWAS: Callee(after=3, talks=9)})
    watcher = Watcher(house.board.presence)
    await house.take(from_phone("101", "103"), tmp_path)
    assert watcher.seen == [
        (ANNA, TALKING),
        (EWA, RINGING),
        (EWA, TALKING),
        (EWA, IDLE),
        (ANNA, IDLE),
    ]


@pytest.mark.parametrize(
    "mobile", [Callee(after=3), Callee(after=3, talks=20, script=["1"]), Callee(code=486)]
)
@simulated
async def test_all_telephones_of_a_user_are_one_lamp(mobile: Callee, tmp_path: Path) -> None:
    house = House({"+48600100101": mobile, JANS: RINGS})
    watcher = Watcher(house.board.presence)
    await house.take(from_outside("+48221000202"), tmp_path)
    taken = [TALKING] if mobile.script else []
    assert watcher.of(JAN) == [RINGING, *taken, IDLE]


@pytest.mark.parametrize("again", [0, 1])
@simulated
async def test_nobodys_state_hangs_after_a_cancel_at_any_moment(again: int, tmp_path: Path) -> None:
    """Whenever a call is cancelled, nobody is left ringing or busy."""
    houses: list[House] = []

    async def call() -> None:
        house = House({ANNAS: Callee(after=5, talks=9), EWAS: Callee(after=7)})
        houses.append(house)
        caller = from_phone("102", "200")
        handler = handler_of(caller, house.programme, house.board)
        assert handler is not None
        talk = house.talk(tmp_path)
        await handler.run(caller, talk, longest=600.0, closing=asyncio.Event())

    async def settled() -> None:
        presence = houses[-1].board.presence
        assert {presence.of(one) for one in (ANNA, EWA, JAN)} == {IDLE}

    assert await at_every_wait(call, settled, again=again) > 5
