"""Who and what entries may refer to, for selects: each value with how people read it."""

from collections.abc import Collection, Mapping

from sipagent.exchange.model import Exchange
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref

#: Nothing is chosen.
_NOTHING = {"": "–"}


def members(there: Exchange) -> Mapping[str, str]:
    """Return who can ring in a group or a queue."""
    return _NOTHING | _refs(there, (Kind.USER, Kind.OUTSIDE))


def owners(there: Exchange) -> Mapping[str, str]:
    """Return whose boxes can be."""
    return _refs(there, (Kind.USER, Kind.GROUP))


def leads_on(there: Exchange) -> Mapping[str, str]:
    """Return where callers can go on to who wait in a queue."""
    kinds = (Kind.USER, Kind.GROUP, Kind.OUTSIDE, Kind.BOX, Kind.QUEUE)
    return _NOTHING | _refs(there, kinds)


def announcements(there: Exchange) -> Mapping[str, str]:
    """Return the announcements."""
    return _NOTHING | {one.name: one.name for one in there.announcements}


def everything(there: Exchange) -> Mapping[str, str]:
    """Return what numbers can lead to, but for scenarios."""
    return _refs(there, FIELDS)


def _refs(there: Exchange, kinds: Collection[Kind]) -> dict[str, str]:
    return {
        str(Ref(kind, one.key)): _read(one.key, getattr(one, "number", "") or getattr(one, "code", ""))
        for kind in kinds
        for one in there.entries(FIELDS[kind])
    }


def _read(name: str, number: str) -> str:
    return f"{name} ({number})" if number else name
