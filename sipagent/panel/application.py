"""The application: takes requests apart, lets those in who may, has pages made in threads."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from http import HTTPStatus

import structlog
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.routing import Route as PageRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sipagent import tasks
from sipagent.access.networks import network
from sipagent.errors import DataError, SetupError, SipAgentError
from sipagent.panel import guard
from sipagent.panel.guard import Door, Form, Guard, Refused
from sipagent.panel.permissions import Permission
from sipagent.panel.places import Places
from sipagent.panel.statics import Statics
from sipagent.panel.web import (
    PAGES,
    Channel,
    House,
    Route,
    Stream,
    Visit,
    Way,
    missing,
    moved,
)
from sipagent.panel.words import preferred
from sipagent.threads import Overloaded

#: Seconds in which whoever sends a form has sent it, and bytes of files in each second more.
_PATIENCE, _SLOWEST = 20.0, 100_000
#: Seconds after which it is looked at whether who stays on a page is still in.
_STILL_IN = 30.0

log = structlog.get_logger(__name__)


class Application:
    """Serves routes.

    Args:
        house: what all pages share.
        routes: those of all rooms.
        statics: files that pages name.
        others: what is served besides pages.
    """

    def __init__(
        self,
        house: House,
        routes: Sequence[Way],
        statics: Statics,
        others: Sequence[Mount] = (),
    ) -> None:
        self._house = house
        self._guard = Guard(house.config.panel)
        self._statics = statics
        self._places = Places()
        #: Set when the panel stops: events end.
        self.closing = asyncio.Event()
        self.app = Starlette(
            routes=[
                PageRoute("/static/{sum}/{name}", self._static),
                *map(self._way, routes),
                *others,
            ],
            exception_handlers={404: self._nowhere, 405: self._nowhere, 500: self._fault},
        )

    def _way(self, route: Way) -> BaseRoute:
        return self._channel(route) if isinstance(route, Channel) else self._page(route)

    def _page(self, route: Route | Stream) -> PageRoute:
        # Where files stand, and what is wrong with them, is nothing for strangers.
        tells = route.permission is not Permission.ANYBODY

        async def serve(request: Request) -> Response:
            try:
                return await self._serve(request, route)
            except Refused as error:
                return await self._refusal(request, error.status, error.key)
            except Overloaded:
                return await self._refusal(request, 503, "refused.busy")
            except SetupError as error:
                return await self._refusal(request, 503, "refused.line", str(error) * tells)
            except SipAgentError as error:
                status = 409 if isinstance(error, DataError) else 500
                return await self._refusal(request, status, "refused.data", str(error) * tells)

        method = route.method if isinstance(route, Route) else "GET"
        return PageRoute(route.path, serve, methods=[method])

    def _channel(self, route: Channel) -> WebSocketRoute:
        async def serve(browser: WebSocket) -> None:
            try:
                visit = await self._arrived(browser, route)
            except (Refused, SipAgentError):
                await browser.close()  # before it was opened: an answer with 403
                return
            with self._places.taken():
                await browser.accept()
                await self._conversed(visit, browser, route)

        return WebSocketRoute(route.path, serve)

    async def _arrived(self, browser: WebSocket, route: Channel) -> Visit:
        """Return who wants to open a channel, as far as they may.

        Raises:
            Refused: they may not; another site does it in their name; or there are too many.
        """
        visit = self._visit(browser)
        self._guard.require_own(browser)
        if await PAGES.run(self._admit, visit, route.permission) is not None:
            raise missing()
        self._places.require()
        return visit

    async def _conversed(self, visit: Visit, browser: WebSocket, route: Channel) -> None:
        """Let a channel be as long as both ends want it, and they are in."""
        goes_on = tasks.begin(route.converse(visit, browser), f"channel-{route.path}")
        may_go_on = tasks.begin(self._until_out(visit, route), f"stays-{route.path}")
        try:
            await asyncio.wait((goes_on, may_go_on), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = tasks.cancelled(goes_on, may_go_on)
            await tasks.to_the_end(ended, f"ends-{route.path}")
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # the browser has closed it
            await browser.close()

    async def _until_out(self, visit: Visit, route: Channel) -> None:
        """Return once somebody may stay no longer, or the panel stops."""
        may_stay = partial(PAGES.run, self._still_in, visit, route.permission)
        while not self.closing.is_set() and await may_stay():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STILL_IN):
                    await self.closing.wait()

    async def _serve(self, request: Request, route: Route | Stream) -> Response:
        visit = self._visit(request)
        if isinstance(route, Stream):
            elsewhere = await PAGES.run(self._admit, visit, route.permission)
            if elsewhere is None:
                await PAGES.run(route.admit, visit)
            return self._answered(visit, elsewhere or self._stream(visit, route))
        # Nobody fills the disk with files who may not send them.
        files = self._most_bytes(route)
        if files and (elsewhere := await PAGES.run(self._admit, visit, route.permission)):
            return self._answered(visit, elsewhere)
        if files:
            await PAGES.run(route.admit, visit)
        form = await _form(request, visit.cookie, files)
        try:
            visit.form, visit.files = form.fields, form.files
            response = await route.threads.run(self._work, visit, route)
        finally:
            form.close()
        return self._answered(visit, response, microphone=route.microphone)

    def _most_bytes(self, route: Route) -> int:
        """Return how many bytes of files may come with a form."""
        if not route.attachments:
            return route.files
        settings = self._house.config.helpdesk
        return max(1, settings.attachments * settings.attachment_bytes)

    def _visit(self, request: HTTPConnection) -> Visit:
        """Take a request apart, but for what is sent with it.

        Raises:
            Refused: it is none that the panel has asked for.
        """
        self._guard.require_host(request)
        method = request.scope.get("method", "GET")
        posted = method not in guard.SAFE
        if posted:
            self._guard.require_own(request)
        door = Door.of(request.url.path)
        cookie = request.cookies.get(self._guard.cookie(door), "")
        return Visit(
            self._house,
            request.url.path,
            request.path_params,
            dict(request.query_params),
            {},
            self._guard.address(request),
            request.headers.get("user-agent", ""),
            cookie,
            preferred(request.headers.get("accept-language", "")),
            posted=method not in guard.SAFE,
            by_script="hx-request" in request.headers,
            by_linphone=_is_linphone(request),
            range=request.headers.get("range", ""),
            last_event=request.headers.get("last-event-id", ""),
            keep=None if cookie else guard.new_cookie(),
            door=door,
        )

    def _work(self, visit: Visit, route: Route) -> Response:
        if (elsewhere := self._admit(visit, route.permission)) is not None:
            return elsewhere
        return route.work(visit)

    def _admit(self, visit: Visit, permission: Permission) -> Response | None:
        """Find out who asks; return where to go instead who has to log in first.

        Raises:
            Refused: they may not.
        """
        sessions, data = self._house.sessions, self._house.data
        if visit.door is Door.OWNERS:
            return self._house.owners.admit(visit, permission)
        if visit.cookie:
            visit.session = data.read(lambda db: sessions.find(db, visit.cookie, visit.now))
        if (session := visit.session) is not None:
            visit.language = session.person.language
            if visit.clicked and session.proved and sessions.stale(session, visit.now):
                data.write(lambda db: sessions.touch(db, session, visit.now))
        if permission is Permission.ANYBODY:
            return None
        if not visit.inside:
            return moved(visit.login_first(), script=visit.by_script)
        if not visit.may(permission):
            raise missing()
        return None

    def _answered(self, visit: Visit, response: Response, *, microphone: bool = False) -> Response:
        kept: dict[str, str] = {}
        if visit.keep is not None:
            self._guard.set_cookie(kept, visit.keep, visit.door)
        said = self._guard.headers(microphone=microphone)
        # What a page says of itself counts, such as that nothing in a file may run.
        for name, value in {"cache-control": "no-store", **said}.items():
            response.headers.setdefault(name, value)
        response.headers.update(kept)
        return response

    def _stream(self, visit: Visit, route: Stream) -> Response:
        self._places.require(_stranger(visit, route))
        events = self._listened(visit, route)
        return StreamingResponse(events, media_type="text/event-stream")

    async def _listened(self, visit: Visit, route: Stream) -> AsyncIterator[str]:
        """Yield events as long as somebody may hear them."""
        with self._places.taken(_stranger(visit, route)):
            clock = asyncio.get_running_loop().time
            looked = clock()
            async with contextlib.aclosing(route.events(visit)) as events:  # type: ignore[type-var]
                async for event in events:
                    if self.closing.is_set():
                        return
                    if clock() - looked > _STILL_IN:
                        looked = clock()
                        if not await PAGES.run(self._may_listen, visit, route):
                            return
                    yield event

    def _may_listen(self, visit: Visit, route: Stream) -> bool:
        try:
            route.admit(visit)
        except Refused:
            return False
        anybody = route.permission is Permission.ANYBODY
        return anybody or self._still_in(visit, route.permission)

    def _still_in(self, visit: Visit, permission: Permission) -> bool:
        sessions, now = self._house.sessions, visit.now.now(visit.now.tzinfo)
        if visit.door is Door.OWNERS:
            return self._house.owners.still_in(visit, now)
        found = self._house.data.read(lambda db: sessions.find(db, visit.cookie, now))
        return found is not None and found.person.may(permission)

    async def _static(self, request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        response = self._statics.response(request.path_params["name"], packed)
        if response is None:
            return await self._refusal(request, 404, "refused.missing")
        response.headers.update(self._guard.headers())
        return response

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        return await self._refusal(request, getattr(error, "status_code", 404), "refused.missing")

    async def _fault(self, request: Request, error: Exception) -> Response:
        log.error("a page has failed", path=request.url.path, exc_info=error)
        return await self._refusal(request, 500, "refused.fault")

    async def _refusal(
        self, request: Request, status: int, key: str, details: str = ""
    ) -> Response:
        """Return the page that says why there is none; it is the same for everybody."""
        language = preferred(request.headers.get("accept-language", ""))
        door = Door.of(request.url.path)
        visit = Visit(
            self._house, request.url.path, {}, {}, {}, "", "", "", language, keep=None, door=door
        )  # fmt: skip
        title = HTTPStatus(status).value
        template = "owner/refused.html" if door is Door.OWNERS else "refused.html"
        page = visit.page(template, status, title=title, key=key, details=details)
        return self._answered(visit, page)


def _stranger(visit: Visit, route: Stream) -> str | None:
    """Return where a stranger is who hears events; None: it is somebody of the staff."""
    return network(visit.address) if route.strangers and not visit.inside else None


def _is_linphone(request: HTTPConnection) -> bool:
    is_get = request.scope.get("method") == "GET"
    return is_get and "x-linphone-provisioning" in request.headers


async def _form(request: Request, cookie: str, files: int) -> Form:
    """Return what was sent.

    Raises:
        Refused: it was not shown to who sends it, is none, is too large, or comes too slowly.
    """
    if request.method in guard.SAFE:
        return Form()
    try:
        async with asyncio.timeout(_PATIENCE + files / _SLOWEST):
            form = await guard.form_of(request, files)
    except TimeoutError:
        raise Refused(408, "refused.slow") from None
    try:
        guard.require_token(form.fields, cookie)
    except Refused:
        form.close()
        raise
    return form
