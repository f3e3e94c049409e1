"""Opening hours as a condition of any menu: ``hours.open`` and ``hours.closed``."""

from sipagent.hours import Hours
from sipagent.infoline.contact import contract_of
from sipagent.infoline.model import Owner
from sipagent.scenario.condition import Condition
from sipagent.scenario.talk import Talk


def _hours(talk: Talk) -> Hours:
    """Return the hours of the owner's contract, those of the scenario where it has none."""
    owner = talk.facts.get(Owner)
    said = contract_of(owner).hours if owner is not None else None
    return Hours.parse(said) if said else talk.facts[Hours]


def _open(talk: Talk) -> bool:
    return _hours(talk).open_at(talk.now(), talk.zone)


OPEN = Condition("hours.open", (), (), lambda talk: "open" if _open(talk) else "")
CLOSED = Condition("hours.closed", (), (), lambda talk: "" if _open(talk) else "closed")
