"""Recordings that callers make: their files, and how they are made and heard again."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from sipagent.errors import SetupError
from sipagent.scenario.talk import Talk
from sipagent.speech.activity import speech_in
from sipagent.speech.clip import Clip
from sipagent.speech.tones import Tone, Tones
from sipagent.speech.wav import RATE
from sipagent.telephony.leg import Leg, Stop

#: Seconds of speech below which nothing was said.
SHORTEST = 0.6
#: The key that ends a recording.
END = "#"
#: Bytes of the head of a WAV file, and of a second.
_HEADER, _SECOND = 44, 2 * RATE


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a recording besides ``#``, in seconds.

    Args:
        longest: its length.
        silence: without speech.
        first: in which there never was any.
    """

    longest: float
    silence: float
    first: float


def named(folder: Path, call: str) -> Path:
    """Return the path of a recording that a call is about to make; its folder is there then.

    Raises:
        SetupError: the folder cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{folder}: recordings cannot be kept: {error.strerror}; see paths.recordings"
        ) from error
    # A caller may make more than one in a call.
    return folder / f"{call}-{secrets.token_hex(3)}.wav"


async def record(call: Leg, talk: Talk, path: Path, limits: Limits) -> Stop:
    """Give the tone, and write what the caller says then; see ``Leg.record``."""
    await call.say(talk.service(Tones).record, interruptible=False)
    return await call.record(
        path, longest=limits.longest, silence=limits.silence, first=limits.first, end=END
    )


def spoken(path: Path) -> bool:
    """Whether somebody has said something."""
    return speech_in(path).seconds >= SHORTEST


def played(path: Path, key: str) -> Tone:
    """Return a recording as something that can be said.

    Raises:
        OSError: it is gone.
    """
    seconds = max(0.0, (path.stat().st_size - _HEADER) / _SECOND)
    return Tone(key, Clip(path, seconds), "(recording)")
