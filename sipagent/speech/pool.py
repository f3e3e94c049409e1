"""Renderings in order of need: who has a caller waiting goes first, and nobody waits for ever."""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from sipagent import tasks
from sipagent.errors import SpeechError
from sipagent.speech.clip import Clip
from sipagent.speech.process import Lost, WorkerProcess

#: Renderings that may wait, a worker: those that callers wait for, and those ahead of need.
URGENT = 100
AHEAD = 400

# Seconds of processor time for one rendering; the longest text takes less than a minute.
_WORK = 120.0
_ATTEMPTS = 2
# Seconds without a caller or a rendering after which a process ends and its memory comes back.
_IDLE = 60.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Job:
    key: str
    request: Mapping[str, Any]
    result: asyncio.Future[Clip]
    urgent: bool
    waiting: int = 0
    begun: bool = False


@dataclass(slots=True, order=True)
class _Place:
    ahead: bool
    number: int
    job: _Job = field(compare=False)


class Pool:
    """Worker processes and the queue before them.

    They are there while there is a caller, or something to render, and for a minute more. Who
    calls hears what was rendered before, and meanwhile they start.

    Args:
        models: paths of the voices that each process loads when it starts.
        workers: number of processes.
        timeout: seconds that a caller waits for a rendering; what is made ahead takes its time.
        store: takes key, file and seconds of what was rendered, even where nobody waits for it
            any more, and returns the clip; may raise OSError.
    """

    def __init__(
        self,
        models: Sequence[Path],
        workers: int,
        timeout: float,
        store: Callable[[str, str, float], Clip],
    ) -> None:
        hello = {"models": [str(path) for path in models]}
        self.workers = [WorkerProcess("sipagent.speech.worker", hello) for _ in range(workers)]
        self._timeout = timeout
        self._store = store
        self._queue: asyncio.PriorityQueue[_Place] = asyncio.PriorityQueue()
        self._jobs: dict[str, _Job] = {}
        self._numbers = itertools.count()
        self._serving: list[tasks.Lasting] = []
        self._waking: dict[WorkerProcess, asyncio.Task[None]] = {}
        self._callers = 0
        #: When somebody last needed a process, by the clock of the loop.
        self._needed = 0.0

    async def start(self) -> None:
        """Start the processes.

        Raises:
            SetupError: a voice cannot be loaded; no process is left behind.
        """
        try:
            await asyncio.gather(*(worker.start() for worker in self.workers))
        except BaseException:
            await self.close()
            raise
        self._serving = [
            tasks.last(partial(self._serve, worker), f"render-{at}")
            for at, worker in enumerate(self.workers)
        ]

    @property
    def alive(self) -> bool:
        """Whether there is a process that renders, or can be had."""
        return any(worker.pid is not None or worker.resting for worker in self.workers)

    def start_behind(self) -> None:
        """Start the processes behind what goes on; renderings wait for them."""
        self._serving = [
            tasks.last(partial(self._begin, worker), f"render-{at}")
            for at, worker in enumerate(self.workers)
        ]

    def attend(self) -> Callable[[object], None]:
        """Have processes for a caller; what is returned is to be called when he has gone."""
        self._callers += 1
        for worker in self.workers:
            gone = worker.resting or (self._serving and worker.pid is None)
            if gone and worker not in self._waking:
                waking = self._waking[worker] = tasks.begin(self._wake(worker), "wake-voices")
                waking.add_done_callback(partial(self._woken, worker))
        return self._leave

    async def close(self) -> None:
        """End the processes; who still waits gets a SpeechError."""
        await tasks.cancelled(*self._waking.values())
        await asyncio.gather(*(serving.stop() for serving in self._serving))
        await asyncio.gather(*(worker.close() for worker in self.workers))
        for job in list(self._jobs.values()):
            self._finish(job, error=SpeechError("the voices are shut down"))

    async def render(self, key: str, request: Mapping[str, Any], *, urgent: bool) -> Clip:
        """Return what a worker renders; who asks for the same key meanwhile shares it.

        Raises:
            SpeechError: too many wait, a caller waits too long, or the voice fails.
        """
        job = self._jobs.get(key) or self._enter(key, request, urgent)
        if urgent and not job.urgent and not job.begun:
            job.urgent = True
            self._enqueue(job)  # its former place in the queue is passed over
        job.waiting += 1
        try:
            async with asyncio.timeout(self._timeout if urgent else None):
                return await asyncio.shield(job.result)
        except TimeoutError:
            raise SpeechError(f"the voice took longer than {self._timeout:g} s") from None
        finally:
            job.waiting -= 1

    def _enter(self, key: str, request: Mapping[str, Any], urgent: bool) -> _Job:
        waiting = sum(1 for job in self._jobs.values() if job.urgent or not urgent)
        if waiting >= (URGENT if urgent else AHEAD) * len(self.workers):
            raise SpeechError(f"{waiting} renderings wait for a voice; set speech.workers higher")
        job = _Job(key, request, asyncio.get_running_loop().create_future(), urgent)
        self._jobs[key] = job
        self._enqueue(job)
        return job

    def _enqueue(self, job: _Job) -> None:
        self._queue.put_nowait(_Place(not job.urgent, next(self._numbers), job))

    def _leave(self, _caller: object) -> None:
        self._callers -= 1
        self._needed = asyncio.get_running_loop().time()

    async def _wake(self, worker: WorkerProcess) -> None:
        try:
            if await worker.wake():
                log.info("voices loaded", pid=worker.pid)
        except SpeechError as error:  # the next caller has it started again
            log.error("voices not loaded", reason=str(error))

    def _woken(self, worker: WorkerProcess, _waking: object) -> None:
        del self._waking[worker]

    async def _begin(self, worker: WorkerProcess) -> None:
        await self._wake(worker)
        await self._serve(worker)

    async def _serve(self, worker: WorkerProcess) -> None:
        while True:
            job = await self._next(worker)
            if job.begun or job.result.done():
                continue
            if not job.waiting:  # all who wanted it have hung up
                self._finish(job, error=SpeechError("nobody waits for it"))
                continue
            job.begun = True
            try:
                self._finish(job, clip=await self._ask(worker, job))
            except SpeechError as error:
                self._finish(job, error=error)
            except Exception:  # a mistake of the program: whoever waits must not wait on
                self._finish(job, error=SpeechError("the voice failed; see the log"))
                raise

    async def _next(self, worker: WorkerProcess) -> _Job:
        """Wait for something to render; a process that nobody needs meanwhile rests."""
        clock = asyncio.get_running_loop().time
        self._needed = clock()
        while True:
            idle = clock() - self._needed
            if idle >= _IDLE and not self._callers and worker.pid is not None:
                await worker.rest()
            try:
                async with asyncio.timeout(_IDLE if idle >= _IDLE else _IDLE - idle):
                    return (await self._queue.get()).job
            except TimeoutError:
                continue

    async def _ask(self, worker: WorkerProcess, job: _Job) -> Clip:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = await worker.ask(job.request, _WORK)
            except Lost as error:
                log.warning("rendering lost", clip=job.key, attempt=attempt, reason=str(error))
                lost = error
                continue
            if "error" in answer:
                raise SpeechError(f"the voice failed: {answer['error']}")
            try:
                return self._store(job.key, answer["file"], answer["seconds"])
            except OSError as error:
                raise SpeechError(f"a clip was lost: {error}") from None
        raise SpeechError(f"{lost}, {_ATTEMPTS} times in a row")

    def _finish(
        self,
        job: _Job,
        clip: Clip | None = None,
        error: SpeechError | None = None,
    ) -> None:
        self._jobs.pop(job.key, None)
        if job.result.done():
            return
        if clip is not None:
            job.result.set_result(clip)
        elif error is not None:
            job.result.set_exception(error)
            job.result.exception()  # nobody may be left to see it
