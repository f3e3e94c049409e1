"""What a conversation belongs to: whoever makes people talk says so in the facts of the call."""

from dataclasses import dataclass

from sipagent.scenario.talk import Facts


@dataclass(frozen=True, slots=True)
class About:
    """The queue or room by which people talk, and the trunk's number that was called, as named.

    Each is empty where there is none. Whose call it is, ``Led`` tells.
    """

    queue: str = ""
    room: str = ""
    number: str = ""


def belongs(facts: Facts, *, queue: str = "", room: str = "", number: str = "") -> None:
    """Remember what a call belongs to, besides what is known of it."""
    known = facts.get(About) or About()
    facts.put(About(queue or known.queue, room or known.room, number or known.number))
