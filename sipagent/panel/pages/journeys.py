"""Where a call goes that is led to an entry, for the pages of entries that calls are led to."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sipagent.exchange.entry import Entry
from sipagent.exchange.journey import Journeys, Place
from sipagent.exchange.model import KINDS, LineNumber
from sipagent.exchange.reaching import kept
from sipagent.exchange.reaching.handling import usable
from sipagent.exchange.reading import Stored
from sipagent.exchange.rights import may_forward
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Ref
from sipagent.panel.forms.steps import scenario_of
from sipagent.panel.web import Visit


def beside(visit: Visit, stored: Stored, entry: Entry) -> Mapping[str, Any]:
    """Return where a call goes that comes to an entry, for its page."""
    return {"journey": journey(visit, stored, _target(entry))}


def journey(visit: Visit, stored: Stored, target: Ref) -> Place:
    """Return where a call goes that is led to a target, as the exchange is now."""
    there, country = stored.exchange, visit.house.config.line.country
    may = partial(may_forward, there, country=country)
    handled = usable(visit.house.data.read(kept.load), may)
    return Journeys(there, handled, partial(scenario_of, visit.house.desk)).of(target)


def _target(entry: Entry) -> Ref:
    if isinstance(entry, LineNumber):
        return Ref.of(entry.leads_to)
    kinds = (kind for kind, field in FIELDS.items() if isinstance(entry, KINDS[field]))
    return Ref(next(kinds), entry.key)
