"""Lists of tickets: what somebody looks for, page by page; the address of a page holds it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sipagent.panel.pages.calls import day_of
from sipagent.panel.pages.now import number
from sipagent.panel.web import Visit
from sipagent.tickets.model import OPEN, Filter, Importance, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets

#: Tickets on a page.
PAGE = 50
#: What stands for all of ``model.OPEN``, for who looks, and for nobody; no name looks like that.
OPEN_ONES, ME, NOBODY = "open", "@me", "@nobody"
#: What a ticket can be, and what can be chosen; a draft is never listed.
STATUSES = tuple(one.value for one in Status if one is not Status.DRAFT)
CHOICES = (OPEN_ONES, *STATUSES)
IMPORTANCES = tuple(one.value for one in Importance)
WAYS = tuple(one.value for one in Way)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list.

    Args:
        tickets: that stand on it.
        first: row number of the first one of them.
        typed: what stands in each filter.
        given: the filters that are used.
        wrong: filters that mean nothing, each with a sentence.
        query_here: what an address has to mean this very page.
        newest, older: addresses of other pages; empty where there is none.
    """

    tickets: Sequence[Ticket]
    first: int
    typed: Mapping[str, str]
    given: Mapping[str, str]
    wrong: Mapping[str, str]
    query_here: str
    newest: str
    older: str


def listing(
    visit: Visit, path: str, filters: Sequence[str], among: Callable[[Filter], Filter]
) -> Listing:
    """Return the page of a list that an address means.

    Args:
        visit: whose query it is.
        path: of the list.
        filters: that may be used.
        among: limits a filter to what somebody may see.
    """
    typed = {name: visit.query.get(name, "").strip() for name in filters}
    given = {name: value for name, value in typed.items() if value}
    wanted, wrong = Filter(limit=PAGE + 1), {}
    for name, value in given.items():
        try:
            wanted = _with(wanted, name, value, visit)
        except (ValueError, OverflowError):
            wrong[name] = visit.words("ticket.wrong-filter")
    before, first = number(visit.query.get("before")), number(visit.query.get("row")) or 1
    wanted = replace(wanted, before=before or None)
    found: Sequence[Ticket] = ()
    if not wrong:
        found = visit.house.data.read(lambda db: Tickets(db).listed(among(wanted)))
    older = ""
    if len(found) > PAGE:
        found = found[:PAGE]
        following = {"before": found[-1].number, "row": first + PAGE}
        older = f"{path}?{urlencode({**given, **following})}"
    here = {**given, **({"before": before, "row": first} if before else {})}
    newest = f"{path}?{urlencode(given)}" if before else ""
    return Listing(found, first, typed, given, wrong, urlencode(here), newest, older)


def _with(wanted: Filter, name: str, value: str, visit: Visit) -> Filter:
    """Return a filter with one thing more that somebody looks for.

    Raises:
        ValueError, OverflowError: there is no such thing.
    """
    found: dict[str, Any] = {}
    match name:
        case "since":
            found["since"] = day_of(value, visit)
        case "until":
            found["until"] = day_of(value, visit) + timedelta(days=1)
        case "status":
            found["statuses"] = OPEN if value == OPEN_ONES else (Status(value),)
        case "importance":
            found["importances"] = (Importance(value),)
        case "way":
            found["ways"] = (Way(value),)
        case "assignee":
            found["assignee"] = {ME: visit.person.name, NOBODY: ""}.get(value, value)
        case "subject" | "words":
            found[name] = value
    return replace(wanted, **found)
