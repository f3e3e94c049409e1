"""An owner at the page, and what comes to their mailbox and telephone."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

from httpx2 import Response

from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import Entry
from sipagent.panel.owner.entrance import STRANGERS
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import firms

LOGIN, NUMBER, EMAIL = "100001", "+48600100101", "anna.przykladowa@example.org"
GATEWAY = {"texts": {"url": "http://127.0.0.1:9/"}}
#: Seconds for what goes on behind the pages.
PATIENCE = 60.0
_WAY = re.compile(r'name="way" value="([^"]+)">\s*<p><button class="wide">([^<]+)<')


@contextmanager
def owners(folder: Path, **settings: object) -> Iterator[Panel]:
    """Open a panel over the sample, whose owners can be sent texts."""
    with firms(folder, **{**GATEWAY, **settings}) as panel:
        yield panel


def sent(panel: Panel) -> list[tuple[Entry, str]]:
    """Return what was put into the outbox, the latest first, with its words."""
    assert asyncio.run(STRANGERS.settled(PATIENCE))  # nobody waits for what strangers ask for
    outbox = Outbox(panel.store.blocking, panel.config.paths.outbox, panel.config.mail)
    return [(one, _body(outbox.content(one))) for one in outbox.listed()]


def code_of(panel: Panel) -> str:
    """Return the code that was sent last."""
    found = (re.search(r"\b(\d{3} \d{3})\b", body) for _, body in sent(panel))
    return next(one[1] for one in found if one)


def ways_of(browser: Browser, login: str = LOGIN) -> dict[str, str]:
    """Type a login; return what is offered, each with what the form sends of it."""
    browser.get("/owner")
    page = browser.post("/owner/login", login=login)
    return {shown: tag for tag, shown in _WAY.findall(page.text)}


def come_in(panel: Panel, login: str = LOGIN) -> Browser:
    """Return a browser in which an owner is."""
    browser = panel.browser()
    entered(panel, browser, login)
    return browser


def entered(panel: Panel, browser: Browser, login: str = LOGIN) -> Response:
    """Come in by the first way that is offered."""
    way = next(iter(ways_of(browser, login).values()))
    browser.post("/owner/code", login=login, way=way)
    return browser.post("/owner/enter", login=login, way=way, code=code_of(panel))


def _body(content: bytes) -> str:
    part = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    return "" if part is None else str(part.get_content())
