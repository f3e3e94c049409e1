"""Prompts that somebody has spoken: files that are heard in place of a voice.

``recorded/LANGUAGE/KEY.wav`` beside the prompt files, such as ``recorded/pl/menu.intro.wav``, takes
the place of the prompt ``menu.intro`` wherever its words are said.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sipagent.speech import audio

#: The folder in ``paths.prompts``.
FOLDER = "recorded"
#: Endings of the files that are understood.
FORMATS = (".wav", ".mp3", ".ogg", ".flac")
#: Longest recording in seconds, the most samples in a second of it, and the most channels.
LONGEST, FASTEST, CHANNELS = 600.0, 192_000, 2

# Quieter than this, in dBFS over the parts where somebody speaks, is taken for silence.
_QUIET = -50.0
# So large a part of the samples at full scale was cut off; a loud but whole one has hardly any.
_FULL, _CUT_OFF = 0.999, 0.002
# Matches nowhere.
_NOTHING = re.compile(r"(?!)")
# Seconds of what precedes and follows the speech that stay.
_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that takes the place of a prompt's words, and the hash of its content."""

    path: Path
    digest: str

    @classmethod
    def of(cls, path: Path) -> "Recording":
        """Return the recording in a file, once it is known to be fit.

        Raises:
            ValueError: it is not; a sentence says why.
        """
        read(path)
        return cls(path, hashlib.sha256(path.read_bytes()).hexdigest())


class Recordings:
    """All recordings of all languages, found by the words in whose place they are heard.

    Args:
        by_words: language → words of the whole prompt → recording.
    """

    def __init__(self, by_words: Mapping[str, Mapping[str, Recording]]) -> None:
        self._by_words = by_words
        self._patterns = {language: _any_of(there) for language, there in by_words.items()}

    def split(self, text: str, language: str) -> Iterator[str | Recording]:
        """Yield a text's parts in order: what a voice has to read, and what is recorded."""
        end = 0
        pattern = self._patterns.get(language, _NOTHING)
        for match in pattern.finditer(text):
            yield text[end : match.start()]
            yield self._by_words[language][match[0]]
            end = match.end()
        yield text[end:]


#: No prompt is recorded.
NONE = Recordings({})


def files(prompts: Path) -> Iterator[Path]:
    """Yield everything in the folders of the languages, hidden files aside."""
    for path in sorted(prompts.joinpath(FOLDER).glob("*/*")):
        if not path.name.startswith("."):
            yield path


def read(path: Path) -> audio.Signal:
    """Return a recording as the line plays it: 8 kHz, mono, levelled, without the silence around.

    Raises:
        ValueError: it cannot be used; a sentence says why.
    """
    if not path.is_file():
        raise ValueError("is not there")
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > LONGEST * file.samplerate:
                seconds = file.frames / file.samplerate
                raise ValueError(f"lasts {seconds:.0f} s; {LONGEST:.0f} s is the longest")
            # A small file may unpack to more than the machine has.
            if file.channels > CHANNELS or file.samplerate > FASTEST:
                raise ValueError(
                    f"has {file.channels} channels of {file.samplerate} Hz; save it as mono or "
                    f"stereo of at most {FASTEST} Hz"
                )
            sound, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (OSError, soundfile.SoundFileError) as error:
        raise ValueError(f"cannot be read: {error}; save it as WAV, MP3, OGG or FLAC") from None
    if np.count_nonzero(np.abs(sound) >= _FULL) > _CUT_OFF * sound.size:
        raise ValueError("is clipped: its loudest parts are cut off; record it with less gain")
    signal = audio.trimmed(audio.narrow(sound.mean(axis=1), rate), _MARGIN)
    if audio.level(signal) < _QUIET:
        raise ValueError("is silent; record it again, nearer to the microphone")
    return audio.levelled(signal)


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return what matches any of the texts as whole words, the longest one first."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, longest_first))})(?!\S)")
