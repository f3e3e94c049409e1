"""Requests that are written down one after the other, while something else is measured."""

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

from sipagent.config import TranscriptionSection
from sipagent.speech.transcriber import Transcriber

ROOT = Path(__file__).resolve().parent.parent
REQUEST = (
    "Dzień dobry. W łazience cieknie woda z sufitu. Woda kapie na podłogę od wczoraj wieczorem. "
    "Proszę o pilną pomoc. Proszę oddzwonić po południu."
)


class Transcribing:
    """Keeps the transcriber busy from ``start`` to ``stop``, in a thread."""

    def __init__(self, folder: Path) -> None:
        self._wav = folder / "request.wav"
        command = [sys.executable, "-m", "sipagent", "say", REQUEST, "-o", str(self._wav)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._ready = threading.Event()
        self._audio = self._took = 0.0
        self._count = 0

    def start(self) -> "Transcribing":
        """Begin; returns when the model is loaded."""
        self._thread.start()
        self._ready.wait(60)
        return self

    def stop(self) -> dict[str, float]:
        """End, and return how many requests were written down, and how fast."""
        self._ending.set()
        self._thread.join()
        return {
            "requests written": self._count,
            "time per audio": round(self._took / self._audio, 2) if self._audio else 0.0,
        }

    async def _work(self) -> None:
        transcriber = Transcriber(TranscriptionSection(), ROOT / "data/models")
        try:
            await transcriber.transcribe(self._wav, "pl")
            self._ready.set()
            while not self._ending.is_set():
                began = time.monotonic()
                heard = await transcriber.transcribe(self._wav, "pl")
                self._took += time.monotonic() - began
                self._audio += heard.seconds
                self._count += 1
        finally:
            self._ready.set()
            await transcriber.close()
