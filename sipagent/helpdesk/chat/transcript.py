"""A chat as one text: for the ticket that it becomes, and for the copy that the visitor gets."""

from collections.abc import Sequence
from datetime import tzinfo

from sipagent import times
from sipagent.helpdesk.chat.model import Author, Said
from sipagent.tickets.model import Asker

#: Characters of the subject of a ticket.
_SUBJECT = 80


def written(visitor: Asker, said: Sequence[Said], zone: tzinfo) -> str:
    """Return what was said, each message with its time and whose it is."""
    return "\n\n".join(
        f"{times.in_zone(one.at, zone):%H:%M} {_whose(visitor, one)}:\n{one.text}"
        for one in said
        if one.author is not Author.HOUSE
    )


def subject(said: Sequence[Said]) -> str:
    """Return the subject of a chat: how its question begins."""
    lines = (line.strip() for one in said for line in one.text.split("\n"))
    first = next((line for line in lines if line), "")
    return first if len(first) <= _SUBJECT else f"{first[: _SUBJECT - 1].rstrip()}…"


def _whose(visitor: Asker, one: Said) -> str:
    return visitor.name if one.author is Author.VISITOR else one.who
