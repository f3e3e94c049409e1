"""The rooms of the house, and the meetings that go on in them now."""

import asyncio
from collections.abc import Callable

from sipagent import tasks
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.rooms import meeting
from sipagent.exchange.rooms.live import Guest, LiveRoom
from sipagent.exchange.rooms.meeting import Rules
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.recording import Begin
from sipagent.speech.tones import Tones
from sipagent.telephony.mix import Mixes


class Rooms:
    """Lets people into rooms; a meeting begins with the first of them.

    Args:
        there: returns the exchange as it is now.
        record: begins the recording of a meeting.
    """

    def __init__(self, there: Callable[[], Snapshot], record: Begin) -> None:
        self._there = there
        self._record = record
        #: The meetings that go on, by the name of their room.
        self.live: dict[str, LiveRoom] = {}
        #: Also those that only have to be tidied up after.
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, name: str) -> Room | None:
        """Return a room as it is now."""
        found = self._there().exchange.find("rooms", name)
        return found if isinstance(found, Room) else None

    def meant(self, text: str) -> Room | None:
        """Return the room with a name or number."""
        rooms = self._there().exchange.rooms
        return next((one for one in rooms if text in (one.name, one.number)), None)

    def enter(self, room: Room, guest: Guest, mixes: Mixes, tones: Tones) -> tuple[LiveRoom, int]:
        """Take somebody who wants to come into a room; return the meeting, and their number there.

        They are told in ``guest.answer`` whether they may, and have to leave in any case.
        """
        live = self.live.get(room.name)
        if live is None:
            rules = Rules(room.people, room.wait, room.record)
            heralds = (room.tones, room.names)
            live = LiveRoom(room.name, rules, mixes, tones, heralds, self._record, self._forget)
            self.live[room.name] = live
            self._tasks.add(live.task)
            live.task.add_done_callback(self._tasks.discard)
        return live, live.come(guest)

    async def stop(self) -> None:
        """End all meetings, and see that what was recorded of them is kept."""
        for live in list(self.live.values()):
            live.task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self, live: LiveRoom) -> None:
        if self.live.get(live.name) is live:
            del self.live[live.name]


async def left(live: LiveRoom, who: int) -> None:
    """Let somebody leave, and return once nothing is left of them in the room."""
    await tasks.to_the_end(live.done(meeting.Leave(who)), f"leave-{live.name}-{who}")
