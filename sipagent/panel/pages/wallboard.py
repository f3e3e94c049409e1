"""The wallboard: what the queues of the house do, for a big screen, without anybody clicking."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response

from sipagent.panel import screens
from sipagent.panel.board import tiles
from sipagent.panel.live import Snapshot
from sipagent.panel.pages.now import AGAIN, parts
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Stream, Visit, missing

#: How it looks, unless its address says otherwise: light dazzles in a hall.
_THEMES = ("dark", "light", "auto")


def _board(visit: Visit) -> Response:
    theme = visit.query.get("theme", "")
    return visit.page(
        "wallboard.html",
        theme=theme if theme in _THEMES else _THEMES[0],
        again=AGAIN,
        place=visit.path,
        **_shown(visit.house.live.look()),
    )


def _part(visit: Visit) -> Response:
    return visit.page("wallboard_part.html", **_shown(visit.house.live.look()))


def _events(visit: Visit) -> AsyncIterator[str]:
    return parts(visit, "wallboard_part.html", _shown)


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    answers = snapshot.answers
    status = answers.get("status", {})
    return {
        "snapshot": snapshot,
        "tiles": tiles(answers.get("queues", ()), answers.get("today", {})),
        "calls": answers.get("open", 0),
        "broken": [one for one in status.get("trunks", ()) if one["state"] not in _WORKS],
    }


_WORKS = ("registered", "static")


# The same for a screen on a wall, at which nobody logs in


def _admit(visit: Visit) -> None:
    """Look whether a screen has this link.

    Raises:
        Refused: none does.
    """
    if not visit.house.data.read(lambda db: screens.known(db, visit.names["screen"])):
        raise missing()


def _screen(visit: Visit) -> Response:
    _admit(visit)
    return _board(visit)


def _part_of_screen(visit: Visit) -> Response:
    _admit(visit)
    return _part(visit)


ROUTES = (
    Route("/wallboard", Permission.LIVE, _board),
    Route("/wallboard/part", Permission.LIVE, _part),
    Stream("/wallboard/events", Permission.LIVE, _events),
    Route("/screen/{screen}", Permission.ANYBODY, _screen),
    Route("/screen/{screen}/part", Permission.ANYBODY, _part_of_screen),
    Stream("/screen/{screen}/events", Permission.ANYBODY, _events, _admit),
)
