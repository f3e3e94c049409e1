"""A meeting in a room, as a state machine: who is let in, where each one is, who is heard.

A meeting goes on from the first who comes until the last one has left. It knows no network, no
clock and no task: it is fed what happens, and says what is to be done. Guests are told apart by
numbers that whoever feeds it gives them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why somebody is not in a room, or no longer."""

    FULL = "full"
    LOCKED = "locked"
    #: A moderator has removed them.
    REMOVED = "removed"
    #: A moderator has ended the meeting.
    ENDED = "ended"
    #: Something has failed.
    TROUBLE = "trouble"


class Place(StrEnum):
    """Where a guest is."""

    #: Has a place, and is still being told something.
    COMING = "coming"
    #: Hears music until there is a moderator.
    WAITING = "waiting"
    #: Hears music until somebody else comes.
    ALONE = "alone"
    TALKING = "talking"


class Word(StrEnum):
    """What a guest, or everybody, is told."""

    WAIT = "wait"
    ALONE = "alone"
    MUTED = "muted"
    HEARD = "heard"
    #: A moderator has muted them, and only a moderator lets them speak again.
    KEPT_MUTED = "kept-muted"
    ALL_MUTED = "all-muted"
    ALL_HEARD = "all-heard"
    LOCKED = "room-locked"
    OPEN = "room-open"
    RECORDED = "recorded"
    RECORDED_NO_MORE = "recorded-no-more"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a room is to be: see ``model.Room``."""

    people: int = 15
    wait: bool = False
    record: bool = False


# What happens


@dataclass(frozen=True, slots=True)
class Come:
    """Somebody wants to come in; ``known`` is how they would be known again."""

    who: int
    known: str
    moderator: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """Somebody who was admitted has been told everything."""

    who: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody has gone; nothing where they were never there."""

    who: int


@dataclass(frozen=True, slots=True)
class Mute:
    """Somebody is not to be heard, or again; by themselves, or by who leads the meeting."""

    who: int
    on: bool
    leading: bool = False


@dataclass(frozen=True, slots=True)
class MuteAll:
    """Nobody but moderators is to be heard, also of those to come; or everybody again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """Nobody but moderators is let in any more, or everybody again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """Somebody has to go, and stays out as long as the meeting goes on."""

    who: int


@dataclass(frozen=True, slots=True)
class End:
    """All have to go."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is said is to be recorded, or no longer."""

    on: bool


Event = Come | Ready | Leave | Mute | MuteAll | Lock | Remove | End | Record


# What is to be done


@dataclass(frozen=True, slots=True)
class Admit:
    """Tell somebody that they may come in, and how many are there."""

    who: int
    others: int
    recorded: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    """Tell somebody why they may not."""

    who: int
    why: Why


@dataclass(frozen=True, slots=True)
class Put:
    """Let somebody hear, and be heard, as it is at a place; ``None``: nothing and nobody."""

    who: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Hush:
    """Let nobody hear one who talks, or everybody again."""

    who: int
    on: bool


@dataclass(frozen=True, slots=True)
class Herald:
    """Let those who talk know that somebody comes, or goes."""

    who: int
    comes: bool


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell somebody something."""

    who: int
    word: Word


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell it to all who talk."""

    word: Word


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Tell somebody that they have to go, and why; they leave by themselves then."""

    who: int
    why: Why


@dataclass(frozen=True, slots=True)
class Write:
    """Begin to record, or end it."""

    on: bool


Action = Admit | Refuse | Put | Hush | Herald | Tell | Announce | Dismiss | Write


@dataclass(slots=True)
class Guest:
    """Somebody who was admitted."""

    known: str
    moderator: bool
    place: Place = Place.COMING
    #: By themselves, and by who leads the meeting.
    muted: bool = False
    kept_muted: bool = False
    dismissed: bool = False

    @property
    def silent(self) -> bool:
        """Whether nobody is to hear them."""
        return self.muted or self.kept_muted


class Meeting:
    """Who is in a room, and what they may.

    Args:
        rules: those of the room as the meeting begins.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        #: In the order in which they have come.
        self.guests: dict[int, Guest] = {}
        self.locked = False
        self.muted = False
        self._removed: set[str] = set()
        self._wants_record = rules.record
        self.recording = False
        #: Whether there was a moderator, where all wait for one.
        self._open = not rules.wait

    @property
    def empty(self) -> bool:
        """Whether nobody is there."""
        return not self.guests

    def feed(self, event: Event) -> list[Action]:
        """Take what happens; return what is to be done, in order."""
        return list(self._fed(event))

    def _fed(self, event: Event) -> Iterator[Action]:
        match event:
            case Come():
                yield self._come(event)
            case Leave(who):
                yield from self._leave(who)
            case MuteAll(on):
                yield from self._mute_all(on)
            case Lock(on) if on != self.locked:
                self.locked = on
                yield Announce(Word.LOCKED if on else Word.OPEN)
            case End():
                yield from self._end()
            case Record(on) if on != self._wants_record:
                self._wants_record = on
                yield Announce(Word.RECORDED if on else Word.RECORDED_NO_MORE)
                yield from self._write()
            case Ready(who) | Mute(who) | Remove(who) if who in self.guests:
                yield from self._of_guest(event, self.guests[who])

    def _of_guest(self, event: Ready | Mute | Remove, guest: Guest) -> Iterator[Action]:
        match event:
            case Ready(who) if guest.place is Place.COMING and not guest.dismissed:
                yield from self._ready(who, guest)
            case Mute(who, on, leading):
                yield from self._mute(who, guest, on, leading)
            case Remove(who):
                yield from self._remove(who, guest)

    def _come(self, event: Come) -> Admit | Refuse:
        why = self._hindrance(event)
        if why is not None:
            return Refuse(event.who, why)
        others = len(self.guests)
        guest = Guest(event.known, event.moderator)
        guest.kept_muted = self.muted and not event.moderator
        self.guests[event.who] = guest
        return Admit(event.who, others, self._wants_record)

    def _hindrance(self, event: Come) -> Why | None:
        if event.known in self._removed:
            return Why.REMOVED
        if event.moderator:
            return None
        if self.locked:
            return Why.LOCKED
        return Why.FULL if len(self.guests) >= self._rules.people else None

    def _ready(self, who: int, guest: Guest) -> Iterator[Action]:
        if guest.moderator:
            self._open = True
        guest.place = Place.WAITING
        if self._open and len(self._settled()) > 1:
            yield Herald(who, comes=True)
        yield from self._arrange()
        if guest.place is Place.WAITING:
            yield Put(who, Place.WAITING)
            yield Tell(who, Word.WAIT)
        elif guest.place is Place.ALONE:
            yield Tell(who, Word.ALONE)
        if guest.silent and guest.place is not Place.WAITING:
            yield Tell(who, Word.KEPT_MUTED)
        yield from self._write()

    def _leave(self, who: int) -> Iterator[Action]:
        guest = self.guests.get(who)
        if guest is not None:
            yield from self._part(who, guest)
            del self.guests[who]

    def _part(self, who: int, guest: Guest) -> Iterator[Action]:
        """Let a guest hear nobody any more, and the others go on; nothing where that is so."""
        if guest.place is Place.COMING:
            return
        talked, guest.place = guest.place is Place.TALKING, Place.COMING
        yield Put(who, None)
        yield from self._arrange()
        if talked and self._talking():
            yield Herald(who, comes=False)
        yield from self._write()

    def _settled(self) -> list[int]:
        """Return who is in the room: admitted, told everything, and not sent away."""
        return [who for who, one in self.guests.items() if one.place is not Place.COMING]

    def _talking(self) -> bool:
        return any(one.place is Place.TALKING for one in self.guests.values())

    def _arrange(self) -> Iterator[Action]:
        """Put everybody where they belong now; nobody where nothing changes."""
        settled = self._settled()
        for who in settled:
            guest = self.guests[who]
            place = Place.WAITING
            if self._open:
                place = Place.TALKING if len(settled) > 1 else Place.ALONE
            if guest.place is not place:
                guest.place = place
                yield Put(who, place)

    def _mute(self, who: int, guest: Guest, on: bool, leading: bool) -> Iterator[Action]:
        before = guest.silent
        if leading:
            guest.kept_muted = on
            guest.muted = guest.muted and on  # who is let speak again is heard
        else:
            guest.muted = on
        if guest.silent != before and guest.place is Place.TALKING:
            yield Hush(who, guest.silent)
        if leading and guest.silent == before:
            return
        word = Word.MUTED if guest.silent else Word.HEARD
        yield Tell(who, Word.KEPT_MUTED if guest.kept_muted else word)

    def _mute_all(self, on: bool) -> Iterator[Action]:
        if on == self.muted:
            return
        self.muted = on
        for who, guest in self.guests.items():
            before = guest.silent
            guest.kept_muted = on and not guest.moderator
            if guest.silent != before and guest.place is Place.TALKING:
                yield Hush(who, guest.silent)
        yield Announce(Word.ALL_MUTED if on else Word.ALL_HEARD)

    def _remove(self, who: int, guest: Guest) -> Iterator[Action]:
        self._removed.add(guest.known)
        yield from self._part(who, guest)
        yield from self._dismiss(who, guest, Why.REMOVED)

    def _end(self) -> Iterator[Action]:
        for who, guest in self.guests.items():
            if guest.place is not Place.COMING:
                guest.place = Place.COMING
                yield Put(who, None)
        yield from self._write()
        for who, guest in self.guests.items():
            yield from self._dismiss(who, guest, Why.ENDED)

    def _dismiss(self, who: int, guest: Guest, why: Why) -> Iterator[Action]:
        if not guest.dismissed:
            guest.dismissed = True
            yield Dismiss(who, why)

    def _write(self) -> Iterator[Action]:
        """Record from the moment at which two talk, until nobody is there, or wants it."""
        settled = self._settled() if self._open else []
        wanted = self._wants_record and (self.recording or len(settled) > 1) and bool(settled)
        if wanted != self.recording:
            self.recording = wanted
            yield Write(wanted)
