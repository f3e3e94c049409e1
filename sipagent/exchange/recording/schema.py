"""Tables of recorded conversations.

A recording keeps the names of those whom it belongs to, for it outlives them. What was done with it
outlives the recording. Files are deleted before the row that names them; the key of a sealed file
stands in its row alone, and is gone with that.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

recording = Migrations("recording")

_TABLES = (
    """
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        call TEXT NOT NULL,            -- the record of the call
        started TEXT NOT NULL,         -- UTC, ISO 8601 with offset, as all times here
        ended TEXT,                    -- NULL as long as it goes on
        seconds REAL NOT NULL DEFAULT 0,
        missing REAL NOT NULL DEFAULT 0,  -- seconds of it that could not be written
        why TEXT NOT NULL,             -- user:NAME, queue:NAME and so on, or key: somebody began it
        announced INTEGER NOT NULL CHECK (announced IN (0, 1)),
        left_party TEXT NOT NULL,      -- who is heard on which channel, at first
        right_party TEXT NOT NULL,
        user TEXT NOT NULL,            -- whom it belongs to, by name; empty: none
        queue TEXT NOT NULL,
        room TEXT NOT NULL,
        number TEXT NOT NULL,
        language TEXT NOT NULL,
        file TEXT NOT NULL UNIQUE,     -- in paths.recordings
        key BLOB,                      -- of the file, itself sealed; NULL: the file is not sealed
        peaks BLOB,                    -- loudness for a drawing, see recording.peaks
        transcription TEXT NOT NULL DEFAULT 'off'
            CHECK (transcription IN ('off', 'done', 'nothing')),
        transcript TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX recordings_of_call ON recordings (call)",
    "CREATE INDEX recordings_by_start ON recordings (started)",
    "CREATE INDEX recordings_going_on ON recordings (id) WHERE ended IS NULL",
    """
    CREATE TABLE recording_events (
        recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
        at REAL NOT NULL,              -- seconds from its beginning
        kind TEXT NOT NULL
            CHECK (kind IN ('hears', 'nobody', 'held', 'paused', 'resumed', 'stopped', 'lost')),
        details TEXT NOT NULL          -- who is heard, who has paused it, how much is lost
    ) STRICT
    """,
    "CREATE INDEX recording_events_of ON recording_events (recording, at)",
    """
    CREATE TABLE recording_uses (
        id INTEGER PRIMARY KEY,
        recording INTEGER NOT NULL,    -- may be gone
        call TEXT NOT NULL,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL
            CHECK (what IN ('heard', 'exported', 'transcribed', 'read', 'found', 'deleted'))
    ) STRICT
    """,
    "CREATE INDEX recording_uses_of ON recording_uses (recording, at)",
    # The words of transcripts without the marks of their letters; rowid is the recording's id.
    "CREATE VIRTUAL TABLE recording_words USING fts5(words, tokenize = 'unicode61')",
)


@recording()
def recordings_and_uses(db: sqlite_utils.Database) -> None:
    """Make the first tables."""
    for statement in _TABLES:
        db.execute(statement)
