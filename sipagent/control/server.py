"""The daemon's end of the control socket, in the asyncio loop."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import structlog

from sipagent.control.control import Controls, done
from sipagent.control.wire import QUESTION, Question, answered, refused, short
from sipagent.errors import SetupError, SipAgentError

#: Who may ask: the user as whom the line runs.
_MODE = 0o600
#: Seconds that somebody may take to read an answer.
_PATIENCE = 10.0

log = structlog.get_logger(__name__)


class ControlSocket:
    """Does what programs of this machine ask for; the line goes on without it.

    Args:
        path: of the socket.
        controls: what can be asked.
    """

    def __init__(self, path: Path, controls: Controls) -> None:
        self._path = path
        self._controls = controls
        self._server: asyncio.Server | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; where that cannot be, the log says why."""
        try:
            listener = _listener(self._path)
        except OSError as error:
            log.error(
                "the line cannot be steered", socket=str(self._path), reason=error.strerror or error
            )
            return
        self._server = await asyncio.start_unix_server(self._take, sock=listener, limit=QUESTION)

    async def stop(self) -> None:
        """Answer nobody any more; safe to call twice."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._path.unlink(missing_ok=True)
        for one in self._asking:
            one.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # the server has made one
        self._asking.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                await self._converse(reader, writer)
        finally:
            self._asking.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await _line(reader):
            writer.write(await self._answer(line))
            async with asyncio.timeout(_PATIENCE):
                await writer.drain()

    async def _answer(self, line: bytes) -> bytes:
        try:
            question = Question.read(line)
            answer = await done(self._controls, question.do, question.wanted)
            return answered(answer)
        except SipAgentError as error:
            return refused(error)
        except Exception:
            # A mistake of ours in one answer is no reason to leave who asks without one.
            log.exception("a question was not answered", question=line[:200])
            return refused(SetupError("something went wrong; the log of the line says what"))


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Return the next question; nothing where there is none, or one that is too long."""
    try:
        return await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b""


def _listener(path: Path) -> socket.socket:
    """Listen at a path, in place of a daemon that died.

    Raises:
        OSError: it cannot be, or another daemon does.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        # Before it has a name, so that nobody comes in meanwhile.
        os.fchmod(listener.fileno(), _MODE)
        with short(path) as name:
            if path.exists():
                _make_way(name)
            listener.bind(name)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _make_way(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(name)
        except ConnectionRefusedError:
            os.unlink(name)
            return
    raise OSError(98, "another line listens there")
