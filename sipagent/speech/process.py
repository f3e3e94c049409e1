"""One worker process: started, asked, killed when it stalls, started anew when it dies."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from typing import Any

import structlog

from sipagent import cores, tasks
from sipagent.errors import SetupError, SipAgentError, SpeechError
from sipagent.speech.progress import LOOK, Progress, Stalled

#: Seconds of processor time in which the voices must be loaded.
START = 60.0
# Longest answer in bytes; an answer is a short line.
_ANSWER = 65536

log = structlog.get_logger(__name__)


class Lost(SipAgentError):
    """The process died or stalled before it answered; the same request may be tried again."""

    code = "speech-worker-lost"


class WorkerProcess:
    """A module of ``sipagent.speech`` as a process, which takes one request at a time.

    Args:
        module: such as ``sipagent.speech.worker``.
        models: what it has to load: its first line, by names.
        what: what that is, for people.
        hint: what to do if it cannot be loaded.
        keep: whether there is always to be a process, or only while it is asked.
    """

    def __init__(
        self,
        module: str,
        models: Mapping[str, Any],
        *,
        what: str = "voices",
        hint: str = "check the files with: sipagent voices list",
        keep: bool = True,
    ) -> None:
        self._module = module
        self._models = dict(models)
        self._what = what
        self._hint = hint
        self._keep = keep
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._closed = False
        #: Whether there is no process because nobody needs one.
        self.resting = False

    @property
    def pid(self) -> int | None:
        """Process id, None while there is no process."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process and wait until its voices are loaded.

        Raises:
            SetupError: it cannot be started, or a voice cannot be loaded.
        """
        async with self._turn:
            await self._start()

    async def wake(self) -> bool:
        """Start the process where there is none; return whether that was so.

        Raises:
            SpeechError: it cannot be started.
        """
        async with self._turn:
            if gone := self._gone():
                await self._kill()
                await self._start_again()
            return gone

    async def ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Return the answer to a request, however long a busy machine takes for it.

        Args:
            request: what the module's answers are made from.
            seconds: of processor time that it may take.

        Raises:
            Lost: the process died; or it hung, or worked longer than ``seconds``, and was killed.
            SpeechError: the process cannot be started again.
        """
        async with self._turn:
            if self._gone():
                await self._kill()
                await self._start_again()
            try:
                return await self._exchange(request, seconds)
            except Stalled as error:
                log.error("speech worker stalled", pid=self.pid, reason=str(error))
                await self._kill()
                raise Lost(f"the process of the {self._what} {error}") from None
            except (OSError, EOFError, ValueError):
                await self._kill()
                raise Lost(f"the process of the {self._what} died") from None
            except asyncio.CancelledError:
                # Its answer would be taken for that of the next request.
                await self._kill()
                raise

    async def rest(self) -> None:
        """End an idle process: its memory comes back. ``wake`` or ``ask`` starts another."""
        async with self._turn:
            self.resting = True
            await self._kill()

    async def close(self) -> None:
        """End the process."""
        self._closed = True
        if self._watching is not None:
            await tasks.cancelled(self._watching)
        await self._kill()

    async def _start(self) -> None:
        self.resting = False
        program = (sys.executable, "-m", self._module)
        try:
            # A group of its own: Ctrl-C in a terminal is for the daemon.
            with cores.roaming():
                self._process = await asyncio.create_subprocess_exec(
                    *program, stdin=PIPE, stdout=PIPE, limit=_ANSWER, process_group=0
                )
            answer = await self._exchange(self._models, START)
        except (OSError, EOFError, ValueError) as error:
            await self._kill()
            raise SetupError(f"the process of the {self._what} does not start: {error}") from None
        except Stalled as error:
            await self._kill()
            raise SetupError(f"the {self._what} were not loaded: the process {error}") from None
        except asyncio.CancelledError:
            await self._kill()
            raise
        if "error" in answer:
            await self._kill()
            raise SetupError(f"the {self._what} cannot be loaded: {answer['error']}; {self._hint}")
        if self._keep:
            self._watching = tasks.begin(self._watch(self._process), "watch-worker")

    async def _start_again(self) -> None:
        try:
            await self._start()
        except SetupError as error:
            raise SpeechError(str(error)) from None

    async def _watch(self, process: Process) -> None:
        """Start a new process as soon as an idle one is gone, so that no caller waits for it."""
        status = await process.wait()
        async with self._turn:
            if self._closed or process is not self._process:
                return
            log.error("speech worker died", pid=process.pid, status=status)
            self._process = None
            try:
                await self._start()
            except SetupError as error:
                log.error("speech worker not restarted", reason=str(error))

    def _gone(self) -> bool:
        """Whether there is no process; its last words end before asyncio knows of its death."""
        process = self._process
        return process is None or process.stdout is None or process.stdout.at_eof()

    async def _exchange(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError("no process")
        progress = Progress(process.pid, seconds)
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        answer = tasks.begin(process.stdout.readline(), "worker-answer")
        try:
            while not (await asyncio.wait({answer}, timeout=LOOK))[0]:
                progress.look()
            line = answer.result()
        finally:
            await tasks.cancelled(answer)
        if not line.endswith(b"\n"):
            raise EOFError("it ended")
        found: dict[str, Any] = json.loads(line)
        return found

    async def _kill(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            # Process.kill() would first look whether it is there still, and take the end of one
            # that has just died away from asyncio, which waits for it ("Unknown child process").
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        if process.stdout is not None:
            await process.stdout.read()  # to its end, so that asyncio closes it
        if self._process is process:  # who is cancelled before that leaves it to ``close``
            self._process = None
