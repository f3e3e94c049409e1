"""What keys do in a room: ``*`` and a digit, some of them only for who leads the meeting."""

from collections.abc import Iterable
from enum import StrEnum

from sipagent.exchange.rooms.live import LiveRoom
from sipagent.exchange.rooms.meeting import End, Event, Lock, Mute, MuteAll, Record, Remove
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

_STAR = "*"


class Command(StrEnum):
    """What somebody wants; its value is the digit after ``*``."""

    MUTE = "1"
    COUNT = "2"
    MUTE_ALL = "3"
    LOCK = "4"
    REMOVE_LAST = "5"
    RECORD = "6"
    END = "9"
    HELP = "0"


_FOR_ALL = frozenset({Command.MUTE, Command.COUNT, Command.HELP})


class Codes:
    """Reads commands out of the keys of one who is in a room; other keys mean nothing there."""

    def __init__(self, moderator: bool) -> None:
        self._moderator = moderator
        self._star = False

    def press(self, digit: str) -> Command | None:
        """Return what a key asks for, with those before it."""
        begun, self._star = self._star, digit == _STAR
        if not begun or digit not in set(Command):
            return None
        command = Command(digit)
        return command if self._moderator or command in _FOR_ALL else None


async def heed(command: Command | None, call: Leg, talk: Talk, live: LiveRoom, who: int) -> None:
    """Do what somebody wants."""
    guests = live.meeting.guests
    match command:
        case None:
            return
        case Command.COUNT:
            others = len(guests) - 1
            said = talk("rooms.count", others=others) if others else talk("rooms.alone")
            await call.say(said, interruptible=False)
        case Command.HELP:
            key = "rooms.keys-moderator" if guests[who].moderator else "rooms.keys"
            await call.say(talk(key), interruptible=False)
        case _:
            event = _event(command, live, who)
            if event is not None:
                call.note("room-command", command=command.name.lower())
                live.tell(event)


def lines() -> Iterable[Line]:
    """Return what is said of keys, and to who asks how many are there."""
    keys = [_STAR, *sorted(_FOR_ALL)]
    yield line("rooms.count", fields=["others"])
    yield line("rooms.keys", keys=keys)
    yield line("rooms.keys-moderator", keys=[_STAR, *Command])


def _event(command: Command, live: LiveRoom, who: int) -> Event | None:
    """Return what a command makes of how things are now; None: nothing."""
    meeting = live.meeting
    others = [one for one, guest in meeting.guests.items() if not guest.moderator]
    events: dict[Command, Event] = {
        Command.MUTE: Mute(who, not meeting.guests[who].muted),
        Command.MUTE_ALL: MuteAll(not meeting.muted),
        Command.LOCK: Lock(not meeting.locked),
        Command.RECORD: Record(not meeting.recording),
        Command.END: End(),
    }
    if others:
        events[Command.REMOVE_LAST] = Remove(others[-1])
    return events.get(command)
