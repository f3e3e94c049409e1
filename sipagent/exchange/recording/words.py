"""What is said in recordings: written down on demand, and searched without the marks of letters."""

import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlite_utils

from sipagent.domain import Transcribe
from sipagent.exchange.recording.files import MOMENT
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.speech import wav
from sipagent.store.database import writing

#: Seconds that are written down at once: so exact are the times in a transcript.
_PIECE = 60
#: Samples below this are silence, which nobody needs to have written down.
_SILENT = 300
#: Letters before and after what was found.
_AROUND = 60
#: Letters with marks that Unicode does not take apart.
_WHOLE = str.maketrans("łŁøØđĐ", "lLoOdD")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Found:
    """A recording in which something was said, and what is around it there."""

    recording: Kept
    around: str


def plain(text: str) -> str:
    """Return a text in small letters without marks, each of which stands where it stood."""
    return "".join(_plain(letter) for letter in text.translate(_WHOLE))


async def write_down(one: Kept, sound: Iterable[bytes], transcribe: Transcribe) -> str:
    """Return what both parties say in a recording, a line for each and minute; empty: nothing.

    What is written down stands in memory meanwhile, and on no disk.

    Raises:
        TranscriptionError: it cannot be written down.
    """
    lines = []
    for at, piece in _pieces(sound):
        samples = np.frombuffer(piece, "<i2").reshape(-1, MOMENT // 2)
        for channel, party in enumerate((one.left_party, one.right_party)):
            heard = samples[:, channel]
            if np.abs(heard.astype(np.int32)).max(initial=0) < _SILENT:
                continue
            with _in_memory(wav.pack(heard.tobytes())) as path:
                words = (await transcribe(path, one.language)).text
            if words:
                lines.append(f"{at // 60}:{at % 60:02} {party}: {words}")
    return "\n".join(lines)


def keep(db: sqlite_utils.Database, number: int, transcript: str) -> None:
    """Keep what is said in a recording, so that it can be found.

    Raises:
        DataError: it was deleted while it was written down.
    """
    how = "done" if transcript else "nothing"
    with writing(db):
        Recordings(db).find(number)
        db.execute(
            "UPDATE recordings SET transcription = ?, transcript = ? WHERE id = ?",
            [how, transcript, number],
        )
        db.execute("DELETE FROM recording_words WHERE rowid = ?", [number])
        if transcript:
            db.execute(
                "INSERT INTO recording_words (rowid, words) VALUES (?, ?)",
                [number, plain(transcript)],
            )


def search(db: sqlite_utils.Database, text: str, limit: int) -> list[Found]:
    """Return the recordings in which all words of a text are said, or begin so; the latest first.

    Nobody has to type the marks of Polish letters, nor the endings of words.
    """
    wanted = _WORD.findall(plain(text))
    if not wanted:
        return []
    rows = db.execute(
        "SELECT rowid FROM recording_words WHERE recording_words MATCH ? "
        "ORDER BY rowid DESC LIMIT ?",
        [" ".join(f'"{word}"*' for word in wanted), limit],
    )
    kept = [Recordings(db).find(number) for (number,) in rows.fetchall()]
    return [Found(one, _around(one.transcript, wanted[0])) for one in kept]


def _plain(letter: str) -> str:
    bare = unicodedata.normalize("NFD", letter)[:1].lower()
    return bare if len(bare) == 1 else letter


def _around(transcript: str, word: str) -> str:
    found = re.search(rf"\b{re.escape(word)}", plain(transcript))
    at = found.start() if found else 0
    return " ".join(transcript[max(0, at - _AROUND) : at + _AROUND].split())


def _pieces(sound: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield sound in pieces, each with the second at which it begins."""
    seconds = iter(sound)
    for at in itertools.count(0, _PIECE):
        piece = b"".join(itertools.islice(seconds, _PIECE))
        if not piece:
            return
        yield at, piece


@contextmanager
def _in_memory(content: bytes) -> Iterator[Path]:
    """Give a file for a block that other processes of this user can read, and no disk has."""
    file = os.memfd_create("words", os.MFD_CLOEXEC)
    try:
        os.write(file, content)
        yield Path(f"/proc/{os.getpid()}/fd/{file}")
    finally:
        os.close(file)
