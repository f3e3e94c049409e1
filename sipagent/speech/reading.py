"""One text read aloud here and now, without a daemon: for commands and tools."""

import time
from dataclasses import dataclass

from sipagent.errors import SetupError, SpeechError
from sipagent.speech import audio, wav
from sipagent.speech.script import Sentence, script
from sipagent.speech.voices import Voice


@dataclass(frozen=True, slots=True)
class Reading:
    """A WAV file's content; how long it is, and how long voices took to load and to read it."""

    content: bytes
    seconds: float
    loading: float
    rendering: float


def read_aloud(text: str, language: str, pace: str, voices: dict[str, Voice]) -> Reading:
    """Return a text as audio; only the voices that it needs are loaded.

    Raises:
        SpeechError: there is nothing to say, or no voice for a language in it.
        SetupError: a voice cannot be loaded.
    """
    from sipagent.speech.synthesis import Synthesis  # noqa: PLC0415 - takes half a second

    sentences = script(text, language)
    if not sentences:
        raise SpeechError("there is nothing to say")
    needed = _needed(sentences, voices)
    begun = time.perf_counter()
    try:
        synthesis = Synthesis({spoken_in: voice.model for spoken_in, voice in needed.items()})
    except Exception as error:  # whatever a library says of a broken file
        models = ", ".join(str(voice.model) for voice in needed.values())
        raise SetupError(f"{models}: cannot be loaded: {error}") from None
    loaded = time.perf_counter()
    signal = synthesis.render(sentences, pace)
    done = time.perf_counter()
    content = wav.pack(audio.pcm(signal))
    return Reading(content, len(signal) / wav.RATE, loaded - begun, done - loaded)


def _needed(sentences: list[Sentence], voices: dict[str, Voice]) -> dict[str, Voice]:
    languages = dict.fromkeys(sentence.language for sentence in sentences)
    for language in languages:
        if language not in voices:
            raise SpeechError(f"there is no voice for {language!r}; add it to [voices]")
    return {language: voices[language] for language in languages}
