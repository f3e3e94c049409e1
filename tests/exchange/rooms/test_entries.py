"""Rooms as entries of the exchange: their numbers, and what `check` says of them."""

from collections.abc import Iterator

import pytest

from sipagent.config import Config
from sipagent.exchange.codes import coded
from sipagent.exchange.model import Exchange, LineNumber
from sipagent.exchange.promises import missed
from sipagent.exchange.rooms.model import Room

pytestmark = pytest.mark.unit


def numbers() -> Iterator[str]:
    """Return all that could be the number of a room."""
    for digits in (2, 3, 4):
        for number in range(10**digits):
            yield f"*{number:0{digits}}"


def test_no_number_of_a_room_is_a_code_of_the_house() -> None:
    taken = [one for one in numbers() if _fits(one)]
    assert len(taken) > 5000
    assert not [one for one in taken if coded(one) is not None]


def _fits(number: str) -> bool:
    try:
        Room(name="Narada", number=number)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("number", ["1234", "*1", "*12345", "*022", "*8102", "*97", "*71", "*281"])
def test_what_is_no_number_of_a_room_is_refused(number: str) -> None:
    assert not _fits(number)


def test_a_room_into_which_nobody_gets_is_told() -> None:
    room = Room(name="Narada", number="*1234", wait=True)
    number = LineNumber(number="+48221000250", leads_to="room:Narada")
    told = list(missed(Exchange(rooms=(room,), numbers=(number,)), Config()))
    assert len(told) == 1
    assert "nobody comes in from outside: sipagent rooms pin 'Narada'" in told[0]
    room = room.model_copy(update={"pin": "a hash"})
    told = list(missed(Exchange(rooms=(room,), numbers=(number,)), Config()))
    assert len(told) == 1
    assert "all wait for a moderator, and nobody can be one" in told[0]
