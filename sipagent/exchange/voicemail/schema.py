"""Tables of voicemail.

A message outlives its box: whoever removes a box by mistake has lost no words of a caller, and
retention deletes them when they are old. Files are deleted before the row that names them.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.schema import exchange

voicemail = Migrations("voicemail")


@voicemail()
def messages_of_boxes(db: sqlite_utils.Database) -> None:
    """Messages, calls without one, and greetings that somebody has spoken."""
    exchange.apply(db)
    db.execute(
        """
        CREATE TABLE voice_messages (
            id INTEGER PRIMARY KEY,
            box_id INTEGER REFERENCES boxes (id) ON DELETE SET NULL,
            box TEXT NOT NULL,             -- its name when the message came
            state TEXT NOT NULL CHECK (state IN ('draft', 'missed', 'new', 'saved')),
            created TEXT NOT NULL,
            number TEXT,                   -- of the caller, E.164; NULL where it is not known
            extension TEXT NOT NULL,       -- internal number of a caller in the house, or empty
            asserted INTEGER NOT NULL CHECK (asserted IN (0, 1)),
            name TEXT NOT NULL,            -- of the caller, as the network or the house says
            call TEXT NOT NULL,
            language TEXT NOT NULL,
            recording TEXT NOT NULL,       -- file name in paths.recordings; empty: there is none
            seconds REAL NOT NULL DEFAULT 0,
            transcription TEXT NOT NULL DEFAULT 'waiting'
                CHECK (transcription IN ('waiting', 'done', 'nothing', 'off', 'failed')),
            transcript TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    )
    db.execute("CREATE INDEX voice_messages_of_box ON voice_messages (box_id, state)")
    db.execute("CREATE INDEX voice_messages_by_age ON voice_messages (created)")
    db.execute(
        "CREATE INDEX voice_messages_waiting ON voice_messages (id) WHERE transcription = 'waiting'"
    )
    db.execute(
        """
        CREATE TABLE spoken_greetings (
            id INTEGER PRIMARY KEY,
            box_id INTEGER UNIQUE REFERENCES boxes (id) ON DELETE SET NULL,
            created TEXT NOT NULL,
            recording TEXT NOT NULL UNIQUE -- file name in paths.recordings
        ) STRICT
        """
    )
