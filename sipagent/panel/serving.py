"""The panel's process: opens the database, serves pages until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvicorn

from sipagent.config import Config
from sipagent.config_panel import PanelSection
from sipagent.errors import SetupError
from sipagent.helpdesk.knowledge import starter
from sipagent.ops.systemd import Notifier
from sipagent.panel.building import ROOMS, built
from sipagent.panel.patience import Patience, untaken
from sipagent.panel.reloading import Reloads
from sipagent.panel.web import PAGES
from sipagent.store.database import require_database
from sipagent.store.store import Store

#: Connections at once; more get 503.
_CONNECTIONS = 1000
#: Seconds for which an idle connection is kept, and that requests get when the panel stops.
_KEEP_ALIVE = 15
_LAST_ANSWER = 5
#: Bytes of a message that a page sends over a WebSocket, at the most.
_MESSAGE = 4096

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Leaves signals to ``serve``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(config: Config, manager: Notifier, file: Path | None) -> None:
    """Serve pages until SIGTERM.

    Args:
        config: the settings.
        manager: is told once pages are served.
        file: where the settings are read anew from; None: they are the defaults.

    Raises:
        SetupError: the address cannot be used, or the certificate not be read.
        DataError: the database is none.
    """
    require_database(config.paths.database, "records")
    listener = _listener(config.panel)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(listener.close)
        store = await stack.enter_async_context(Store(config.paths.database, ROOMS))
        await PAGES.run(starter.load, store.blocking, datetime.now(UTC))
        application, house = built(config, store)
        reloads = Reloads(file, house.support)
        for lasting in (house.live, house.watching.live, house.notices, house.chats, reloads):
            stack.push_async_callback(lasting.stop)
            lasting.start()
        server = _Server(_settings(config.panel, application.app))
        _stop_on_signals(server, application.closing)
        address, port = listener.getsockname()[:2]
        log.info("panel open", address=address, port=port, origin=config.panel.origin)
        manager.ready()
        await server.serve([listener])
    log.info("panel closed")


def _stop_on_signals(server: uvicorn.Server, closing: asyncio.Event) -> None:
    def stop() -> None:
        closing.set()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _settings(panel: PanelSection, app: object) -> uvicorn.Config:
    settings = uvicorn.Config(
        app,  # type: ignore[arg-type]  # Starlette is one
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        http=Patience(panel.trusted_proxies),  # type: ignore[arg-type]  # makes protocols
        ws="wsproto",
        ws_max_size=_MESSAGE,
        ws_per_message_deflate=False,  # sound does not get smaller
        interface="asgi3",
        server_header=False,
        proxy_headers=False,  # who is believed, ``panel.guard`` knows
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_ANSWER,
        ssl_certfile=panel.certificate,
        ssl_keyfile=panel.private_key,
    )
    try:
        settings.load()
    except (OSError, ssl.SSLError) as error:
        raise SetupError(
            f"panel.certificate and panel.private_key cannot be used: {error}"
        ) from None  # fmt: skip
    return settings


def _listener(panel: PanelSection) -> socket.socket:
    family = socket.AF_INET6 if ":" in panel.address else socket.AF_INET
    try:
        listener = socket.create_server((panel.address, panel.port), family=family)
    except OSError as error:
        raise SetupError(
            f"the panel cannot listen at {panel.address} port {panel.port}: {error.strerror}; "
            "see panel.address and panel.port"
        ) from None
    untaken(listener)
    return listener
