"""What a room is: who may come in, and what they hear."""

from pydantic import Field

from sipagent.exchange.entry import Entry
from sipagent.exchange.values import Name, NameOrNone, RoomNumber, Text


class Room(Entry):
    """A room in which many talk; the PINs are hashes (argon2id), empty where there are none."""

    what = "room"
    secrets = frozenset({"pin", "moderator_pin"})
    secret = "PINs"

    name: Name
    number: RoomNumber
    #: An announcement that greets whoever comes; empty: the usual words.
    greeting: NameOrNone = ""
    #: How many may be in it; moderators are let in all the same.
    people: int = Field(15, ge=2, le=200)
    #: Whether a tone tells of who comes and goes; whether their names do, as they have said them.
    tones: bool = True
    names: bool = False
    #: Whether who comes is told how many are there.
    count: bool = True
    #: Whether all wait for a moderator, with music.
    wait: bool = False
    #: Whether what is said there is recorded, which everybody is told before.
    record: bool = False
    pin: Text = ""
    moderator_pin: Text = ""
