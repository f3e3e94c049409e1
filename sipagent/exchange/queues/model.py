"""What a queue is: who is rung for those who wait, what they hear, and where they go on to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sipagent.exchange.entry import Entry, Part
from sipagent.exchange.values import Email, Internal, LeadsOn, Member, Name, OneKey, Recorded

#: Why callers go on elsewhere: they have waited too long, too many wait, nobody is logged in, or
#: they have pressed the key for it.
Occasion = Literal["too-long", "too-many", "nobody", "left"]
#: What callers are told of their wait.
Told = Literal["place", "waiting", "time"]


class Strategy(StrEnum):
    """Which of the free members is rung."""

    ALL = "all"
    IN_ORDER = "in-order"
    RANDOM = "random"
    LONGEST_IDLE = "longest-idle"
    FEWEST_CALLS = "fewest-calls"


class QueueMember(Part):
    """Somebody whose work the queue is; ``user:Anna Nowak`` alone is one of the first tier.

    Those of a tier are rung while nobody of an earlier one is free. Callers who ask for a skill are
    for those who have it, as long as one of them is logged in.
    """

    who: Member
    tier: int = Field(1, ge=1, le=9)
    skills: tuple[Name, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, given: Any) -> Any:
        return {"who": given} if isinstance(given, str) else given


class Queue(Entry):
    """Callers wait for its members; times are seconds."""

    what = "queue"

    name: Name
    number: Internal
    strategy: Strategy = Strategy.LONGEST_IDLE
    members: tuple[QueueMember, ...] = ()
    #: Whether users who are no members may log in.
    anyone: bool = True
    #: How long a member is rung, and has for other work after a call.
    ring: int = Field(20, ge=5, le=180)
    wrap_up: int = Field(0, ge=0, le=3600)
    #: Calls in a row that a member misses until they are paused, which is told by e-mail; 0: never.
    misses: int = Field(3, ge=0, le=20)
    email: Email = ""
    #: Whether members hear its name before they are connected with the caller.
    whisper: bool = True
    #: Callers of a higher priority are before those of a lower one.
    priority: int = Field(0, ge=0, le=9)
    #: How long callers wait, and how many of them, at most; 0: as many as come.
    longest: int = Field(3600, ge=5, le=86_400)
    most: int = Field(0, ge=0, le=10_000)
    #: Where callers go on to; who is led nowhere goes on in the scenario, or is told why.
    leads: dict[Occasion, LeadsOn] = Field(default_factory=dict)
    #: From one announcement to the next, 0: there is none; and what is told.
    announce: int = Field(30, ge=0, le=600)
    tells: tuple[Told, ...] = ("place", "waiting", "time")
    #: Announcements that are heard first, again and again, and in turn with each place.
    greeting: Name | Literal[""] = ""
    music: Name | Literal[""] = ""
    between: tuple[Name, ...] = ()
    #: Keys with which callers leave, and with which they ask to be called back.
    leave_key: OneKey = ""
    callback_key: OneKey = ""
    #: How often a callback is tried, and the minutes from one to the next.
    callback_tries: int = Field(3, ge=1, le=20)
    callback_minutes: int = Field(10, ge=1, le=1440)
    recorded: Recorded = "no"

    @field_validator("members")
    @classmethod
    def _once(cls, members: tuple[QueueMember, ...]) -> tuple[QueueMember, ...]:
        names = [one.who for one in members]
        if twice := [one for one in names if names.count(one) > 1]:
            raise ValueError(f"{twice[0]} is a member twice")
        return members

    @model_validator(mode="after")
    def _keys_apart(self) -> "Queue":
        if self.leave_key and self.leave_key == self.callback_key:
            raise ValueError(f"the key {self.leave_key} cannot both leave and ask for a callback")
        return self

    @property
    def sounds(self) -> Mapping[str, tuple[str, ...]]:
        """The announcements that it plays, by what for."""
        found = {"greeting": (self.greeting,), "music": (self.music,), "between": self.between}
        return {sound: names for sound, names in found.items() if any(names)}
