"""Recordings of a call in the panel's tests: one that is sealed, with its words and chapters."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils

from sipagent.exchange.recording import words
from sipagent.exchange.recording.files import SealedWriter
from sipagent.exchange.recording.kept import EVENT, Recordings
from sipagent.exchange.recording.keys import Keys
from sipagent.exchange.recording.peaks import peaks
from tests.exchange.recording.samples import BEGINNING, seconds_of, voices

KEY = bytes(range(32))
#: When the call of ``tests.panel.test_calls.fill`` began that is recorded, and the recording.
CALL, BEGAN = "call0001", datetime(2026, 11, 26, 12, 1, 3, tzinfo=UTC)


def write_key(folder: Path) -> Path:
    """Write the key of the line; return its file."""
    path = folder / "recording.key"
    path.write_bytes(base64.b64encode(KEY))
    return path


def keep(
    db: sqlite_utils.Database, folder: Path, *, sound: bytes = b"", said: str = "", **fields: str
) -> int:
    """Keep a sealed recording in a folder; return its number."""
    sound = sound or voices(2.5)
    folder.mkdir(parents=True, exist_ok=True)
    key, sealed = Keys([KEY]).new()
    kept = Recordings(db, lambda: BEGAN)
    one = replace(BEGINNING, call=CALL, file=f"{kept.begin(BEGINNING)}.sealed", key=sealed)
    kept.db.execute("DELETE FROM recordings WHERE file = ?", [BEGINNING.file])
    writer = SealedWriter(folder / one.file, key)
    for number, second in enumerate(seconds_of(sound)):
        writer.write(number, second)
    writer.close(len(sound))
    number = kept.begin(replace(one, **fields))  # type: ignore[arg-type]
    kept.end(number, len(sound) / 32_000, 0.0, peaks(seconds_of(sound)))
    if said:
        words.keep(db, number, said)
    for at, kind, details in ((0.0, "hears", "+48600 | Anna"), (1.25, "paused", "Anna")):
        db.execute(EVENT, [number, at, kind, details])
    event = "INSERT INTO call_events VALUES (?, ?, ?, ?, ?)"
    db.execute(event, [CALL, 100 + number, 4000, "digit", json.dumps({"digit": "7"})])
    return number
