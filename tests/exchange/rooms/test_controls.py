"""What can be asked of rooms while people are in them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sipagent.control.control import done
from sipagent.errors import SetupError
from sipagent.exchange.rooms.controls import controls_of
from tests.exchange.rooms.visits import SOON, Hall
from tests.simulated import simulated

pytestmark = pytest.mark.unit


async def ask(hall: Hall, do: str, **wanted: object) -> Any:
    """Ask as a command does."""
    return await done(controls_of(hall.rooms), f"rooms.{do}", wanted)


@simulated
async def test_a_room_is_led_from_outside(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)
    hall.mix.seats[0].silence, hall.mix.seats[1].silence = 0.1, 5.0
    (room,) = await ask(hall, "live")
    assert [one["shown"] for one in room["guests"]] == ["Anna Nowak <101>", "Jan Kowal <102>"]
    assert [one["speaks"] for one in room["guests"]] == [True, False]
    assert (await ask(hall, "mute", room="*1234", guest=2))["guests"][1]["muted"]
    assert hall.hears(anna) == []
    assert not (await ask(hall, "unmute", room="Narada", guest=2))["guests"][1]["muted"]
    assert (await ask(hall, "lock", room="Narada"))["locked"]
    await asyncio.sleep(SOON)
    ewa = hall.phone("103")
    await asyncio.sleep(SOON)
    assert ewa.heard[-1] == "rooms.locked"
    await ask(hall, "unlock", room="Narada")
    await ask(hall, "drop", room="Narada", guest=2)
    await asyncio.sleep(SOON)
    assert jan.heard[-1] == "rooms.removed"
    await ask(hall, "end", room="Narada")
    await hall.empty()
    assert anna.heard[-1] == "rooms.ended"


@simulated
async def test_who_asks_for_what_is_not_there_is_told(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    for room in ("Narada", "Nigdzie"):
        with pytest.raises(SetupError, match=f"nobody is in the room '{room}'"):
            await ask(hall, "lock", room=room)
    anna = hall.phone("101")
    await asyncio.sleep(SOON)
    with pytest.raises(SetupError, match="nobody in Narada has the number 7"):
        await ask(hall, "drop", room="Narada", guest=7)
    anna.hangs_up()
    await hall.empty()


@simulated
async def test_a_meeting_that_ends_while_the_list_is_made_breaks_nothing(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    anna, jan = hall.phone("101"), hall.phone("102")
    await asyncio.sleep(SOON)

    async def quiet() -> float:
        anna.hangs_up()
        jan.hangs_up()
        await asyncio.sleep(SOON)
        return 1.0

    hall.mix.seats[0].quiet = quiet  # type: ignore[method-assign]
    (room,) = await ask(hall, "live")
    assert len(room["guests"]) <= 2
    await hall.empty()
    assert await ask(hall, "live") == []
