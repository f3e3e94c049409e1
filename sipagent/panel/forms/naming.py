"""Who and what entries may refer to, for selects, as people read it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from sipagent.exchange.model import Exchange
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref
from sipagent.panel.forms.fields import Choice, Field
from sipagent.panel.web import Visit
from sipagent.panel.words import Words

#: Returns what can be chosen of the exchange as it is.
Among = Callable[[Visit, Exchange], Sequence[Choice]]
NOTHING = Choice("", "–")


def nothing(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return no choices: anything may be typed."""
    return ()


def announcements(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return the announcements, and none."""
    return (NOTHING, *(Choice(one.name, one.name) for one in there.announcements))


def schedules(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return the schedules, and none."""
    return (NOTHING, *(Choice(one.name, one.name) for one in there.schedules))


def users(visit: Visit, there: Exchange) -> Sequence[Choice]:
    """Return the users, by their names alone."""
    return [Choice(one.name, f"{one.number} {one.name}") for one in there.users]


def _refs(
    visit: Visit, there: Exchange, *, kinds: Collection[Kind], none: bool = True
) -> Sequence[Choice]:
    """Return the entries of some kinds, and nobody."""
    found = [one for kind in kinds for one in _of_kind(visit.words, there, kind)]
    return [NOTHING, *found] if none else found


#: Who can ring in a group or a queue; whose boxes can be; where callers go on to who wait; and
#: what else than a scenario a number can lead to.
members: Among = partial(_refs, kinds=(Kind.USER, Kind.OUTSIDE))
owners: Among = partial(_refs, kinds=(Kind.USER, Kind.GROUP), none=False)
leads_on: Among = partial(_refs, kinds=(Kind.BOX, Kind.GROUP, Kind.USER, Kind.OUTSIDE, Kind.QUEUE))
entries: Among = partial(_refs, kinds=tuple(FIELDS), none=False)


@dataclass(frozen=True, slots=True)
class Chosen(Field):
    """One of what the exchange has.

    Args:
        among: what can be chosen.
    """

    template: ClassVar[str] = "forms/select.html"

    among: Among = nothing

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what can be chosen."""
        return self.among(visit, there)

    def told(self, words: Words, value: object) -> str:
        """Return what it refers to as people read it."""
        return named(words, str(value or ""))


def named(words: Words, text: str) -> str:
    """Return ``group:Biuro`` as people read it; what is no such reference stays as it is."""
    try:
        ref = Ref.of(text)
    except ValueError:
        return text
    return read(words, ref)


def read(words: Words, ref: Ref) -> str:
    """Return a reference as people read it: users by their names, others with what they are."""
    return ref.name if ref.kind is Kind.USER else f"{words(f'ref.{ref.kind}')}: {ref.name}"


def _of_kind(words: Words, there: Exchange, kind: Kind) -> Iterator[Choice]:
    for one in there.entries(FIELDS[kind]):
        ref = Ref(kind, one.key)
        number = getattr(one, "number", "") or getattr(one, "code", "")
        yield Choice(str(ref), f"{read(words, ref)} ({number})" if number else read(words, ref))
