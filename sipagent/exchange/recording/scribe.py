"""Has a recording written down, as one command or one page wants it."""

import asyncio
from collections.abc import Iterator

from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.exchange.recording import words
from sipagent.exchange.recording.files import sound_of
from sipagent.exchange.recording.kept import Kept
from sipagent.exchange.recording.opening import opened
from sipagent.speech.transcriber import Transcriber


def words_of(config: Config, one: Kept) -> str:
    """Return what is said in a recording (``words.write_down``); blocks for as long as that takes.

    Raises:
        SetupError: transcription is off, or the sound cannot be read.
        DataError: the sound was changed, or is damaged.
        TranscriptionError: it cannot be written down.
    """
    if not config.transcription.enabled:
        raise SetupError(f"{config.place('transcription', 'enabled')}: transcription is off")
    return asyncio.run(_written_down(config, sound_of(*opened(config, one)), one))


async def _written_down(config: Config, sound: Iterator[bytes], one: Kept) -> str:
    transcriber = Transcriber(config.transcription, config.paths.models)
    try:
        return await words.write_down(one, sound, transcriber.transcribe)
    finally:
        await transcriber.close()
