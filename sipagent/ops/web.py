"""The daemon's HTTP servers, in the asyncio loop, behind the calls: metrics and health, others."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from sipagent import tasks
from sipagent.threads import FILES

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request

    from sipagent.ops.health import Health
    from sipagent.ops.metrics import Metrics

#: Requests at once; more get 503.
_CONCURRENCY = 16
#: Seconds for which an idle connection is kept, and that a request gets when the daemon stops.
_KEEP_ALIVE = 5
_LAST_ANSWER = 1

log = structlog.get_logger(__name__)


class Listening(Protocol):
    """Where a server listens."""

    @property
    def enabled(self) -> bool:
        """Whether it does."""

    @property
    def address(self) -> str:
        """On which address of this machine."""

    @property
    def port(self) -> int:
        """0: any free one."""


class Web:
    """Serves an application, such as ``routes``; the line goes on without it.

    Args:
        settings: where it listens.
        build: makes the application, in a thread.
        serves: what it is, for the log.
        section: of agent.toml, which says where it listens.
    """

    def __init__(
        self,
        settings: Listening,
        build: "Callable[[], Starlette]",
        serves: str = "metrics",
        section: str = "http",
    ) -> None:
        self._settings = settings
        self._application = build
        self._serves = serves
        self._section = section
        self._server: uvicorn.Server | None = None
        self._listener: socket.socket | None = None
        self._serving: tasks.Lasting | None = None

    def start(self) -> None:
        """Begin to serve soon; a port that is taken is told in the log."""
        if not self._settings.enabled:
            return
        try:
            self._listener = _listener(self._settings)
        except OSError as error:
            where = f"{self._section}.address and {self._section}.port"
            log.error(
                f"no {self._serves}: cannot listen; see {where}",
                address=self._settings.address,
                port=self._settings.port,
                reason=error.strerror,
            )
            return
        self._serving = tasks.last(partial(self._serve, self._listener), self._section)

    async def stop(self) -> None:
        """End; safe to call twice."""
        if self._serving is None or self._listener is None:
            return
        if self._server is None:
            await self._serving.stop()
        else:
            self._server.should_exit = True
            await self._serving.ended()
        self._listener.close()
        self._server = self._serving = self._listener = None

    async def _serve(self, listener: socket.socket) -> None:
        # The libraries take some tenths of a second to load; the line opens meanwhile.
        self._server = await FILES.run(self._build)
        port = listener.getsockname()[1]
        log.info(f"{self._serves} served", address=self._settings.address, port=port)
        # The server closes what it is given, and may have to be started again.
        await self._server.serve([listener.dup()])

    def _build(self) -> "uvicorn.Server":
        import uvicorn  # noqa: PLC0415  loaded only where it is used

        class Server(uvicorn.Server):
            """Leaves signals to the daemon: they drain the line."""

            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield

        config = uvicorn.Config(
            self._application(),
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            http="h11",
            ws="none",
            interface="asgi3",
            server_header=False,
            limit_concurrency=_CONCURRENCY,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_LAST_ANSWER,
        )
        config.load()
        return Server(config)


def routes(metrics: "Metrics", health: "Health") -> "Starlette":
    """Return the application."""
    from starlette.applications import Starlette  # noqa: PLC0415  loaded only where it is used
    from starlette.responses import JSONResponse, Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    from sipagent.ops.metrics import CONTENT_TYPE  # noqa: PLC0415

    async def scrape(_: "Request") -> Response:
        metrics.state = await health.state()
        return Response(await FILES.run(metrics.text), media_type=CONTENT_TYPE)

    async def live(_: "Request") -> Response:
        turns = await health.live()
        return JSONResponse({"live": turns}, 200 if turns else 503)

    async def ready(_: "Request") -> Response:
        reasons = await health.reasons()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    async def status(_: "Request") -> Response:
        return JSONResponse(await health.status())

    paths = {"/metrics": scrape, "/live": live, "/ready": ready, "/status": status}
    return Starlette(routes=[Route(path, serve) for path, serve in paths.items()])


def _listener(settings: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    return socket.create_server((settings.address, settings.port), family=family)
