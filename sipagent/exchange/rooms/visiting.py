"""What somebody goes through who calls a room: greeting, PIN, name, count, and keys to the end."""

from collections.abc import Iterable

from sipagent import tasks
from sipagent.errors import HungUp
from sipagent.exchange.about import belongs
from sipagent.exchange.model import User
from sipagent.exchange.rooms import leading
from sipagent.exchange.rooms.leading import Codes
from sipagent.exchange.rooms.live import Dismissed, Guest, Key, LiveRoom
from sipagent.exchange.rooms.meeting import Ready, Refuse, Why, Word
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rooms.names import LONGEST as LONGEST_NAME
from sipagent.exchange.rooms.names import SHY, SILENCE, SpokenName
from sipagent.exchange.rooms.pins import LONGEST, Role, RoomPins
from sipagent.exchange.rooms.rooms import Rooms, left
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.step import Line, Outcome, line
from sipagent.scenario.talk import Talk
from sipagent.scenario.waits import locked
from sipagent.speech.tones import Tones
from sipagent.switching.member import Member
from sipagent.telephony.leg import Conceal, Leg, Prompt
from sipagent.telephony.network import Network

#: Has been in the room; was not let in, for want of a PIN; the room is not there.
OVER, NOT_LET_IN, GONE = Outcome("over"), Outcome("not-let-in"), Outcome("gone")
#: How often a PIN may be typed in one call.
_ATTEMPTS = 3
#: Seconds to wait for the first digit, and for each other one.
_FIRST, _BETWEEN = 10.0, 6.0
_END = "#"


async def visit(call: Leg, talk: Talk, name: str, user: User | None) -> Outcome:
    """Let a caller into a room; return once they have left it, and the call has not ended.

    Args:
        call: the caller.
        talk: of the call; its facts get to know the room.
        name: of the room.
        user: whose phone of the house it is; None: nobody's.

    Raises:
        HungUp: the caller is gone.
    """
    room = talk.service(Rooms).find(name)
    if room is None:
        return GONE
    await call.answer()
    call.conceal(Conceal.ALL)  # a PIN may be typed ahead
    try:
        await call.say(await _greeting(talk, room))
        role = await _role(call, talk, room, user)
    finally:
        call.conceal(Conceal.NONE)
    if role is None:
        return NOT_LET_IN
    return await come_in(_member(call, user), talk, room, role)


class Entered:
    """A fact of a call: whoever it is of has been let into a room."""


async def come_in(
    member: Member, talk: Talk, room: Room, role: Role, *, record: Leg | None = None
) -> Outcome:
    """Let somebody into a room who may come in; return once they have left it.

    Args:
        member: who it is; the leg is connected.
        talk: of the call; its facts get to know the room.
        room: which.
        role: as what they come.
        record: the leg whose record tells of it; None: their own.

    Raises:
        HungUp: they are gone.
    """
    belongs(talk.facts, room=room.name)
    call = member.leg
    known = member.shown.number or member.shown.extension or "hidden"
    name = await _name(call, talk) if room.names else None
    moderator = role is Role.MODERATOR
    guest = Guest(member, record or call, known, talk.now(), talk, moderator, name)
    live, who = talk.service(Rooms).enter(
        room, guest, talk.service(Network).mixes, talk.service(Tones)
    )
    try:
        return await _attend(call, talk, room, live, who)
    finally:
        await left(live, who)


def lines() -> Iterable[Line]:
    """Return all that is said to who calls a room."""
    for key in ("pin", "pin-moderator"):
        yield line(f"rooms.{key}", keys=_END)
    for key in ("welcome", "pin-wrong", "pin-help", "closed-outside", "say-name", "is-recorded"):
        yield line(f"rooms.{key}")
    yield line("rooms.others", fields=["others"])
    for why in Why:
        yield line(f"rooms.{why}")
    for word in Word:
        yield line(f"rooms.{word}")
    yield line("login.locked-minutes", fields=["minutes"])
    yield line("login.locked-hours", fields=["hours"])
    yield from leading.lines()


async def _greeting(talk: Talk, room: Room) -> Prompt:
    if room.greeting and (own := await talk.service(Announcements).said(talk, room.greeting)):
        return own
    return talk("rooms.welcome")


async def _role(call: Leg, talk: Talk, room: Room, user: User | None) -> Role | None:
    """Return as what a caller comes in; None: not at all."""
    if not room.pin and not room.moderator_pin:
        leads = user is not None and user.role == "administrator"
        return Role.MODERATOR if leads else await _without(call, talk, user)
    pins = talk.service(RoomPins)
    prompt = "rooms.pin" if room.pin else "rooms.pin-moderator"
    for _ in range(_ATTEMPTS):
        typed = await call.ask(
            talk(prompt), digits=LONGEST + 1, end=_END, first=_FIRST, between=_BETWEEN
        )
        if not typed and not room.pin:
            return await _without(call, talk, user)
        if not typed:
            continue
        role, guess = await pins.check(room.name, typed, call.caller, talk.now())
        if role is not None:
            return role
        if guess.wait is not None:
            await call.say(locked(talk, guess.wait), interruptible=False)
            return None
        await call.say(talk("rooms.pin-wrong"))
    await call.say(talk("rooms.pin-help"), interruptible=False)
    return None


async def _without(call: Leg, talk: Talk, user: User | None) -> Role | None:
    """Return as what somebody comes in who has typed no PIN: nobody does from outside."""
    if user is not None:
        return Role.GUEST
    await call.say(talk("rooms.closed-outside"), interruptible=False)
    return None


async def _name(call: Leg, talk: Talk) -> SpokenName:
    """Have somebody say who they are."""
    await call.say(talk("rooms.say-name"), interruptible=False)
    await call.say(talk.service(Tones).record, interruptible=False)
    name = SpokenName()
    try:
        await call.record(name.path, longest=LONGEST_NAME, silence=SILENCE, first=SHY)
    except BaseException:
        name.close()
        raise
    return name


def _member(call: Leg, user: User | None) -> Member:
    if user is not None:
        return Member(call, f"{user.name} <{user.number}>", call.caller, user.name)
    return Member(call, call.caller.number or "anonymous", call.caller)


async def _attend(call: Leg, talk: Talk, room: Room, live: LiveRoom, who: int) -> Outcome:
    guest = live.guests[who]
    admitted = await guest.answer
    if isinstance(admitted, Refuse):
        guest.record.note("room", room=room.name, refused=admitted.why.value)
        await call.say(talk(f"rooms.{admitted.why}"), interruptible=False)
        return Outcome(admitted.why)
    guest.record.note("room", room=room.name, others=admitted.others, moderator=guest.moderator)
    if admitted.recorded:
        await call.say(talk("rooms.is-recorded"), interruptible=False)
    if room.count and admitted.others:
        await call.say(talk("rooms.others", others=admitted.others))
    talk.facts.put(Entered())
    live.tell(Ready(who))
    listening = tasks.begin(_listen(call, guest), f"keys-{call.id}")
    try:
        why = await _stay(call, talk, live, who, Codes(guest.moderator))
    finally:
        await tasks.cancelled(listening)
    guest.record.note("room-left", room=room.name, why=why.value)
    await call.say(talk(f"rooms.{why}"), interruptible=False)
    return OVER


async def _listen(call: Leg, guest: Guest) -> None:
    """Tell of keys, and of the end of the leg."""
    try:
        while True:
            guest.news.put_nowait(Key(await call.next_key()))
    except HungUp:
        guest.news.put_nowait(None)


async def _stay(call: Leg, talk: Talk, live: LiveRoom, who: int, codes: Codes) -> Why:
    """Do what keys ask for, and say what is to be said, until somebody has to go.

    Raises:
        HungUp: they have gone by themselves.
    """
    guest = live.guests[who]
    while True:
        match await guest.news.get():
            case None:
                raise HungUp("the caller is gone")
            case Dismissed(why):
                return why
            case Key(digit):
                await leading.heed(codes.press(digit), call, talk, live, who)
            case Word() as word:
                await call.say(talk(f"rooms.{word}"), interruptible=False)
