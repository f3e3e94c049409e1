"""What pages are made of: a route with its permission, and the visit that it serves.

Pages are plain functions, and run in threads: whatever they wait for, the loop goes on, and so do
the events that show who calls.
"""

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.websockets import WebSocket

from sipagent.config import Config
from sipagent.helpdesk.support import Support
from sipagent.infoline.model import Owner
from sipagent.infoline.online.login import OnlineLogin
from sipagent.panel.guard import Door, Refused, own_path, token_of
from sipagent.panel.imports import Imports
from sipagent.panel.live import Live
from sipagent.panel.live_chats import LiveChats
from sipagent.panel.login import Login
from sipagent.panel.owner.sessions import OwnerSession, OwnerSessions
from sipagent.panel.people import Person, note
from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios.desk import Desk
from sipagent.panel.scenarios.tries import Tries
from sipagent.panel.scribe import Scribe
from sipagent.panel.sessions import Session, Sessions
from sipagent.panel.watching import Watching
from sipagent.panel.words import Words
from sipagent.store.data import Data
from sipagent.threads import Threads

#: Threads of pages; those who wait beyond get 503.
PAGES = Threads("panel", 8, 200)


class Ask(Protocol):
    """Asks the running line; ``control.client.ask`` with its settings fits."""

    def __call__(self, do: str, **wanted: object) -> Any:
        """Return what the line answers."""


class Owners(Protocol):
    """Knows who of the owners is in; ``owner.door.OwnersDoor`` fits."""

    #: Of a code or a PIN, decides.
    login: OnlineLogin
    sessions: OwnerSessions

    def admit(self, visit: "Visit", permission: Permission) -> Response | None:
        """Find out which owner asks; return where to go instead who has to come in first."""

    def still_in(self, visit: "Visit", now: datetime) -> bool:
        """Whether the owner who has opened a page, and stays on it, is in at another moment."""


class Draw(Protocol):
    """Fills a template in."""

    def __call__(self, template: str, visit: "Visit", /, **values: object) -> str:
        """Return a page, or a part of one."""


@dataclass(frozen=True, slots=True)
class House:
    """What all pages share.

    Args:
        config: the settings.
        data: the database; blocks.
        ask: the running line; blocks.
        live: what goes on now.
        login: decides who comes in.
        sessions: who is in.
        words: what is said, by language.
        draw: makes HTML.
        origin: where people find the panel: ``https://panel.example.com``.
        desk: the scenarios.
        tries: walks through scenarios in the browser.
        imports: those of owners that were begun.
        scribe: has recordings written down.
        watching: tickets as they change, and who has one open.
        support: when somebody is there to help.
        chats: those that go on.
        notices: whether anything else pops up for anybody.
        owners: who of the owners of the infoline is in, on pages of their own.
        is_page: whether a path is one of a page.
    """

    config: Config
    data: Data
    ask: Ask
    live: Live
    login: Login
    sessions: Sessions
    words: Mapping[str, Words]
    draw: Draw
    origin: str
    desk: Desk
    tries: Tries
    imports: Imports
    scribe: Scribe
    watching: Watching
    support: Support
    chats: LiveChats
    notices: Live
    owners: Owners
    is_page: Callable[[str], bool]


@dataclass(slots=True)
class Visit:
    """One request, and who makes it."""

    house: House
    path: str
    #: What the path names, such as the id of a call.
    names: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    address: str
    browser: str
    #: What the browser keeps; a session is found by it, where there is one.
    cookie: str
    language: str
    #: Whether something is sent, and no page only asked for.
    posted: bool = False
    #: Whether htmx asks, for a part of a page.
    by_script: bool = False
    #: Whether Linphone asks to be set up; programs that only look at links do not say so.
    by_linphone: bool = False
    #: Which bytes of a file are wanted (``Range``, RFC 9110, section 14.2); empty: all.
    range: str = ""
    #: The last event that a browser has had before it lost the others (``Last-Event-ID``).
    last_event: str = ""
    session: Session | None = None
    #: Files that came with the form; they are gone once the page is made.
    files: Mapping[str, UploadFile] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: What the browser is to keep from now on; None: what it has.
    keep: str | None = None
    #: By which one comes in who visits it.
    door: Door = Door.PANEL
    #: The owner who is in, on pages of owners.
    owner_session: OwnerSession | None = None

    @property
    def person(self) -> Person:
        """Who is in; only pages that ask for a permission have somebody."""
        assert self.session is not None  # the route's permission was checked
        return self.session.person

    @property
    def owner(self) -> Owner:
        """Which owner is in; only pages that ask for ``Permission.OWNER`` have one."""
        assert self.owner_session is not None  # the route's permission was checked
        return self.owner_session.owner

    @property
    def words(self) -> Words:
        """What is said, in the language of who reads it."""
        return self.house.words[self.language]

    @property
    def token(self) -> str:
        """What forms carry."""
        return token_of(self.keep or self.cookie)

    @property
    def zone(self) -> tzinfo:
        """Where the line is."""
        return self.house.config.line.zone

    @property
    def inside(self) -> bool:
        """Whether somebody is in, with all proofs."""
        return self.session is not None and self.session.proved

    @property
    def clicked(self) -> bool:
        """Whether somebody has done something: what goes on changing, pages ask for themselves."""
        return not self.path.endswith(("/part", "/events"))

    @property
    def sees(self) -> tuple[object, ...]:
        """What parts of pages that go on changing show differently from person to person."""
        person = self.session.person if self.session is not None else None
        return (person.role, person.user, person.listens) if person is not None else ()

    def address_of(self, path: str) -> str:
        """Return where a form of this page goes, without forgetting where somebody wants to be."""
        wanted = own_path(self.query.get("next"), "")
        return f"{path}?{urlencode({'next': wanted})}" if wanted else path

    def login_first(self) -> str:
        """Return where somebody logs in who wanted this page."""
        return (
            "/login"
            if self.posted or self.path == "/"
            else f"/login?{urlencode({'next': self.path})}"
        )

    def may(self, permission: Permission) -> bool:
        """Whether who asks may do something."""
        return self.inside and self.person.may(permission)

    def page(self, template: str, status: int = 200, /, **values: object) -> Response:
        """Return a page."""
        html = self.house.draw(template, self, **values)
        return Response(html, status, media_type="text/html")

    def note(self, what: str, about: str = "") -> None:
        """Put on record what somebody does."""
        self.house.data.write(
            lambda db: note(db, self.now, self.person.name, self.address, what, about)
        )


#: What a page does; it runs in a thread.
Work = Callable[[Visit], Response]
#: Events for as long as somebody looks on, as text/event-stream; it runs in the loop.
Events = Callable[[Visit], AsyncIterator[str]]
#: What goes on over an open WebSocket, until either end has gone; it runs in the loop.
Converse = Callable[[Visit, WebSocket], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page, or what a form does. There is none without a permission."""

    path: str
    permission: Permission
    work: Work
    method: str = "GET"
    threads: Threads = PAGES
    #: Whether its page may ask for the microphone.
    microphone: bool = False
    #: Bytes of files that may come with the form; 0: none may.
    files: int = 0
    #: Whether attachments may come with it, as many and as large as ``[helpdesk]`` says.
    attachments: bool = False
    #: Asked before files are taken in, whether they may come; ``Refused``: they may not.
    admit: Callable[[Visit], object] = lambda visit: None


@dataclass(frozen=True, slots=True)
class Stream:
    """Events that a page listens to.

    Args:
        path: where.
        permission: of who may listen.
        events: yields them.
        admit: asked now and then, in a thread, whether they still may; ``Refused``: they may not.
        strangers: whether anybody may come, who then takes no place of the staff.
    """

    path: str
    permission: Permission
    events: Events
    admit: Callable[[Visit], object] = lambda visit: None
    strangers: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """Messages both ways between a page and the panel (RFC 6455)."""

    path: str
    permission: Permission
    converse: Converse


#: Whatever a path leads to.
Way = Route | Stream | Channel


def moved(path: str, *, script: bool = False) -> Response:
    """Return that the answer stands elsewhere (303: whatever was sent is not sent again).

    A script would put it into the page that it has; it is told to open another one.
    """
    if script:
        return Response(headers={"hx-redirect": path})
    return Response(status_code=303, headers={"location": path})


def as_json(value: object) -> Response:
    """Return a value for programs."""
    return Response(json.dumps(value, ensure_ascii=False), media_type="application/json")


def missing(key: str = "refused.missing") -> Refused:
    """Return that there is no such page, or none that is theirs: who asks is not told which."""
    return Refused(404, key)


def all_routes(*rooms: Sequence[Way]) -> list[Way]:
    """Return the routes of several rooms as one list."""
    return [route for room in rooms for route in room]
