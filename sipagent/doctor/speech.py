"""Speech: do the voices speak, and is there what writes requests down."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sipagent.doctor.finding import Finding, Patient, error, ok, warning
from sipagent.errors import SipAgentError
from sipagent.speech import models
from sipagent.speech.speaker import Speaker

#: What each voice has to say.
_WORD = {"pl": "tak", "en": "yes"}


def voices(patient: Patient) -> Iterator[Finding]:
    """Load the voices and have each say one word."""
    config = patient.config
    for language, name in config.voices.items():
        try:
            seconds = asyncio.run(_spoken(language, name, config.paths.voices))
        except SipAgentError as trouble:
            yield error("voice", f"{name}: {trouble}", "sipagent voices list; sipagent say …")
        else:
            yield ok("voice", f"{name} speaks ({language}, {seconds:.1f} s)")


def transcription(patient: Patient) -> Iterator[Finding]:
    """Look for the model that writes requests down; it is read, and its sums are checked."""
    config = patient.config
    if not config.transcription.enabled:
        yield ok("transcription", "switched off")
        return
    try:
        path = models.find(config.transcription.model, config.paths.models)
    except SipAgentError as trouble:
        yield warning("transcription", str(trouble), "until then requests come as audio only")
        return
    if models.sound(path):
        yield ok("transcription", f"{config.transcription.model}: there and whole")
    else:
        yield error("transcription", f"{path}: damaged", "sipagent transcription install")


async def _spoken(language: str, name: str, directory: Path) -> float:
    with tempfile.TemporaryDirectory() as cache:
        speaker = Speaker({language: name}, directory, Path(cache))
        try:
            await speaker.start()
            return (await speaker.clip(_WORD.get(language, "123"), language)).seconds
        finally:
            await speaker.close()
