"""Rooms at work: what steps let people in with, and what can be asked of those who are there."""

from collections.abc import Callable

from sipagent.config import Config
from sipagent.domain import House, Originating, Staff
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.rooms.controls import controls_of
from sipagent.exchange.rooms.inviting import Inviting
from sipagent.exchange.rooms.pins import RoomPins
from sipagent.exchange.rooms.recording import Begin
from sipagent.exchange.rooms.rooms import Rooms
from sipagent.messages.templates import Templates


class RoomsStaff(Staff):
    """The rooms of the house, and their PINs."""

    def __init__(self, house: House, there: Callable[[], Snapshot], record: Begin) -> None:
        self._rooms = Rooms(there, record)
        self._inviting = Inviting(house.store, lambda: there().exchange)
        self._pins = RoomPins(house.store, house.config.login)
        self.services = {Rooms: self._rooms, RoomPins: self._pins}
        self.controls = controls_of(self._rooms)

    def opened(self, line: Originating) -> None:
        """Call those who are to be called."""
        self._inviting.opened(line)

    async def stop(self) -> None:
        """End what goes on in them."""
        await self._inviting.stop()
        await self._rooms.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Let callers err as other settings say."""
        self._pins.use(config.login)
