"""Listening in from the browser: which conversations go on, and hearing one."""

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response
from starlette.websockets import WebSocket

from sipagent.errors import SipAgentError
from sipagent.panel.headset import Relay, reached
from sipagent.panel.live import Snapshot
from sipagent.panel.pages.now import AGAIN, parts
from sipagent.panel.permissions import Permission
from sipagent.panel.web import PAGES, Channel, Route, Stream, Visit

_PART = "listening_part.html"


def _page(visit: Visit) -> Response:
    snapshot = visit.house.live.look()
    return visit.page("listening.html", again=AGAIN, **_shown(snapshot))


def _part(visit: Visit) -> Response:
    """Return what changes of the page, for a browser that has no events."""
    return visit.page(_PART, **_shown(visit.house.live.look()))


def _events(visit: Visit) -> AsyncIterator[str]:
    return parts(visit, _PART, _shown)


async def _heard(visit: Visit, browser: WebSocket) -> None:
    """Let somebody hear a call, for as long as the page is open."""
    try:
        sound = await PAGES.run(_begun, visit)
    except SipAgentError as error:
        await browser.send_json({"refused": str(error)})
        return
    with contextlib.closing(sound):
        await Relay(browser, sound).run()


def _begun(visit: Visit) -> socket.socket:
    """Have the line let them hear, and put on record that they have asked for it."""
    house, call = visit.house, visit.names["call"]
    visit.note("listen", call)
    return reached(house.ask, house.config.paths.control, call, visit.person.user or "")


def _shown(snapshot: Snapshot) -> dict[str, Any]:
    return {"snapshot": snapshot, "talks": snapshot.answers.get("talks", ())}


ROUTES = (
    Route("/listening", Permission.LISTEN, _page, microphone=True),
    Route("/listening/part", Permission.LISTEN, _part),
    Stream("/listening/events", Permission.LISTEN, _events),
    Channel("/listening/{call}", Permission.LISTEN, _heard),
)
