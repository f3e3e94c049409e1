"""What the exchange is made of, as one value: people, their phones, and where calls are led to.

One entry refers to another by its kind and name (``group:Biuro``), never by a number of a row. What
is wrong in an entry by itself is told here; whether entries fit together, ``exchange.rules`` says.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sipagent.e164 import is_mobile, to_e164
from sipagent.exchange.entry import AnyEntry, Entry, Part
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.values import (
    AccountName,
    Day,
    Email,
    Hash,
    Internal,
    InternalOrNone,
    Keys,
    Lead,
    Limit,
    Member,
    Name,
    NightCode,
    Number,
    NumberOrNone,
    Owner,
    Recorded,
    RecordingFile,
    Rights,
    ShortCode,
    TariffPrefix,
    Text,
    TrunkNumber,
    WeekHours,
)
from sipagent.hours import Hours

Language = Literal["pl", "en"]
#: When a box greets with words of its own; ``always`` where no other one fits.
Greeting = Literal["always", "closed", "busy", "absent"]


class User(Entry):
    """A person of the firm; ``shown`` is empty where others see the main number.

    What a user may use up in a day is told without what is usual on the line (``[exchange]``).
    ``pin`` is a hash (argon2id), empty where there is none.
    """

    what = "user"
    secrets = frozenset({"pin"})
    secret = "PIN"

    name: Name
    number: Internal
    email: Email = ""
    mobile: NumberOrNone = ""
    role: Literal["user", "administrator"] = "user"
    rights: Rights = ("internal", "mobile", "national")
    shown: NumberOrNone = ""
    language: Language = "pl"
    #: Minutes of calls over the trunks in a day; those abroad and of dear numbers; what they may
    #: cost, in grosze without VAT; and how many of them there may be at a time.
    daily_minutes: Limit = None
    daily_international: Limit = None
    daily_amount: Limit = None
    calls_at_once: Limit = None
    recorded: Recorded = "no"
    #: Whether they hear a tone while somebody listens in on them.
    listening_tone: bool = False
    pin: Text = ""


class Phone(Entry):
    """A SIP account of a user; without hashes (HA1) it has no password yet, and cannot register."""

    what = "phone"
    key_field = "account"
    secrets = frozenset({"realm", "md5", "sha256"})
    secret = "password"

    account: AccountName
    user: Name
    label: Text = ""
    realm: Text = ""
    md5: Hash = ""
    sha256: Hash = ""


class Outside(Entry):
    """A telephone number outside; by itself it is asked to press 1 where it is a mobile's.

    ``keys`` are sent once it has answered; ``shows`` says whose number it sees: the line's
    (``active``) or the caller's (``passive``). ``text_number``: whether the caller's number is
    sent to it as a text, once it has taken the call.
    """

    what = "outside number"

    name: Name
    number: Number
    keys: Keys = ""
    code: ShortCode = ""
    shows: Literal["active", "passive"] = "active"
    may_transfer: bool = False
    text: Text = ""
    confirm: bool
    text_number: bool = False

    @model_validator(mode="before")
    @classmethod
    def _mobiles_confirm(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, Mapping) or given.get("confirm") is not None:
            return given
        country = (info.context or {}).get("country", "PL")
        try:
            mobile = is_mobile(to_e164(str(given.get("number", "")), country))
        except ValueError:
            mobile = False  # the number itself is refused
        return {**given, "confirm": mobile}


class Group(Entry):
    """Who rings for a call to its number; ``seconds`` is how long each does."""

    what = "group"

    name: Name
    number: Internal
    order: Literal["in-turn", "random", "at-once"] = "at-once"
    seconds: int = Field(20, ge=5, le=180)
    members: tuple[Member, ...]

    @model_validator(mode="after")
    def _somebody(self) -> "Group":
        if not self.members:
            raise ValueError("a group of nobody rings nobody: give it a member")
        twice = [one for one in self.members if self.members.count(one) > 1]
        if twice:
            raise ValueError(f"{twice[0]} is a member twice")
        return self


class DayHours(Part):
    """Days on which other hours count: ``closed``, ``open``, or times such as 09:00-12:00."""

    first: Day
    last: Day
    hours: Text

    @model_validator(mode="before")
    @classmethod
    def _one_day(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "last" not in given and "first" in given:
            return {**given, "last": given["first"]}
        return given

    @model_validator(mode="after")
    def _days_and_times(self) -> "DayHours":
        if self.last < self.first:
            raise ValueError(f"ends on {self.last}, before it begins on {self.first}")
        self.read()
        return self

    def read(self) -> Hours:
        """Return the hours, which count on each of the days."""
        times = {"closed": "00:00-00:00", "open": "00:00-24:00"}.get(self.hours, self.hours)
        if ";" in times:
            raise ValueError(f"{self.hours!r}: give times such as 09:00-12:00, closed or open")
        return Hours.parse(f"mon-sun {times}; holidays open")


class Schedule(Entry):
    """When it is open: hours of the week, and days that differ.

    ``code`` is dialled after ``*28`` to begin a night; empty: a phone begins none.
    """

    what = "schedule"

    name: Name
    hours: WeekHours = ""
    code: NightCode = ""
    days: tuple[DayHours, ...] = ()

    @field_validator("days")
    @classmethod
    def _apart(cls, days: tuple[DayHours, ...]) -> tuple[DayHours, ...]:
        ordered = tuple(sorted(days, key=lambda one: one.first))
        for before, after in itertools.pairwise(ordered):
            if after.first <= before.last:
                raise ValueError(f"{after.first} has hours of its own twice")
        return ordered


class Announcement(Entry):
    """Words by language, or a recording: a file in the folder of announcements."""

    what = "announcement"

    name: Name
    text: dict[Language, Text] = Field(default_factory=dict)
    #: Language → voice, where it is not the line's own.
    voice: dict[Language, Name] = Field(default_factory=dict)
    recording: RecordingFile = ""

    @model_validator(mode="after")
    def _words_or_recording(self) -> "Announcement":
        said = {language for language, words in self.text.items() if words}
        if bool(said) == bool(self.recording):
            raise ValueError("an announcement has either a text or a recording")
        if silent := {*self.text, *self.voice} - said:
            raise ValueError(f"{', '.join(sorted(silent))}: there is no text in this language")
        return self


class Box(Entry):
    """Where messages are left; ``pin`` is a hash (argon2id), empty where there is none."""

    what = "box"
    secrets = frozenset({"pin"})
    secret = "PIN"

    name: Name
    owner: Owner
    number: InternalOrNone = ""
    email: Email = ""
    #: Messages that it holds, and seconds of the longest one.
    messages: int = Field(100, ge=1, le=10_000)
    seconds: int = Field(180, ge=10, le=3600)
    #: Whether each message is a ticket of the help desk as well.
    tickets: bool = False
    #: Greeting → announcement.
    greetings: dict[Greeting, Name] = Field(default_factory=dict)
    pin: Text = ""


class LineNumber(Entry):
    """A number of a trunk, and who or what its callers are led to."""

    what = "number"
    key_field = "number"

    number: TrunkNumber
    leads_to: Lead
    recorded: Recorded = "no"


class Tariff(Entry):
    """What calls to numbers that begin with a prefix cost; the longest one counts.

    Prices are grosze without VAT; ``vat`` is in per cent. A call is counted in whole ``increment``
    seconds, each of which is paid once it has begun.
    """

    what = "tariff"
    key_field = "prefix"

    prefix: TariffPrefix
    name: Name
    per_minute: int = Field(ge=0, le=100_000)
    connection: int = Field(0, ge=0, le=100_000)
    increment: int = Field(1, ge=1, le=3600)
    vat: int = Field(23, ge=0, le=100)


class Authorised(Entry):
    """A number outside from which calls can be ordered, whose user's rights and limits count.

    The line calls back there, and nowhere else. ``shown`` is the number that the other side sees,
    empty: the user's; ``schedule`` says when calls can be ordered, empty: at any time. ``pin`` is a
    hash (argon2id), empty where there is none: then nothing can be ordered.
    """

    what = "authorised number"
    key_field = "number"
    secrets = frozenset({"pin"})
    secret = "PIN"

    number: Number
    user: Name
    shown: NumberOrNone = ""
    schedule: Text = ""
    pin: Text = ""


class Exchange(Part):
    """All of it; entries are in the order of their keys."""

    users: tuple[User, ...] = ()
    phones: tuple[Phone, ...] = ()
    outside: tuple[Outside, ...] = ()
    groups: tuple[Group, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    boxes: tuple[Box, ...] = ()
    numbers: tuple[LineNumber, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    queues: tuple[Queue, ...] = ()
    authorised: tuple[Authorised, ...] = ()
    rooms: tuple[Room, ...] = ()

    def entries(self, kind: str) -> tuple[Entry, ...]:
        """Return those of a kind, which is the name of a field, such as ``users``."""
        return tuple(getattr(self, kind))

    def find(self, kind: str, key: str) -> Entry | None:
        """Return the entry of a kind that has a key."""
        return next((one for one in self.entries(kind) if one.key == key), None)

    def put(self, kind: str, entry: Entry, *, instead_of: str | None = None) -> "Exchange":
        """Return an exchange with one more entry, or with one in the place of another."""
        gone = entry.key if instead_of is None else instead_of
        kept = [one for one in self.entries(kind) if one.key != gone]
        return self.model_copy(update={kind: in_order([*kept, entry])})

    def without(self, kind: str, key: str) -> "Exchange":
        """Return an exchange in which an entry is not there."""
        kept = tuple(one for one in self.entries(kind) if one.key != key)
        return self.model_copy(update={kind: kept})


#: Kind, which is its field in an exchange → what its entries are.
KINDS: Mapping[str, type[Entry]] = {
    "users": User,
    "phones": Phone,
    "outside": Outside,
    "groups": Group,
    "schedules": Schedule,
    "announcements": Announcement,
    "boxes": Box,
    "numbers": LineNumber,
    "tariffs": Tariff,
    "queues": Queue,
    "authorised": Authorised,
    "rooms": Room,
}


def in_order(entries: Iterable[AnyEntry]) -> tuple[AnyEntry, ...]:
    """Return entries of a kind in the order of their keys."""
    return tuple(sorted(entries, key=lambda one: one.key))
