"""Speech to text: what the rest of the house asks to have a recording written down."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from sipagent import tasks
from sipagent.config import TranscriptionSection
from sipagent.errors import SetupError, SpeechError, TranscriptionError
from sipagent.speech import models
from sipagent.speech.process import Lost, WorkerProcess

#: Seconds after the last request until the process ends and its memory comes back.
_IDLE = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a recording of so many seconds; no text where nothing was."""

    text: str
    language: str
    seconds: float


class Transcriber:
    """Whisper in a process of its own, which is there only while there is something to do.

    Args:
        settings: which model, and how much of the machine it gets.
        directory: where models are.
    """

    def __init__(self, settings: TranscriptionSection, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self._turn = asyncio.Lock()
        self._resting: asyncio.Task[None] | None = None
        self._process: WorkerProcess | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id, None while there is no process."""
        return self._process.pid if self._process else None

    async def transcribe(self, wav: Path, language: str) -> Transcript:
        """Write a recording down; recordings wait for each other.

        Raises:
            TranscriptionError: there is no model, the file cannot be read, or the process died or
                took too long; the recording is as it was.
        """
        async with self._turn:
            if self._closed:
                raise TranscriptionError("the transcription is shut down; start sipagent again")
            self._stay()
            try:
                answer = await self._worker().ask(
                    {"file": str(wav), "language": language}, self._settings.timeout
                )
            except (SetupError, SpeechError, Lost) as error:
                raise TranscriptionError(str(error)) from None
            finally:
                if not self._closed:
                    self._resting = tasks.begin(self._rest(), "rest-transcription")
        if "error" in answer:
            raise TranscriptionError(f"{wav}: {answer['error']}")
        return Transcript(str(answer["text"]), language, float(answer["seconds"]))

    async def close(self) -> None:
        """End the process; who waits gets a TranscriptionError. Safe to call twice."""
        self._closed = True
        self._stay()
        if self._process is not None:
            process, self._process = self._process, None
            await process.close()

    def _worker(self) -> WorkerProcess:
        if self._process is None:
            model = models.find(self._settings.model, self._directory)
            self._process = WorkerProcess(
                "sipagent.speech.whisper_worker",
                {"model": str(model), "threads": self._settings.threads},
                what="words of a recording",
                hint="install the model again with: sipagent transcription install",
                keep=False,
            )
        return self._process

    def _stay(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    async def _rest(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(_IDLE)
            if self._process is not None:
                await self._process.rest()
