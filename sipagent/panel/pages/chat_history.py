"""Chats that are over: found by who, when and what was said, and what they show in sum."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent import times
from sipagent.helpdesk.chat.history import Figures, Sought, figures, found
from sipagent.helpdesk.chat.model import Chat, Ending
from sipagent.panel.forms.entries import number_of
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit

_PLACE = "/helpdesk/chats/history"
#: Chats on a page.
_PAGE = 50
_FIELDS = ("words", "who", "agent", "ending", "since", "until")


def _show(visit: Visit) -> Response:
    given = {name: visit.query.get(name, "").strip() for name in _FIELDS}
    sought = Sought(
        words=given["words"],
        who=given["who"],
        agent=given["agent"],
        ending=given["ending"],
        since=_midnight(visit, given["since"]),
        until=_midnight(visit, given["until"], days=1),
    )
    before = number_of(visit.query.get("before", "")) or None

    def work(db: sqlite_utils.Database) -> tuple[list[Chat], Figures]:
        return found(db, sought, _PAGE + 1, before), figures(db, sought)

    chats, sums = visit.house.data.read(work)
    more = len(chats) > _PAGE
    following = {name: value for name, value in given.items() if value}
    if more:
        following["before"] = str(chats[_PAGE - 1].id)
    return visit.page(
        "helpdesk/chat_history.html",
        chats=chats[:_PAGE],
        sums=sums,
        given=given,
        endings=list(Ending),
        older=f"{_PLACE}?{urlencode(following)}" if more else "",
    )


def _midnight(visit: Visit, day: str, days: int = 0) -> str:
    """Return when a day begins where the line is, or so many days later; empty: it is none."""
    try:
        begins = date.fromisoformat(day) + timedelta(days=days)
        return times.stored(datetime.combine(begins, time(), visit.zone))
    except (ValueError, OverflowError):  # or one that has no time in UTC
        return ""


ROUTES = (Route(_PLACE, Permission.CHATS, _show),)
