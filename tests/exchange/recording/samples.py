"""Recordings without a call: two voices for a few seconds."""

from pathlib import Path

import numpy as np

from sipagent.exchange.about import About
from sipagent.exchange.recording.files import RATE, SECOND, PlainWriter
from sipagent.exchange.recording.kept import Beginning, Recordings

BEGINNING = Beginning(
    call="019ab0b12341a2b3c",
    why="user:Anna Nowak",
    announced=True,
    left_party="+48600100200",
    right_party="Anna Nowak <101>",
    user="Anna Nowak",
    about=About(number="+48221000200"),
    language="pl",
    file="call-1.wav",
    key=None,
)


def voices(seconds: float, left: float = 400.0, right: float = 900.0) -> bytes:
    """Return the sound of two who hum at once."""
    times = np.arange(round(seconds * RATE)) / RATE
    both = [np.sin(2 * np.pi * hertz * times) for hertz in (left, right)]
    return (np.stack(both, axis=1) * 8000).astype("<i2").tobytes()


def seconds_of(sound: bytes) -> list[bytes]:
    """Return sound second by second."""
    return [sound[at : at + SECOND] for at in range(0, len(sound), SECOND)]


def recorded(kept: Recordings, folder: Path, seconds: float = 2.5) -> int:
    """Keep a recording of two who hum; return its number."""
    folder.mkdir(exist_ok=True)
    writer, sound = PlainWriter(folder / BEGINNING.file), voices(seconds)
    for number, second in enumerate(seconds_of(sound)):
        writer.write(number, second)
    writer.close(len(sound))
    one = kept.begin(BEGINNING)
    kept.end(one, seconds, 0.0, b"")
    return one
