"""One's own number: whose it is that somebody looks at, and what they would dial."""

from collections.abc import Sequence
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

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return who is inside; boxes only those that who asks may listen to."""
        found = []
        user = there.find("users", visit.person.user or "")
        for kind in _DIALLED:
            for entry in there.entries(FIELDS[kind]):
                if kind is Kind.BOX and not _listens(there, user, entry):
                    continue
                found.append(Choice(dialled(there, Ref(kind, entry.key)), entry.key))
        return found


def _listens(there: Exchange, user: object, box: object) -> bool:
    return isinstance(user, User) and isinstance(box, Box) and is_for(there, box, user)
