"""One's own number: whose it is that somebody looks at, and what they would dial."""

from dataclasses import dataclass

from sipagent.exchange.model import Box, Exchange, User
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.boxes import is_for
from sipagent.panel.forms.fields import Choice, Field
from sipagent.panel.web import Visit, missing

#: Who can be dialled inside.
_DIALLED = (Kind.USER, Kind.GROUP, Kind.BOX, Kind.QUEUE, Kind.OUTSIDE)


def own_user(visit: Visit) -> tuple[User, Stored]:
    """Return the user of the exchange who asks, and the exchange.

    Raises:
        Refused: they are none.
    """
    stored = visit.house.data.read(load)
    found = stored.exchange.find("users", visit.person.user or "")
    if not isinstance(found, User):
        raise missing()
    return found, stored


def dialled(there: Exchange, target: Target) -> str:
    """Return what somebody would dial to reach a target; ``box:NAME`` where it has no number."""
    if isinstance(target, str):
        return target
    entry = there.find(FIELDS[target.kind], target.name) if target.kind in FIELDS else None
    return getattr(entry, "number", "") or getattr(entry, "code", "") or str(target)


@dataclass(frozen=True, slots=True)
class Dialled(Field):
    """Whom to call: an internal number, a short code, a telephone number."""

    input: str = "tel"
    priced: bool = True
    offers: str = "inside"


def inside(visit: Visit, there: Exchange) -> list[Choice]:
    """Return who can be dialled inside, for a page with fields that offer them.

    Boxes are among them only where who asks may listen to them.
    """
    user = there.find("users", visit.person.user or "")
    return [
        Choice(dialled(there, Ref(kind, entry.key)), entry.key)
        for kind in _DIALLED
        for entry in there.entries(FIELDS[kind])
        if not isinstance(entry, Box) or (isinstance(user, User) and is_for(there, entry, user))
    ]
