"""Sounds as pages play them: as the other end of a call hears them, whole or in parts."""

import re
from collections.abc import Iterator

import soundfile
from starlette.responses import Response

from sipagent.panel.files import in_part
from sipagent.panel.web import PAGES, Visit, missing
from sipagent.speech import audio, wav

#: What a file of the cache is called (``speech.clips``).
CLIP = re.compile(r"[0-9a-f]{40}\.[0-9a-f]{8}\.wav")


def rendered(visit: Visit, name: str) -> audio.Signal:
    """Return what the line has rendered.

    Raises:
        Refused: there is no such file among the clips.
    """
    if not CLIP.fullmatch(name):
        raise missing()
    try:
        signal: audio.Signal
        signal, _ = soundfile.read(visit.house.config.paths.cache / name, dtype="float32")
    except (OSError, soundfile.SoundFileError):
        raise missing() from None
    return signal


def heard(visit: Visit, signal: audio.Signal) -> Response:
    """Return a sound as the other end of a call hears it, or the part that a browser asks for."""
    content = wav.pack(audio.pcm(audio.coded(signal)))

    def part(first: int, last: int) -> Iterator[bytes]:
        return iter((content[first : last + 1],))

    return in_part(visit.range, len(content), part, "audio/wav", PAGES)
