"""What can be asked of rooms while people are in them: who is there, and leading from outside."""

from collections.abc import Mapping
from typing import Any

from sipagent.control.control import Control, Nothing, Wish
from sipagent.errors import SetupError
from sipagent.exchange.rooms.live import LiveRoom
from sipagent.exchange.rooms.meeting import End, Event, Lock, Mute, MuteAll, Record, Remove
from sipagent.exchange.rooms.rooms import Rooms

#: Seconds since the last word of somebody who still counts as speaking: people breathe.
_SPEAKS = 1.0


class InRoom(Wish):
    """A room, by its name or number."""

    room: str


class Somebody(InRoom):
    """Somebody who is there, by the number of the live list; None: all but moderators."""

    guest: int | None = None


class Guest(InRoom):
    """Somebody who is there, by the number of the live list."""

    guest: int


def controls_of(rooms: Rooms) -> Mapping[str, Control[Any]]:
    """Return all that can be asked."""

    async def live(wish: Nothing) -> object:
        return [await told(room) for room in list(rooms.live.values())]

    async def done(room: LiveRoom, event: Event) -> object:
        await room.done(event)
        return await told(room)

    def muting(on: bool) -> Control[Somebody]:
        async def mute(wish: Somebody) -> object:
            room = _live(rooms, wish.room)
            if wish.guest is None:
                return await done(room, MuteAll(on))
            return await done(room, Mute(_there(room, wish.guest), on, leading=True))

        return Control(Somebody, mute)

    def switching(kind: type[Lock] | type[Record], on: bool) -> Control[InRoom]:
        async def switch(wish: InRoom) -> object:
            return await done(_live(rooms, wish.room), kind(on))

        return Control(InRoom, switch)

    async def drop(wish: Guest) -> object:
        room = _live(rooms, wish.room)
        return await done(room, Remove(_there(room, wish.guest)))

    async def end(wish: InRoom) -> object:
        return await done(_live(rooms, wish.room), End())

    return {
        "rooms.live": Control(Nothing, live),
        "rooms.mute": muting(True),
        "rooms.unmute": muting(False),
        "rooms.lock": switching(Lock, True),
        "rooms.unlock": switching(Lock, False),
        "rooms.record": switching(Record, True),
        "rooms.record-end": switching(Record, False),
        "rooms.drop": Control(Guest, drop),
        "rooms.end": Control(InRoom, end),
    }


async def told(room: LiveRoom) -> dict[str, object]:
    """Return what goes on in a room, for JSON."""
    meeting = room.meeting
    guests = []
    for who, guest in list(room.guests.items()):
        there = meeting.guests.get(who)
        if there is None:
            continue
        quiet = None if guest.seat is None else await guest.seat.quiet()
        guests.append(
            {
                "guest": who,
                "call": guest.record.id,
                "shown": guest.member.name,
                "since": guest.since.isoformat(timespec="seconds"),
                "place": there.place.value,
                "moderator": there.moderator,
                "muted": there.silent,
                "speaks": quiet is not None and quiet < _SPEAKS,
            }
        )
    return {
        "room": room.name,
        "locked": meeting.locked,
        "muted": meeting.muted,
        "recorded": meeting.recording,
        "guests": guests,
    }


def _live(rooms: Rooms, wanted: str) -> LiveRoom:
    """Return the meeting that goes on in a room.

    Raises:
        SetupError: none does.
    """
    room = rooms.meant(wanted)
    live = None if room is None else rooms.live.get(room.name)
    if live is None:
        raise SetupError(f"nobody is in the room {wanted!r}; see: sipagent rooms live")
    return live


def _there(room: LiveRoom, guest: int) -> int:
    """Return the number of somebody who is there.

    Raises:
        SetupError: nobody has it.
    """
    if guest not in room.meeting.guests:
        raise SetupError(f"nobody in {room.name} has the number {guest}; see: sipagent rooms live")
    return guest
